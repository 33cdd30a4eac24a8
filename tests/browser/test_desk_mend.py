"""Mending at the desk: the editor, its draft, what the new text asks again, siblings and undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from desk_hands import PHONE, seen
from django_scopes import scope
from test_desk_real import ARABIC, CITY, NAME, SignIn, answered, arabic, project, sign_in, task

from annotate.models import Project, Rendition
from annotate.spans import Span
from tests import factories as make
from verify.actions import record_judgement
from verify.models import Decision, Judgement

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["project", "sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AFTER = "Amina Diallo vive ahora en París."


def opened(page: Page, after: str = AFTER) -> None:
    """The editor with a text typed into it."""
    page.wait_for_selector("#work:not([hidden])")
    seen(page)
    page.keyboard.press("t")
    page.locator(".mend textarea").fill(after)


def shown(page: Page) -> str:
    return page.locator("#target .text").first.text_content() or ""


def texts(project: Project, language: str = "es") -> list[str]:
    with scope(project=project):
        rows = Rendition.objects.filter(language=language, is_current=True).order_by("item_id")
        return list(rows.values_list("fields__passage__text", flat=True))


def test_a_text_is_mended_judged_and_decided(sign_in: SignIn, project: Project) -> None:
    task(project)
    page = sign_in()
    opened(page)
    assert page.locator(".diff").text_content() == "Amina Diallo vive ahora en DakarParís."
    assert page.locator(".diff del").all_text_contents() == ["Dakar"]
    assert page.locator(".diff ins").all_text_contents() == ["ahora ", "París"]
    assert page.locator("#dock").is_hidden()
    with answered(page, "mend"):
        page.keyboard.press("Control+Enter")
    page.wait_for_selector(".span-row.unsure.active")
    assert shown(page) == AFTER
    assert page.locator(".span-row .to").all_text_contents() == ["Amina Diallo", "París"]
    painted = "[...CSS.highlights.get('unsure')].map(String)"
    assert page.evaluate(painted) == ["París"]
    seen(page)
    page.keyboard.press("Enter")  # asked again: what only moved is not accepted unseen
    page.wait_for_function("() => document.querySelector('#said').textContent.includes('moved')")
    page.keyboard.press("r")
    page.wait_for_selector(".span-row.right")
    with answered(page, "submit"):
        page.keyboard.press("Enter")
    with scope(project=project):
        decision = Decision.objects.get(rendition__language="es", is_current=True)
        surfaces = decision.reading.spans.order_by("start").values_list("surface", flat=True)
        assert list(surfaces) == ["Amina Diallo", "París"]
        assert decision.rendition.origin == "person"
    assert texts(project) == [AFTER]


def test_leaving_keeps_the_draft_and_undo_takes_the_edit_back(
    sign_in: SignIn, project: Project
) -> None:
    task(project)
    page = sign_in()
    opened(page)
    page.keyboard.press("Escape")
    page.wait_for_selector(".mend", state="detached")
    assert texts(project) == [make.TARGET]
    page.reload()
    seen(page)
    page.keyboard.press("t")
    page.wait_for_selector(".mend textarea")
    assert page.input_value(".mend textarea") == AFTER
    page.keyboard.press("x")  # types; the desk's keys sleep
    assert page.input_value(".mend textarea") == AFTER + "x"
    assert page.locator(".span-row.removed").count() == 0
    page.keyboard.press("Backspace")
    with answered(page, "mend"):
        page.keyboard.press("Control+Enter")
    page.wait_for_selector(".span-row.unsure")
    with answered(page, "undo"):
        page.keyboard.press("u")
    page.wait_for_function(
        f"() => document.querySelector('#target .text').textContent === '{make.TARGET}'"
    )
    assert texts(project) == [make.TARGET]


def test_what_was_said_of_the_old_text_follows(sign_in: SignIn, project: Project) -> None:
    start = make.TARGET.index("Dakar")
    task(project, make.TARGET_SPANS[0], Span("PER", start, start + 5, key="t2", source="s2"))
    page = sign_in()
    seen(page)
    page.keyboard.press("j")
    page.wait_for_selector("li:nth-child(2) > .span-row.active")
    page.keyboard.press("l")
    page.wait_for_selector(".span-row.label")
    opened(page, "Hoy Amina Diallo vive en Dakar.")
    with answered(page, "mend"):
        page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "() => document.querySelector('#target .text').textContent.startsWith('Hoy')"
    )
    page.wait_for_selector(".span-row.label")
    assert page.locator(".span-row.label .to").text_content() == "Dakar"
    page.keyboard.press("k")
    page.keyboard.press("r")
    page.wait_for_selector(".span-row.right")
    seen(page)
    with answered(page, "submit"):
        page.keyboard.press("Enter")
    with scope(project=project):
        said = Judgement.objects.exclude(assignment__round=0).get()
        rows = said.reading.spans.order_by("start").values_list("label__key", "start", "surface")
        assert list(rows) == [("PER", 4, "Amina Diallo"), ("LOC", 25, "Dakar")]


def test_like_texts_are_offered_with_their_number(sign_in: SignIn, project: Project) -> None:
    task(project), task(project)
    with scope(project=project):
        make.make_rendition(project)
    page = sign_in()
    opened(page)
    with answered(page, "mend"):
        page.keyboard.press("Control+Enter")
    button = page.locator("#messages button").first
    button.wait_for()
    assert texts(project).count(AFTER) == 1
    assert "(2)" in (button.text_content() or "")
    with answered(page, "siblings"):
        button.click()
    page.wait_for_selector("#messages .notice.good")
    assert texts(project) == [AFTER] * 3


def test_others_judgements_are_given_up_only_by_a_second_press(
    sign_in: SignIn, project: Project
) -> None:
    task(project, overlap=2)
    with scope(project=project):
        other = make.make_rater(project)
        record_judgement(make.claim(project, other), rater=other, submission=make.accepted())
    page = sign_in()
    opened(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".mend-said:not([hidden])")
    assert "1 judgement" in page.inner_text(".mend-said")
    assert texts(project) == [make.TARGET]
    with answered(page, "mend"):
        page.click("[data-mend=anyway]")
    page.wait_for_selector(".mend", state="detached")
    assert texts(project) == [AFTER]


def test_a_text_of_a_control_character_is_refused_where_it_stands(
    sign_in: SignIn, project: Project
) -> None:
    task(project)
    page = sign_in()
    opened(page, "Amina\x07 vive.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".mend-said:not([hidden])")
    assert "U+0007" in page.inner_text(".mend-said")
    assert page.input_value(".mend textarea") == "Amina\x07 vive."


def test_where_mending_is_off_there_is_no_button(sign_in: SignIn, project: Project) -> None:
    project.policy["mending"] = False
    project.save()
    task(project)
    page = sign_in()
    seen(page)
    page.keyboard.press("t")
    assert page.locator("#dock [data-cmd=mend]").is_hidden()
    assert page.locator(".mend").count() == 0


def test_on_a_phone_by_taps_in_a_text_from_right_to_left(
    browser: Any, sign_in: SignIn, project: Project, live_server: Any
) -> None:
    arabic(NAME, project)
    cookies = sign_in(languages=("ar",)).context.cookies()
    context = browser.new_context(base_url=live_server.url, **PHONE)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"/p/{project.slug}/review/")
    seen(page)
    page.tap("[data-panel-to=more]")
    page.tap("#dock [data-cmd=mend]")
    area = page.locator(".mend textarea")
    assert area.evaluate("(a) => [a.lang, a.dir]") == ["ar", "rtl"]
    after = ARABIC.replace(CITY, "باريس")
    area.fill(after)
    assert page.locator(".diff").evaluate("(d) => d.dir") == "rtl"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with answered(page, "mend"):
        page.tap("[data-mend=keep]")
    page.wait_for_selector(".span-row.unsure")
    assert shown(page) == after
    assert texts(project, "ar") == [after]
    context.close()
