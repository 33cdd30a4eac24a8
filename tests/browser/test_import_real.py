"""Importing in a browser: dropped files, their preview, the run; and a new project."""

from __future__ import annotations

import json
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


KINDS = [
    {"key": "marks", "kind": "spans", "scope": "field", "wording": {"en": "Mark"},
     "settings": {"causes": [{"key": "x", "wording": {"en": "a cause"}}]}},
    {"key": "one", "kind": "choice", "wording": {"en": "One?", "ar": "واحد؟"}, "options": ["a", "b"]},
    {"key": "many", "kind": "choices", "wording": {"en": "Many?"}, "options": ["a", "b"]},
    {"key": "ticks", "kind": "checklist", "wording": {"en": "Which?"}, "settings": {"from": "facts"}},
    {"key": "level", "kind": "rating", "wording": {"en": "Level?"}, "required": False},
    {"key": "line", "kind": "score", "wording": {"en": "How much?"},
     "options": [{"key": "0", "wording": {"en": "none"}}, {"key": "100", "wording": {"en": "all"}}]},
    {"key": "order", "kind": "ranking", "wording": {"en": "Order?"}, "options": ["a", "b"]},
    {"key": "best", "kind": "pick", "wording": {"en": "Best?"}, "options": ["a", "b"]},
    {"key": "what", "kind": "link", "scope": "span", "wording": {"en": "What is it?"}},
    {"key": "say", "kind": "text", "wording": {"en": "Say why"}, "condition": {"question": "one"}},
]  # fmt: skip


def test_questions_are_seen_as_reviewers_see_them_while_they_are_written(
    page: Page, project: Project
) -> None:
    page.goto("/p/letters/settings/questions/")
    page.fill("[name=questions]", json.dumps(KINDS))
    page.wait_for_selector("#tried .is-text textarea")
    forms = {"choice": "input[type=radio]", "choices": "input[type=checkbox]", "rating": "input",
             "checklist": "input", "score": "input[type=range]", "ranking": ".ranking li",
             "pick": "input", "link": ".finder input", "text": "textarea"}  # fmt: skip
    for kind, part in forms.items():
        assert page.locator(f"#tried .is-{kind} {part}").count(), kind
        for made in page.locator(f"#tried .is-{kind} input").all():
            assert made.is_disabled(), kind
    fits(page)
    page.select_option("#shown_language", "ar")
    page.wait_for_selector("#tried:has-text('واحد؟')")
    page.fill("[name=questions]", "[")
    page.wait_for_selector("#tried .error")
    with scope(project=project):
        assert not project.questions.exists()


def test_guidelines_and_their_versions(page: Page, project: Project) -> None:
    page.goto("/p/letters/settings/guidelines/")
    for text in ("# Names\n\n- **Mark** all", "# Names\n\n- **Mark** none"):
        page.fill("[name=text]", text)
        page.click("button:text-is('Save')")
        page.wait_for_selector(".prose h3:text-is('Names')")
    page.click("text=Versions, and what changed")
    page.wait_for_selector("del:has-text('Mark** all')")
    fits(page)
    page.goto("/p/letters/")
    fits(page)
    page.click("text=I have read them")
    page.wait_for_selector("#guidelines")
    assert not page.locator("text=I have read them").count()
