"""Importing in a browser: dropped files, their preview, the run; and a new project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe import faults
from django.test import Client
from django_scopes import scope

from annotate.models import Item, Project, Run
from pipeline.inline import work_off
from tests import factories as make

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LINES = (
    '{"id": "a", "text": "😀 Ada left Kisumu.", "spans": [[3, 6, "PER"], [12, 18, "LOC"]],'
    ' "translations": {"ar": "غادرت آدا كيسومو."}}\n'
    '{"id": "b", "text": "Write to ada@example.org now.", "spans": []}\n'
    '{"id": "c", "text": "Ada.", "spans": [[0, 3, "PERS"]]}\n'
).encode()
# What is painted, by highlight: the API changes no element.
PAINTED = (
    """() => [...CSS.highlights].flatMap(([name, found]) => [...found].map((one) => String(one)))"""
)


@pytest.fixture
def project(live_server: Any, settings: Any, tmp_path: Any) -> Project:
    settings.MEDIA_ROOT = tmp_path
    return make.make_project(slug="letters", targets=("ar", "es"))


@pytest.fixture(params=[1280, 390])
def page(request: Any, browser_page: Page, live_server: Any, project: Project) -> Page:
    user = make.make_member(project, role="manager")
    client = Client()
    client.force_login(user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    browser_page.context.add_cookies([{**cookie, "url": live_server.url}])
    browser_page.set_viewport_size({"width": request.param, "height": 900})
    return browser_page


def fits(page: Page) -> None:
    """Nothing reaches beyond the screen, and axe finds no fault in light and dark."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for theme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        assert not faults(page), theme


def test_files_are_dropped_previewed_and_imported(page: Page, project: Project) -> None:
    page.goto("/p/letters/import/")
    fits(page)
    page.set_input_files("input[name=upload]", [
        {"name": "letters.jsonl", "mimeType": "application/json", "buffer": LINES},
        {"name": "table.csv", "mimeType": "text/csv", "buffer": b"nr,phrase\n1,Ada left.\n"},
    ])  # fmt: skip
    page.click("button[name=preview]")
    page.wait_for_selector("#files [role=status]")
    with scope(project=project):
        for run in Run.objects.filter(is_trial=True):
            work_off(run)
    page.wait_for_selector("text=2 rows have problems")
    said = page.inner_text("#files")
    for words in ("did you mean 'PER'", "UTF-16", "Mail addresses", "Ada left Kisumu", "phrase"):
        assert words in said
    assert page.evaluate(PAINTED) == ["Ada", "Kisumu"]
    assert page.locator("p.text[lang=ar]").get_attribute("dir") == "rtl"
    for summary in page.locator("#files summary").all():
        summary.click()
    fits(page)
    page.check("[name=keep_good_rows]")
    page.click("text=Import 2 files")
    page.wait_for_url("**/runs/")
    with scope(project=project):
        for run in Run.objects.filter(is_trial=False):
            work_off(run)
        assert set(Item.objects.values_list("external_id", flat=True)) == {"a", "b"}
        first = Run.objects.filter(is_trial=False).order_by("pk").first()
        assert first is not None
    page.goto(f"/p/letters/runs/{first.pk}/")
    page.click("text=Undo this import")
    fits(page)
    page.click("text=What to look at")
    page.click("table a:text-is('b')")
    page.wait_for_selector("h1:text-is('b')")


def test_a_new_project_without_reading_anything(page: Page, project: Project) -> None:
    page.goto("/projects/new/")
    page.check("[name=preset][value=span-verify]")
    page.wait_for_selector("#brings:has-text('It asks')")
    page.fill("[name=name]", "Newspapers")
    page.fill("[name=source]", "English")
    page.fill("[name=targets]", "Swahili, Arabic")
    page.wait_for_selector("#spoken:has-text('Arab · rtl')")
    fits(page)
    page.click("text=Make the project")
    page.wait_for_selector("h1:has-text('Newspapers')")
    made = Project.objects.get(name="Newspapers")
    assert made.preset == "span-verify"
    page.goto(f"/p/{made.slug}/settings/")
    fits(page)
    page.fill("#clone-name", "Second newspapers")
    page.click("button:text-is('Clone')")
    page.wait_for_selector("h1:has-text('Second newspapers')")
