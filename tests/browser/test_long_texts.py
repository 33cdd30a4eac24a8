"""Very long texts: begin, middle and end are shown, the rest on demand; offsets stay the text's own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from axe import faults
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from annotate.actions.projects import create_project
from annotate.graphemes import words
from annotate.models import Project
from tests import factories as make
from verify.card import excerpts

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = " ".join(f"w{n}" if n % 9 else f"w{n}\u200b😀." for n in range(4000))


@pytest.fixture
def project(live_server: Any) -> Project:
    project = create_project(name="Web", source="en", targets=["es"], preset="web-text")
    with scope(project=project):
        texts = {"en": make.SOURCE, "es": LONG}
        make.make_seats(make.make_rendition(project, texts=texts, source_spans=()))
    return project


@pytest.fixture
def page(browser_page: Page, project: Project, live_server: Any) -> Page:
    client = Client()
    client.force_login(make.make_member(project))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    browser_page.context.add_cookies([{**cookie, "url": live_server.url}])
    browser_page.goto(reverse("verify:desk", args=[project.slug]))
    browser_page.wait_for_selector("#questions:not([hidden])")
    browser_page.wait_for_selector(".gap")
    return browser_page


def test_the_parts_are_shown_and_the_rest_on_demand(page: Page) -> None:
    text = page.locator("#target .text")
    shown = text.inner_text()
    assert shown.startswith("w0")
    assert shown.rstrip().endswith("w3999")
    assert "w700 " not in shown
    assert page.locator(".gap").count() == 2
    assert page.locator(".gap").first.inner_text().startswith("1437 words lie between")
    if folder := os.environ.get("VOUCH_PICTURES"):
        page.screenshot(path=f"{folder}/long.png")
        page.locator(".gap").first.scroll_into_view_if_needed()
        page.screenshot(path=f"{folder}/long-fold.png")
    assert faults(page) == []
    page.locator(".gap").first.click()
    page.locator(".gap").click()
    assert text.evaluate("element => element.textContent") == LONG


def test_hidden_characters_are_named_where_their_part_is_in_sight(page: Page) -> None:
    drawn = "() => document.querySelectorAll('#target .trace:not([hidden])').length"
    page.wait_for_function(f"() => ({drawn})() > 0")
    before = page.evaluate(drawn)
    page.locator(".gap").first.click()
    page.wait_for_function(f"() => ({drawn})() > {before}")


def test_what_counts_as_long() -> None:
    stretches = words(LONG)
    parts = excerpts(LONG, stretches)
    assert (parts[0][0], parts[2][1]) == (0, len(LONG))
    inside = [sum(a <= start and end <= b for start, end in stretches) for a, b in parts]
    assert inside == [500, 500, 500]
    short = " ".join(["w"] * 1500)
    assert excerpts(short, words(short)) == []
