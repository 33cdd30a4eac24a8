"""Help in place: the romanised line, neighbours, guidelines, definitions and glossary at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from desk_hands import PAINTED, PHONE, press, seen
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from test_desk_real import ARABIC, NAME, SignIn, answered, arabic, project, sign_in

from annotate.actions.projects import add_annotator
from annotate.actions.texts import NewTranslation, save_aids, save_translations
from annotate.actions.versions import make_version
from annotate.models import Concept, Label, Passage, Project
from tests import factories as make
from verify.actions import threads
from verify.models import Assignment, Judgement, Thread

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["project", "sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LATIN = "aminah diyalu ta'ish fi dakar."


def ready(page: Page) -> Page:
    page.wait_for_selector("#work:not([hidden])")
    seen(page)
    return page


def grouped(project: Project) -> None:
    """Three paragraphs of one document; the one in the middle is asked."""
    with scope(project=project):
        for at in (1, 2, 3):
            rendition = make.make_rendition(
                project, texts={"en": f"{make.SOURCE} {at}", "es": f"{make.TARGET} {at}"},
                group="doc", position=at,
            )  # fmt: skip
            if at == 2:
                make.make_consensus(rendition)
                make.make_seats(rendition)


def test_a_text_is_shown_translated_back_where_somebody_does_that(
    sign_in: SignIn, project: Project
) -> None:
    grouped(project)
    page = ready(sign_in())
    assert page.locator("[data-cmd=returned]").count() == 0
    with scope(project=project):
        seat = Assignment.objects.get(
            pk=page.evaluate("() => JSON.parse(document.getElementById('card').textContent).seat")
        )
        passage = seat.rendition.fields.get().passage
        back = add_annotator(
            project, name="back", kind="translator", backend="llm", settings={"direction": "back"}
        )
        row = NewTranslation(passage.pk, "en", make_version(back).pk, "She lives there, they say.")
        save_translations(project, [row])
    page.reload()
    ready(page)
    page.locator("[data-cmd=returned]").click()
    line = page.locator("#target .returned")
    line.wait_for()
    assert line.text_content() == "She lives there, they say."
    assert line.evaluate("(p) => [p.lang, p.dir]") == ["en", "ltr"]
    page.reload()  # remembered
    ready(page)
    line.wait_for()
    page.locator("[data-cmd=returned]").click()
    line.wait_for(state="detached")


def test_a_text_is_shown_in_latin_letters_and_marking_stays_on_the_text(
    sign_in: SignIn, project: Project
) -> None:
    arabic(NAME[:-1], project)
    with scope(project=project):
        passage = Passage.objects.get(language="ar")
        save_aids({passage.pk: {"romanised": LATIN}}, 1)
    page = ready(sign_in(languages=("ar",)))
    press(page, "i")
    line = page.locator("#target .romanised")
    line.wait_for()
    assert line.text_content() == LATIN
    assert line.evaluate("(p) => [p.lang, p.dir]") == ["ar-Latn", "ltr"]
    assert page.locator("#source .romanised").count() == 0  # English is in Latin letters already
    assert page.locator("#target .text").evaluate("(p) => p.firstChild.data") == ARABIC
    press(page, "]")
    assert [text for name, text in page.evaluate(PAINTED, "own-1") if text == NAME] == [NAME]
    page.reload()  # remembered
    ready(page)
    line.wait_for()
    press(page, "i")
    line.wait_for(state="detached")


def test_neighbours_are_folded_until_asked_for(sign_in: SignIn, project: Project) -> None:
    grouped(project)
    page = ready(sign_in())
    assert page.locator("#around").is_hidden()
    press(page, "z")
    page.wait_for_selector("#around li")
    shown = page.locator("#around li").all_inner_texts()
    assert [one.split("\n")[0] for one in shown] == [
        f"{make.SOURCE} 1", "the text above", f"{make.SOURCE} 3",
    ]  # fmt: skip
    assert f"{make.TARGET} 1" in shown[0]
    press(page, "z")
    page.wait_for_selector("#around", state="hidden")


def test_guidelines_stay_beside_the_text_where_there_is_room(
    sign_in: SignIn, project: Project
) -> None:
    project.guidelines = "Mark names.\n\nLeave titles out."
    project.save()
    grouped(project)
    page = ready(sign_in())
    press(page, "y")
    page.wait_for_selector("#guide:not([hidden])")
    assert "Leave titles out." in page.inner_text("#guide")
    edge = page.locator("#guide").evaluate("(a) => a.getBoundingClientRect().left")
    reach = page.locator("#texts").evaluate("(a) => a.getBoundingClientRect().right")
    assert reach <= edge
    page.reload()
    ready(page)
    page.wait_for_selector("#guide:not([hidden])")
    page.click("#guide button")
    page.wait_for_selector("#guide", state="hidden")
    page.set_viewport_size({"width": 900, "height": 700})
    press(page, "y")
    page.wait_for_selector("#show-guidelines[open]")


def test_what_a_label_means_is_told_on_hover_focus_and_long_press(
    sign_in: SignIn, project: Project, browser: Any, live_server: Any
) -> None:
    with scope(project=project):
        Label.objects.filter(key="LOC").update(definition="A place on a map.")
    grouped(project)
    page = ready(sign_in())
    page.hover("#labels [data-label=LOC]")
    page.wait_for_selector("#tip:not([hidden])")
    assert page.inner_text("#tip") == "A place on a map."
    page.mouse.move(400, 400)
    page.wait_for_selector("#tip", state="hidden")
    press(page, "j")
    page.wait_for_selector("#tip:not([hidden])")
    context = browser.new_context(base_url=live_server.url, **PHONE)
    context.add_cookies(page.context.cookies())
    phone = context.new_page()
    phone.goto(reverse("verify:desk", args=[project.slug]))
    ready(phone)
    hands = context.new_cdp_session(phone)
    box = phone.locator(".span-row .chip").nth(1).bounding_box()
    assert box is not None
    point = {"x": box["x"] + 5, "y": box["y"] + 5}
    hands.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    phone.wait_for_selector("#tip:not([hidden])")
    assert phone.inner_text("#tip") == "A place on a map."
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_terms_are_underlined_in_the_source_and_told_in_the_target_s_language(
    sign_in: SignIn, project: Project
) -> None:
    with scope(project=project):
        Concept.objects.create(
            project=project, key="Q1", names={"en": "lives in", "es": "reside en"},
            aliases={"es": ["vive en"]},
        )  # fmt: skip
        Concept.objects.create(project=project, key="Q2", names={"en": "Daka", "es": "no"})
    grouped(project)
    page = ready(sign_in())
    page.wait_for_function("() => CSS.highlights.get('term')?.size === 1")
    assert page.evaluate(PAINTED, "term") == [["term", "lives in"]]
    spot = page.evaluate("""() => {
      const box = [...CSS.highlights.get('term')][0].getBoundingClientRect();
      return [box.left + box.width / 2, box.top + box.height / 2];
    }""")
    page.mouse.move(*spot)
    page.wait_for_selector("#tip:not([hidden])")
    assert "reside en, vive en" in page.inner_text("#tip")


def test_a_break_is_suggested_after_three_quarters_of_an_hour(
    browser: Any, project: Project, live_server: Any
) -> None:
    grouped(project)
    client = Client()
    client.force_login(make.make_member(project))
    context = browser.new_context(base_url=live_server.url)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.clock.install()
    page.goto(reverse("verify:desk", args=[project.slug]))
    page.wait_for_selector("#work:not([hidden])")
    press(page, "i")
    page.wait_for_selector("body[data-help]")
    for _ in range(16):
        page.clock.fast_forward("03:00")
        press(page, "j")
    page.wait_for_selector("#messages .notice")
    assert "You have worked for 4" in page.inner_text("#messages")
    context.close()


def test_a_comment_goes_with_the_judgement_and_a_question_to_the_manager(
    sign_in: SignIn, project: Project
) -> None:
    grouped(project)
    page = ready(sign_in())
    press(page, "c")
    page.wait_for_selector("#ask-comment[open]")
    page.fill("#comment-text", "Is a harbour a place?")
    with answered(page, "ask"):
        page.click("#ask-comment [value=ask]")
    page.wait_for_selector("#messages .notice.good")
    press(page, "c")
    page.fill("#comment-text", "A quiet remark.")
    page.click("#ask-comment [value=keep]")
    page.wait_for_selector("[data-cmd=comment][aria-pressed=true]", state="attached")
    with scope(project=project):
        thread = Thread.objects.get()
        manager = make.make_member(project, role="manager")
        threads.answer(thread=thread, by=manager, text="Yes, if it has a name.")
    page.reload()
    ready(page)
    with answered(page, "answers"):
        press(page, "j")
    page.wait_for_selector("#answers .answer")
    assert "Yes, if it has a name." in page.inner_text("#answers")
    with answered(page, "read"):
        page.click("#answers button")
    page.wait_for_selector("#answers .answer", state="detached")
    seen(page)
    with answered(page, "submit"):
        press(page, "Enter")
    with scope(project=project):
        assert Judgement.objects.get().comment == "A quiet remark."
        assert Thread.objects.get().read_at is not None
