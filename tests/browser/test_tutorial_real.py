"""The tutorial in the browser: offered, walked by keys and by touch, explained, left, begun again."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from axe import faults
from desk_hands import press, seen
from django_scopes import scope
from test_desk_real import SignIn, project, sign_in, task

from annotate.models import Project
from tests import factories as make
from verify.actions import decide
from verify.models import Judgement

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["project", "sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONGER = (replace(make.TARGET_SPANS[0], end=17, surface="Amina Diallo vive"), make.TARGET_SPANS[1])


def known(project: Project, *proposals: Any) -> None:
    with scope(project=project):
        project.labels.filter(key="PER").update(definition="Names of people, without titles.")
        for proposed in proposals:
            rendition = make.make_rendition(project)
            make.make_consensus(rendition, proposed)
            right = make.make_reading(rendition)
            decide(project, rendition, right, origin="adjudicated", gold=True)


def ready(page: Page) -> None:
    page.wait_for_selector("#work:not([hidden])")
    seen(page)


def look(page: Page, name: str) -> None:
    """A picture for the eye, where a folder for pictures is named."""
    if folder := os.environ.get("VOUCH_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png")


def test_a_newcomer_walks_through_the_tutorial_by_keys(sign_in: SignIn, project: Project) -> None:
    known(project, LONGER, make.TARGET_SPANS, LONGER, make.TARGET_SPANS)
    task(project)
    page = sign_in()
    ready(page)
    look(page, "offer")
    page.click("#offer a")
    ready(page)
    press(page, "Enter")
    page.wait_for_selector("#lesson[open]")
    look(page, "lesson")
    assert not faults(page)
    rows = page.locator("#lesson-rows li")
    assert rows.evaluate_all("(all) => all.map((li) => li.dataset.sign)") == ["wrong", "right"]
    first = rows.first.inner_text()
    assert "Amina Diallo" in first
    assert "Names of people, without titles." in first
    press(page, "Enter")  # goes on
    page.wait_for_selector("#lesson:not([open])", state="attached")
    ready(page)
    press(page, "Enter")
    page.wait_for_selector("#lesson[open][data-sign=right]")
    look(page, "lesson-last")
    assert page.locator("#lesson-last").is_visible()
    press(page, "Escape")  # there is nothing behind it to go back to
    assert page.locator("#lesson[open]").count() == 1
    press(page, "Enter")
    page.wait_for_url("**/p/desk/review/")
    ready(page)
    assert page.locator("#offer").count() == 0
    with scope(project=project):
        assert not Judgement.objects.exists()
    page.click("#to-tutorial")
    ready(page)
    assert page.locator("#target .text").inner_text() == make.TARGET


def test_it_is_walked_by_touch_and_nothing_of_it_reaches_the_outbox(
    sign_in: SignIn, project: Project
) -> None:
    known(project, LONGER)
    page = sign_in()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/p/desk/review/tutorial/")
    ready(page)
    look(page, "tutorial-390")
    page.click("[data-cmd=accept]:visible")
    page.wait_for_selector("#lesson[open]")
    look(page, "lesson-390")
    assert not faults(page)
    page.click("#lesson-again")
    ready(page)
    task(project)
    page.goto("/p/desk/review/")
    ready(page)
    page.click("[data-panel-to=more]")
    page.click(".tools a[href$='/tutorial/']")
    page.wait_for_url("**/tutorial/")
    with scope(project=project):
        assert not Judgement.objects.exists()


def test_not_now_is_an_answer_and_judging_takes_the_offer_away(
    sign_in: SignIn, project: Project
) -> None:
    known(project, LONGER)
    task(project)
    page = sign_in()
    ready(page)
    page.click("#offer button")
    assert page.locator("#offer").count() == 0
    assert page.locator("#to-tutorial").is_visible()
