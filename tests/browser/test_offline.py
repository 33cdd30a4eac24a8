"""Judging ahead and without network, against the real server: nothing is lost, nothing stays behind."""

# Fixtures come from the shared modules by name.
# ruff: noqa: F401, F811

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from desk_hands import kept, seen
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope
from playwright.sync_api import expect
from test_desk_real import SignIn, project, sign_in, task

from annotate.models import Project
from tests import factories as make
from verify.actions import record_judgement, release_expired
from verify.models import Assignment, Judgement

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def ready(page: Page, count: int) -> None:
    """Waits until so many cards stand behind the one on screen."""
    page.wait_for_selector(f'body[data-ready="{count}"]', state="attached")


def seat(page: Page) -> int:
    """The seat whose card is on screen: the first that the device keeps."""
    page.wait_for_selector("#work:not([hidden])")
    number: int = kept(page, "cards")[0]["cards"][0]["seat"]
    return number


def judge(page: Page, *keys: str) -> None:
    """Presses keys, then Enter, once the text was seen."""
    seen(page)
    for key in (*keys, "Enter"):
        page.keyboard.press(key)


def waiting(page: Page, count: int) -> None:
    page.wait_for_selector(f'body[data-waiting="{count}"]', state="attached", timeout=10_000)


def open_along(sign_in: SignIn, cards: int) -> Page:
    """A desk with the service worker in charge and cards taken along."""
    page = sign_in()
    page.wait_for_selector("#work:not([hidden])")
    page.wait_for_selector("[data-pack]:not([hidden])", timeout=30_000)
    page.locator("[data-pack]").click()
    page.get_by_role("button", name=f"Take {cards} with me").click()
    expect(page.locator("#messages .notice.good")).to_contain_text("ready on this device")
    return page


def judgements(project: Project) -> list[Judgement]:
    with scope(project=project):
        return list(Judgement.objects.order_by("pk").select_related("assignment"))


def test_the_next_card_is_there_at_once_and_the_judgement_goes_out_behind(
    sign_in: SignIn, project: Project
) -> None:
    for _ in range(6):
        task(project)
    page = sign_in()
    page.wait_for_selector("#work:not([hidden])")
    page.keyboard.press("j")
    ready(page, 3)
    cards = kept(page, "cards")[0]["cards"]
    # The answer is held up: the next card does not wait for it.
    held: list[Any] = []
    page.route("**/submit/", lambda route: held.append(route), times=1)
    judge(page)
    expect(page.locator("#saved")).to_have_text("saving…")
    seen(page)
    assert kept(page, "outbox")[0]["body"]["seat"] == cards[0]["seat"]
    held[0].continue_()
    expect(page.locator("#saved")).to_have_text("saved ✓")
    ready(page, 3)
    assert [row.assignment_id for row in judgements(project)] == [cards[0]["seat"]]
    left = [card["seat"] for card in kept(page, "cards")[0]["cards"]]
    assert left[:3] == [card["seat"] for card in cards[1:]]
    assert len(left) == 4


def test_judged_offline_reloaded_offline_and_synced(sign_in: SignIn, project: Project) -> None:
    for _ in range(5):
        task(project)
    page = open_along(sign_in, 5)
    expect(page.locator("#messages")).to_contain_text("5 texts are ready")
    order = [card["seat"] for card in kept(page, "cards")[0]["cards"]]
    page.context.set_offline(True)
    judge(page)
    waiting(page, 1)
    judge(page, "[")
    waiting(page, 2)
    page.reload()
    expect(page.locator("#net")).to_be_visible()
    assert seat(page) == order[2]
    judge(page)
    waiting(page, 3)
    expect(page.locator("#saved")).to_have_text("3 waiting to be sent")
    assert judgements(project) == []
    page.context.set_offline(False)
    waiting(page, 0)
    expect(page.locator("#saved")).to_have_text("saved ✓")
    rows = judgements(project)
    assert [row.assignment_id for row in rows] == order[:3]
    with scope(project=project):
        assert list(rows[1].reading.spans.order_by("start").values_list("surface", flat=True)) == [
            "Amina Diall", "Dakar",
        ]  # fmt: skip


