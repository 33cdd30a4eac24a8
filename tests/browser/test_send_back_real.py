"""An adjudicator sends a disagreement back; its reviewer reads why, and judges again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from axe import faults
from desk_hands import seen
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from annotate.models import Project
from tests import factories as make
from verify.actions import record_judgement
from verify.models import Assignment, Decision, Judgement

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WHY = "The guidelines say: the whole name, not a part of it."


@pytest.fixture
def people(live_server: Any) -> dict[str, Any]:
    """Two reviewers who differ on a text, and an adjudicator."""
    project = make.make_project(slug="back")
    with scope(project=project):
        make.make_task(project, overlap=2)
        found: dict[str, Any] = {"project": project}
        for name, submission in (("one", make.accepted()), ("two", make.shortened())):
            rater = make.make_rater(project, name=name)
            seat = make.claim(project, rater)
            assert seat is not None
            record_judgement(seat, rater=rater, submission=submission)
            found[name] = rater.user
        found["judge"] = make.make_member(project, role="adjudicator", name="judge")
    return found


@pytest.fixture
def enter(browser_page: Page, live_server: Any, people: dict[str, Any]) -> Callable[..., Page]:
    """Signs one of the people in and opens a page of the project."""

    def go(name: str, page_name: str = "verify:desk") -> Page:
        client = Client()
        client.force_login(people[name])
        cookie = client.cookies["sessionid"].value
        browser_page.context.clear_cookies()
        browser_page.context.add_cookies(
            [{"name": "sessionid", "value": cookie, "url": live_server.url}]
        )
        browser_page.goto(reverse(page_name, args=[people["project"].slug]))
        return browser_page

    return go


def test_the_reason_reaches_the_reviewer_and_they_agree(
    enter: Callable[..., Page], people: dict[str, Any]
) -> None:
    project: Project = people["project"]
    page = enter("judge", "verify:adjudicate")
    page.wait_for_selector(".reading")
    page.click("#to-send-back")
    page.wait_for_selector("#ask-send-back[open]")
    assert not faults(page)
    # Without a reason nothing is sent.
    page.click("#ask-send-back .primary")
    assert page.locator("#ask-send-back[open]").count() == 1
    page.fill("#send-back-reason", WHY)
    page.click("#ask-send-back .primary")
    page.wait_for_selector("#nothing:not([hidden])")
    assert page.locator(".notice.good").inner_text() == "Sent back to 2 reviewers."
    with scope(project=project):
        assert Judgement.objects.filter(outcome="withdrawn", comment=WHY).count() == 2

    page = enter("two")
    page.wait_for_selector("#returned:not([hidden])")
    assert WHY in page.locator("#returned").inner_text()
    assert page.locator("#returned .own").is_visible()
    assert "Amina Diall" in page.locator("#rows").inner_text()
    assert not faults(page)
    seen(page)
    page.keyboard.press("]")
    with page.expect_response(lambda answer: answer.url.endswith("/submit/")):
        page.keyboard.press("Enter")
    page.wait_for_selector("#nothing:not([hidden])")
    page = enter("one")
    page.wait_for_selector("#returned:not([hidden])")
    seen(page)
    with page.expect_response(lambda answer: answer.url.endswith("/submit/")):
        page.keyboard.press("Enter")
    page.wait_for_selector("#nothing:not([hidden])")
    with scope(project=project):
        assert Decision.objects.get(is_current=True).origin == "agreed"
        assert Assignment.objects.get(kind="adjudicate").state == "void"


def test_who_differ_again_come_back_with_the_reason(
    enter: Callable[..., Page], people: dict[str, Any]
) -> None:
    page = enter("judge", "verify:adjudicate")
    page.click("#to-send-back")
    page.fill("#send-back-reason", WHY)
    page.click("#ask-send-back .primary")
    page.wait_for_selector("#nothing:not([hidden])")
    for name in ("one", "two"):
        page = enter(name)
        page.wait_for_selector("#returned:not([hidden])")
        seen(page)
        with page.expect_response(lambda answer: answer.url.endswith("/submit/")):
            page.keyboard.press("Enter")
        page.wait_for_selector("#nothing:not([hidden])")
    page = enter("judge", "verify:adjudicate")
    page.wait_for_selector(".reading")
    assert page.locator("#reasons li").all_inner_texts() == [WHY]
