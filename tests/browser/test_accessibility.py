"""Every page without a fault that axe-core knows, in light and dark."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axe import faults
from desk_hands import seen
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from annotate.actions.projects import invite_token
from annotate.models import Annotator, Item, Label, Project, Run, RunError
from pipeline.stages import measuring
from tests import factories as make
from verify.actions import record_judgement

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project(live_server: Any) -> Project:
    """A project with a text to review, one to adjudicate, agreement measured and a run with an error."""
    made = make.make_project(slug="open", targets=("es", "ar"))
    made.guidelines, made.description = "Mark names.\n\nLeave titles out.", "News of Dakar"
    made.save()
    with scope(project=made):
        renditions = [make.make_task(made, overlap=2) for _ in range(2)]
        for said in (make.accepted, make.shortened):
            rater = make.make_rater(made)
            for _ in renditions:
                record_judgement(make.claim(made, rater), rater=rater, submission=said())
        make.make_task(made)
        measuring.whole(Run(project=made, stage="agree"))
        broken = Run.objects.create(
            project=made, stage="translate", state="failed", total=3, failed=1, message="No answer."
        )
        RunError.objects.create(
            project=made, run=broken, stage="translate", row=1, message="No answer."
        )
        Annotator.objects.create(project=made, name="links", kind="projector", backend="links")
    return made


def enter(page: Page, live_server: Any, user: Any) -> None:
    client = Client()
    client.force_login(user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    page.context.add_cookies([{**cookie, "url": live_server.url}])


def check(page: Page, *addresses: str) -> dict[str, list[str]]:
    """Faults by address, of pages that answered at all."""
    found = {}
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status in (200, 404, 410), address
        page.wait_for_selector("body:not(:has(.htmx-request))")
        found[address] = faults(page)
    return {address: said for address, said in found.items() if said}


def test_the_door(browser_page: Page, project: Project) -> None:
    page = browser_page
    invite = reverse(
        "annotate:join", args=[invite_token(project, role="reviewer", languages=["es"])]
    )
    assert not check(page, reverse("account_login"), invite, reverse("annotate:join", args=["no"]))
    page.goto(reverse("account_login"))
    page.locator(".tongues summary").click()
    assert not faults(page)
    page.locator('.tongues [value="ar"]').click()
    page.wait_for_selector('html[dir="rtl"]')
    page.fill("input[type=text]", "nobody")
    page.fill("input[type=password]", "wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector(".notice.bad")
    assert not faults(page)


def test_the_second_step(browser_page: Page, project: Project) -> None:
    page, user = browser_page, make.make_member(project)
    user.set_password("a long one")
    user.save()
    page.goto(reverse("account_login"))
    page.fill("input[name=login]", user.username)
    page.fill("input[type=password]", "a long one")
    page.keyboard.press("Enter")
    page.wait_for_selector("form[data-sign-out]", state="attached")
    pages = ("mfa_index", "usersessions_list", "socialaccount_connections", "mfa_activate_totp")
    assert not check(page, *map(reverse, pages))
    page.fill("input[type=password]", "a long one")
    page.keyboard.press("Enter")
    page.wait_for_selector(".qr svg")
    assert not faults(page)
    page.locator("summary", has_text="No camera").click()
    secret = page.inner_text(".wrap")
    turn = int(time.time()) // 30
    page.fill("input[name=code]", format_hotp_value(hotp_value(secret, turn)))
    page.keyboard.press("Enter")
    page.wait_for_selector(".codes")
    assert not faults(page)
    assert not check(page, reverse("mfa_index"), reverse("mfa_generate_recovery_codes"))
    page.context.clear_cookies()
    page.goto(reverse("account_login"))
    page.fill("input[name=login]", user.username)
    page.fill("input[type=password]", "a long one")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code/**")
    assert not faults(page)


def test_what_a_reviewer_sees(browser_page: Page, project: Project, live_server: Any) -> None:
    page = browser_page
    enter(page, live_server, make.make_member(project))
    pages = ("annotate:projects", "annotate:guide", "account_change_password", "account")
    assert not check(
        page, *map(reverse, pages), reverse("annotate:project", args=["open"]), "/nowhere/"
    )
    page.goto(reverse("verify:desk", args=["open"]))
    seen(page)
    assert not faults(page)
    for command, dialog in (("skip", "ask-skip"), ("report", "ask-report"), ("keys", "show-keys")):
        page.locator(f'[data-cmd="{command}"]').first.click()
        page.wait_for_selector(f"#{dialog}[open]")
        assert not faults(page), dialog
        page.keyboard.press("Escape")
    page.locator('.desk-top [data-cmd="guidelines"]').click()
    page.wait_for_selector("#guide")
    assert not faults(page)
    page.keyboard.press("y")
    page.wait_for_selector("#guide", state="hidden")
    page.locator('.desk-top [data-cmd="keys"]').click()
    page.locator('[data-cmd="setKeys"]').click()
    page.wait_for_selector("#set-keys[open]")
    assert not faults(page)
    page.keyboard.press("Escape")
    page.locator('[data-cmd="accept"]').click()
    page.wait_for_selector("#nothing:not([hidden])")
    assert not faults(page)


def test_what_an_adjudicator_sees(browser_page: Page, project: Project, live_server: Any) -> None:
    page = browser_page
    enter(page, live_server, make.make_member(project, role="adjudicator"))
    page.goto(reverse("verify:adjudicate", args=["open"]))
    seen(page)
    assert page.locator(".reading").count() == 2
    assert not faults(page)
    page.keyboard.press("1")
    assert not faults(page)


def test_what_a_manager_sees(browser_page: Page, project: Project, live_server: Any) -> None:
    page = browser_page
    user = make.make_member(project, role="manager")
    enter(page, live_server, user)
    with scope(project=project):
        rows = {
            "run": Run.objects.filter(state="failed"), "annotator": Annotator.objects.all(),
            "item": Item.objects.all(), "label": Label.objects.all(),
            "member": project.memberships.filter(role="reviewer"),
        }  # fmt: skip
        single = [
            reverse(f"annotate:{name}", args=["open", found[0].pk]) for name, found in rows.items()
        ]
    names = ("project", "import", "export", "runs", "annotators", "annotator-new", "people",
             "settings", "guidelines", "policy", "labels", "languages")  # fmt: skip
    whole = [reverse(f"annotate:{name}", args=["open"]) for name in names]
    whole += [
        reverse(f"verify:{name}", args=["open"])
        for name in ("agreement", "raters", "quality", "simulator", "certificates", "cases")
    ]
    assert not check(page, reverse("annotate:project-new"), *whole, *single)