def test_undo_takes_back_what_has_not_left_the_device(sign_in: SignIn, project: Project) -> None:
    for _ in range(5):
        task(project)
    page = open_along(sign_in, 5)
    order = [card["seat"] for card in kept(page, "cards")[0]["cards"]]
    page.context.set_offline(True)
    judge(page)
    waiting(page, 1)
    judge(page, "[")
    waiting(page, 2)
    seen(page)
    page.keyboard.press("u")
    expect(page.locator(".span-row.boundary")).to_have_count(1)
    assert seat(page) == order[1]
    judge(page, "]")
    expect(page.locator("#saved")).to_contain_text("waiting to be sent")
    page.context.set_offline(False)
    waiting(page, 0)
    rows = judgements(project)
    assert [(row.assignment_id, row.outcome) for row in rows] == [
        (order[0], "answered"), (order[1], "answered"),
    ]  # fmt: skip


def test_a_seat_that_somebody_else_took_meanwhile_is_explained(
    sign_in: SignIn, project: Project
) -> None:
    for _ in range(3):
        task(project)
    page = open_along(sign_in, 5)
    first = seat(page)
    page.context.set_offline(True)
    judge(page, "[")
    waiting(page, 1)
    with scope(project=project):
        Assignment.objects.exclude(pk=first).update(band=9)
        release_expired(now=timezone.now() + timedelta(hours=13))
        other = make.make_rater(project)
        assert make.claim(project, other).pk == first
        record_judgement(first, rater=other, submission=make.accepted())
    page.context.set_offline(False)
    lost = page.locator("#refused li")
    expect(lost).to_have_count(1)
    expect(lost).to_contain_text("somebody else")
    expect(lost).to_contain_text("Amina Diall: edges moved")
    page.reload()
    expect(lost).to_have_count(1)
    lost.get_by_role("button", name="I have read it").click()
    expect(lost).to_have_count(0)
    assert kept(page, "outbox") == []
    assert [row.rater_id for row in judgements(project)] == [other.pk]


def test_a_lease_that_runs_out_is_said_and_the_draft_stays(
    sign_in: SignIn, project: Project, browser_page: Page
) -> None:
    task(project)
    browser_page.clock.install()
    page = open_along(sign_in, 5)
    page.context.set_offline(True)
    page.keyboard.press("x")
    expect(page.locator("#saved")).to_have_text("draft kept")
    page.clock.fast_forward("13:00:00")
    expect(page.locator("#messages .notice.warn")).to_contain_text("Your draft stays")
    assert len(kept(page, "drafts")) == 1
    expect(page.locator(".span-row.removed")).to_have_count(1)


def test_two_tabs_send_what_waits_once(sign_in: SignIn, project: Project) -> None:
    for _ in range(5):
        task(project)
    page = open_along(sign_in, 5)
    page.context.set_offline(True)
    judge(page)
    waiting(page, 1)
    judge(page)
    waiting(page, 2)
    second = page.context.new_page()
    second.goto(page.url)
    waiting(second, 2)
    asked: list[str] = []
    for one in (page, second):
        # A try while the line is still down is none that the server saw.
        one.on("requestfinished", lambda request: asked.append(request.url))
    page.context.set_offline(False)
    for one in (page, second):
        expect(one.locator("#net")).to_be_hidden()
        waiting(one, 0)
    assert kept(page, "outbox") == []
    rows = judgements(project)
    assert len(rows) == len({row.assignment_id for row in rows}) == 2
    assert sum(url.endswith(("/sync/", "/submit/")) for url in asked) == 1


def test_signing_out_leaves_nothing_on_the_device(sign_in: SignIn, project: Project) -> None:
    for _ in range(5):
        task(project)
    page = open_along(sign_in, 5)
    page.goto(reverse("annotate:projects"))
    assert page.evaluate("caches.keys()") != []
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/**")
    page.wait_for_function("() => caches.keys().then((names) => names.length === 0)")
    assert (
        page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    )
    assert page.evaluate("indexedDB.databases()") == []
    assert page.evaluate("localStorage.length") == 0
    with scope(project=project):
        assert set(Assignment.objects.values_list("state", flat=True)) == {"open"}


def test_signing_out_with_unsent_work_asks_first(sign_in: SignIn, project: Project) -> None:
    for _ in range(3):
        task(project)
    page = open_along(sign_in, 5)
    page.route("**/submit/", lambda route: route.abort())
    judge(page)
    waiting(page, 1)
    page.goto(reverse("annotate:projects"))
    page.route("**/submit/", lambda route: route.abort())
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.get_by_role("button", name="Sign out").click()
    assert "Not saved yet on this device: 1" in asked.value.message
    assert len(kept(page, "outbox")) == 1


