"""Relations at the real desk: made, changed and removed by keys and by touch, and what is stored."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from axe import faults
from desk_hands import PHONE, press, seen
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from playwright.sync_api import expect

from annotate.actions.labels import add_label
from annotate.models import Project
from annotate.readings import Relation
from annotate.spans import Span
from tests import factories as make
from verify.models import Judgement

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SOURCE = "Amina Diallo lives in Dakar and works in Paris."
TARGET = "Amina Diallo vive en Dakar y trabaja en París."


def spans(text: str, prefix: str, *places: str) -> tuple[Span, ...]:
    source = {"t": "s", "s": None}[prefix]
    return tuple(
        Span("PER" if n == 1 else "LOC", text.index(place), text.index(place) + len(place), key=f"{prefix}{n}",
             source=f"{source}{n}" if source else None)
        for n, place in enumerate(places, 1)
    )  # fmt: skip


@pytest.fixture
def project(live_server: Any) -> Project:
    """Three spans; the source says two relations, of which one was carried over."""
    project = make.make_project(slug="desk")
    with scope(project=project):
        add_label(project, key="lives", kind="relation", name="lives in")
        add_label(project, key="works", kind="relation", name="works in")
        here = spans(SOURCE, "s", "Amina Diallo", "Dakar", "Paris")
        there = spans(TARGET, "t", "Amina Diallo", "Dakar", "París")
        texts = {"en": SOURCE, "es": TARGET}
        related = (Relation("lives", "s1", "s2", "r1"), Relation("works", "s1", "s3", "r2"))
        rendition = make.make_rendition(
            project, texts=texts, source_spans=here, source_relations=related
        )
        carried = (Relation("lives", "t1", "t2", "r1", "r1"),)
        make.make_consensus(rendition, there, relations=carried)
        make.make_seats(rendition)
    return project


def opened(page: Page, project: Project, live_server: Any) -> Page:
    client = Client()
    client.force_login(make.make_member(project))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    page.context.add_cookies([{**cookie, "url": live_server.url}])
    page.goto(reverse("verify:desk", args=[project.slug]))
    page.wait_for_selector("#relations:not([hidden])")
    seen(page)
    return page


def look(page: Page, name: str) -> None:
    if folder := os.environ.get("VOUCH_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png")


def rows(page: Page) -> list[str]:
    return [
        " ".join(row.inner_text().split()[:7])
        for row in page.locator(".relation:not(.unsaid)").all()
    ]


def stored(project: Project) -> set[tuple[str, str, str, str | None]]:
    with scope(project=project):
        reading = Judgement.objects.get().reading
        assert reading is not None
        return {
            (r.label.key, r.head.surface, r.tail.surface, r.source.key if r.source else None)
            for r in reading.relations.select_related("label", "head", "tail", "source")
        }


def send(page: Page) -> None:
    with page.expect_response(lambda answer: answer.url.endswith("/submit/")) as caught:
        page.keyboard.press("Enter")
    assert caught.value.status == 200, caught.value.text()


def test_what_was_carried_over_is_kept_and_sent(
    browser_page: Page, project: Project, live_server: Any
) -> None:
    page = opened(browser_page, project, live_server)
    assert rows(page) == ["P1 Amina Diallo lives in → L2"]
    expect(page.locator(".relation.unsaid")).to_contain_text("works in")
    look(page, "relations")
    assert faults(page) == []
    send(page)
    assert stored(project) == {("lives", "Amina Diallo", "Dakar", "r1")}


def test_a_relation_is_made_by_four_keys(
    browser_page: Page, project: Project, live_server: Any
) -> None:
    page = opened(browser_page, project, live_server)
    press(page, "=")
    look(page, "relate")
    assert faults(page) == []
    press(page, "w", "3")
    press(page, "Enter")
    expect(page.locator("#said")).to_have_text("Amina Diallo – works in – París")
    send(page)
    assert stored(project) == {
        ("lives", "Amina Diallo", "Dakar", "r1"),
        ("works", "Amina Diallo", "París", "r2"),
    }


def test_what_the_source_says_is_said_here_by_one_button_and_undone(
    browser_page: Page, project: Project, live_server: Any
) -> None:
    page = opened(browser_page, project, live_server)
    page.get_by_role("button", name="also here").click()
    assert len(rows(page)) == 2
    press(page, "u")
    assert len(rows(page)) == 1
    page.get_by_role("button", name="also here").click()
    send(page)
    assert ("works", "Amina Diallo", "París", "r2") in stored(project)


def test_a_relation_is_turned_changed_and_removed(
    browser_page: Page, project: Project, live_server: Any
) -> None:
    page = opened(browser_page, project, live_server)
    page.get_by_role("button", name="turn round").click()
    assert rows(page) == ["L2 Dakar lives in → P1 Amina"]
    page.get_by_role("button", name="change…").click()
    press(page, "2", "Enter")
    expect(page.locator("#relation-said")).to_have_text("A span is not related to itself.")
    press(page, "3", "w", "Enter")
    assert rows(page) == ["L2 Dakar works in → L3 París"]
    send(page)
    assert stored(project) == {("works", "Dakar", "París", "r1")}


def test_a_relation_goes_with_its_span_and_comes_back_with_it(
    browser_page: Page, project: Project, live_server: Any
) -> None:
    page = opened(browser_page, project, live_server)
    press(page, "j", "x")
    assert rows(page) == []
    press(page, "u")
    assert len(rows(page)) == 1
    page.get_by_role("button", name="remove").click()
    assert rows(page) == []
    send(page)
    assert stored(project) == set()


def test_by_touch_on_a_phone(browser: Browser, project: Project, live_server: Any) -> None:
    context = browser.new_context(base_url=live_server.url, **PHONE)
    page = opened(context.new_page(), project, live_server)
    page.get_by_role("button", name="Relate two spans").tap()
    look(page, "relate-390")
    page.get_by_label("works in").check()
    page.get_by_label("To", exact=True).select_option(label="3 · L3 París")
    page.get_by_role("button", name="Keep it").tap()
    page.locator("#relation-rows").scroll_into_view_if_needed()
    look(page, "relations-390")
    assert len(rows(page)) == 2
    expect(page.locator(".relation.unsaid")).to_have_count(0)
    assert faults(page) == []
    seen(page)
    with page.expect_response(lambda answer: answer.url.endswith("/submit/")):
        page.locator("[data-cmd=accept]").tap()
    assert len(stored(project)) == 2
    context.close()


def test_the_same_twice_is_refused(browser_page: Page, project: Project, live_server: Any) -> None:
    page = opened(browser_page, project, live_server)
    press(page, "=", "i", "2", "Enter")
    expect(page.locator("#relation-said")).to_have_text("That relation is there already.")
    press(page, "Escape")
    assert len(rows(page)) == 1


def test_without_relation_labels_there_is_no_sign_of_them(
    browser_page: Page, live_server: Any
) -> None:
    project = make.make_project(slug="plain")
    with scope(project=project):
        make.make_task(project)
    client = Client()
    client.force_login(make.make_member(project))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    browser_page.context.add_cookies([{**cookie, "url": live_server.url}])
    browser_page.goto(reverse("verify:desk", args=[project.slug]))
    browser_page.wait_for_selector("#work:not([hidden])")
    expect(browser_page.locator("#relations")).to_be_hidden()
    assert browser_page.evaluate(
        "() => !performance.getEntriesByType('resource').some((one) => one.name.includes('relations'))"
    )