def test_the_page_can_be_installed(sign_in: SignIn, project: Project, live_server: Any) -> None:
    client = Client()
    manifest = client.get(reverse("verify:manifest"))
    assert manifest["Content-Type"] == "application/manifest+json"
    assert {icon["sizes"] for icon in manifest.json()["icons"]} == {"192x192", "512x512", "any"}
    worker = client.get(reverse("verify:worker"))
    assert worker["Service-Worker-Allowed"] == "/"
    assert worker["Cache-Control"] == "no-cache"
    shell = Client()
    shell.force_login(make.make_member(project, name="shell"))
    task(project)
    page = shell.get(reverse("verify:desk", args=[project.slug]) + "?shell=1")
    assert make.TARGET not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    with scope(project=project):
        assert not Assignment.objects.filter(state="leased").exists()


def test_skipped_and_reported_offline_is_sent_later_in_order(
    sign_in: SignIn, project: Project
) -> None:
    for _ in range(5):
        task(project)
    page = open_along(sign_in, 5)
    order = [card["seat"] for card in kept(page, "cards")[0]["cards"]]
    page.context.set_offline(True)
    judge(page)
    waiting(page, 1)
    page.keyboard.press("q")
    page.locator("#ask-skip button").first.click()
    waiting(page, 2)
    page.keyboard.press("!")
    page.click("#ask-report button[value=offensive]")
    waiting(page, 3)
    assert seat(page) == order[3]
    page.reload()
    assert seat(page) == order[3]
    page.context.set_offline(False)
    waiting(page, 0)
    with scope(project=project):
        states = dict(Assignment.objects.filter(pk__in=order).values_list("pk", "state"))
        assert [states[pk] for pk in order[:4]] == ["done", "skipped", "done", "leased"]
        assert Assignment.objects.get(pk=order[1]).skip_reason == "too_hard"
    assert [row.outcome for row in judgements(project)] == ["answered", "reported"]


def test_a_skip_that_has_not_left_is_taken_back(sign_in: SignIn, project: Project) -> None:
    for _ in range(3):
        task(project)
    page = open_along(sign_in, 5)
    first = seat(page)
    page.context.set_offline(True)
    page.keyboard.press("q")
    page.locator("#ask-skip button").first.click()
    waiting(page, 1)
    assert seat(page) != first
    page.keyboard.press("u")
    waiting(page, 0)
    assert seat(page) == first
    page.context.set_offline(False)
    with page.expect_response(lambda answer: answer.url.endswith("/submit/")):
        judge(page)
    assert [row.assignment_id for row in judgements(project)] == [first]


def test_a_skip_of_what_somebody_else_has_by_now_is_no_fault(
    sign_in: SignIn, project: Project
) -> None:
    for _ in range(3):
        task(project)
    page = open_along(sign_in, 5)
    lost = seat(page)
    page.context.set_offline(True)
    page.keyboard.press("q")
    page.locator("#ask-skip button").first.click()
    waiting(page, 1)
    with scope(project=project):
        Assignment.objects.filter(pk=lost).update(state="open", rater=None, lease_until=None)
    page.context.set_offline(False)
    waiting(page, 0)
    expect(page.locator("#refused")).to_be_hidden()
    expect(page.locator("#work")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390])
def test_what_appears_in_the_bar_while_judging_needs_no_room_beside_the_page(
    sign_in: SignIn, project: Project, width: int
) -> None:
    """The forecast, the button to take texts along and a draft language all ask for room."""
    project.guidelines = "Mark names."
    project.save(update_fields=["guidelines"])
    for _ in range(14):
        task(project)
    page = sign_in()
    page.context.add_cookies([{"name": "django_language", "value": "fr", "url": page.url}])
    page.reload()
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_selector("[data-pack]:not([hidden])", timeout=30_000)
    for done in range(1, 4):
        judge(page)
        expect(page.locator("#progress-text")).to_contain_text(str(done))
    assert page.locator("html[lang=fr] .desk-top .chip").count() > 0
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
