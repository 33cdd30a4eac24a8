"""Questions on screen: every kind and scope by mouse, touch and keys, wide and on a phone."""

# Fixtures come from the shared module by name.
# ruff: noqa: F401, F811

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from desk_hands import PAINTED, PHONE, SPOT, open_desk, press, select, sent, site, target_text
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
Open = Callable[..., "Page"]


def field(page: Page, key: str, target: str = "rendition") -> Any:
    return page.locator(f'fieldset[data-question="{key}"][data-target="{target}"]')


def answers(body: dict[str, Any]) -> dict[str, Any]:
    """What was answered, by question, with the target where it is not the whole."""
    return {
        a["question"] + ("" if a["target"] == "rendition" else f" {a['target']}"): a["value"]
        for a in body["answers"]
    }


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_kind_is_answered_by_hand(open_desk: Open, size: dict[str, Any]) -> None:
    page = open_desk("kinds", **size)
    put = "tap" if size is PHONE else "click"

    def choose(key: str, wording: str) -> None:
        getattr(field(page, key).locator(".option", has_text=wording), put)()

    assert page.locator("#notes").inner_text().split("\n") == [
        "Reference",
        "She left Parliament in 2021.",
    ]
    assert field(page, "why").count() == 0
    choose("kept", "mostly")
    choose("why", "omitted")
    choose("why", "mistranslated")
    assert field(page, "why").get_by_label("grammar").is_disabled()
    choose("facts", "member of")
    choose("relevance", "highly relevant")
    choose("fluency", "4")
    getattr(field(page, "score").locator(".anchor", has_text="66"), put)()
    assert field(page, "score").locator("output").inner_text() == "66"
    getattr(field(page, "order").get_by_role("button", name="Up: Salió."), put)()
    getattr(
        field(page, "order").get_by_role("button", name="Tie with the one above: Salió."), put
    )()
    choose("better", "no difference")
    field(page, "note").locator("textarea").fill(target_text(page).replace("abandonó", "dejó"))
    assert field(page, "note").locator("del").inner_text() == "abandonó"
    assert field(page, "note").locator("ins").inner_text() == "dejó"
    with page.expect_request("**/submit") as caught:
        page.locator('[data-cmd="accept"]').click()
    found = answers(caught.value.post_data_json)
    assert found == {
        "kept": "mostly", "why": ["mistranslated", "omitted"], "facts": ["f1"], "relevance": "2",
        "fluency": 4, "score": 66, "order": [["x", "z"], "y"], "better": "tie",
        "note": "Amina Diallo dejó el Parlamento Europeo de Estrasburgo el 4 de mayo de 2021.",
    }  # fmt: skip


def test_every_kind_is_answered_by_keys(open_desk: Open) -> None:
    page = open_desk("kinds")
    press(page, "Enter")
    assert page.locator("#said").inner_text() == "Still to answer: Is the meaning kept?"
    press(page, "1")
    # Digits go on from question to question: facts 4 and 5, levels 6 to 9.
    press(page, "5", "9")
    page.locator("#questions input[type=range]").focus()
    press(page, "Home", "ArrowRight", "ArrowRight")
    assert page.locator("output").inner_text() == "2"
    page.locator(".grip", has_text="Salió.").focus()
    press(page, "ArrowUp", "ArrowUp")
    assert page.locator(".grip b").all_inner_texts() == ["1", "2", "3"]
    press(page, "ArrowDown", "=")
    assert page.locator("*:focus").inner_text().endswith("Salió.")
    assert page.locator(".grip b").all_inner_texts() == ["1", "1", "3"]
    field(page, "better").locator("input").first.focus()
    press(page, "Space", "ArrowDown")
    found = answers(sent(page, "Enter"))
    assert found == {"kept": "yes", "facts": ["f2"], "relevance": "3", "score": 2,
                     "order": [["x", "z"], "y"], "better": "b"}  # fmt: skip


def test_an_answer_is_taken_back_by_undo_or_by_choosing_it_again(open_desk: Open) -> None:
    page = open_desk("kinds")
    field(page, "fluency").locator(".option", has_text="3").click()
    field(page, "fluency").locator(".option", has_text="3").click()
    assert field(page, "fluency").locator(":checked").count() == 0
    field(page, "score").locator("input").fill("40")
    press(page, "ArrowRight", "ArrowRight")
    assert field(page, "score").locator("output").inner_text() == "42"
    press(page, "u")
    assert field(page, "score").locator("output").inner_text() == "–"
    field(page, "note").locator("textarea").fill("Otro.")
    field(page, "note").get_by_role("button", name="As it was").click()
    assert field(page, "note").locator("textarea").input_value() == target_text(page)
    assert field(page, "note").locator(".diff").is_hidden()


def test_a_ranking_is_dragged(open_desk: Open) -> None:
    page = open_desk("kinds")
    field(page, "order").scroll_into_view_if_needed()
    page.locator('fieldset[data-question="better"]').scroll_into_view_if_needed()
    last, first = (
        page.locator(".grip", has_text=text).bounding_box() for text in ("Salió.", "Dejó la C")
    )
    assert last
    assert first
    page.mouse.move(last["x"] + 60, last["y"] + last["height"] / 2)
    page.mouse.down()
    page.mouse.move(first["x"] + 60, first["y"] + 4, steps=8)
    page.mouse.up()
    shown = [text.split("\n")[-1] for text in page.locator(".grip").all_inner_texts()]
    assert shown == ["Salió.", "Dejó la Cámara.", "Abandonó la Cámara."]
    assert page.locator(".grip b").all_inner_texts() == ["1", "2", "3"]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_scope_is_asked_of_what_it_says(open_desk: Open, size: dict[str, Any]) -> None:
    page = open_desk("scopes", **size)
    assert field(page, "label", "span:t1").count() == 1
    assert field(page, "person", "span:t1").count() == 1
    field(page, "label", "span:t1").locator(".option", has_text="yes").click()
    field(page, "stated", "relation:r1").locator(".option", has_text="no").click()
    page.locator(".span-row").nth(1).click()
    assert field(page, "person", "span:t2").count() == 0
    assert field(page, "label", "span:t1").count() == 0
    field(page, "label", "span:t2").locator(".option", has_text="partly").click()
    field(page, "value", "option:v1").locator(".option", has_text="correct").first.click()
    field(page, "value", "option:v2").locator(".option", has_text="incorrect").click()
    field(page, "natural", "field:text").locator(".option", has_text="yes").click()
    page.locator('[data-cmd="accept"]').click()
    # The first span without an answer comes up by itself.
    assert page.locator("#said").inner_text() == "Still to answer: Is the label on the right words?"
    field(page, "label", "span:t3").locator(".option", has_text="no").click()
    page.locator('[data-cmd="accept"]').click()
    field(page, "label", "span:t4").locator(".option", has_text="no").click()
    with page.expect_request("**/submit") as caught:
        page.locator('[data-cmd="accept"]').click()
    found = answers(caught.value.post_data_json)
    assert found == {
        "label span:t1": "yes", "label span:t2": "partly", "label span:t3": "no", "label span:t4": "no",
        "stated relation:r1": "no", "value option:v1": "correct", "value option:v2": "incorrect",
        "natural field:text": "yes",
    }  # fmt: skip


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_concept_is_found_and_chosen(open_desk: Open, size: dict[str, Any]) -> None:
    page = open_desk("scopes", **size)
    page.locator(".span-row").nth(1).click()
    box = field(page, "entity", "span:t2")
    box.get_by_role("combobox").focus()
    # The words of the span are looked for at once.
    box.get_by_role("option", name="Parlamento Europeo").wait_for()
    assert box.get_by_role("option").count() == 2
    box.get_by_role("combobox").fill("parlamento")
    box.get_by_role("option", name="Andalucía").wait_for()
    press(page, "ArrowDown")
    assert box.locator('[aria-selected="true"] b').inner_text() == "Parlamento de Andalucía"
    press(page, "Enter")
    expect(box.locator(".chosen")).to_have_text("Parlamento de Andalucía change")
    box.locator(".chosen").click()
    box.get_by_role("option", name="none of these").click()
    expect(box.locator(".chosen")).to_have_text("none of these change")
    assert page.locator("*:focus").get_attribute("data-row") == "t2"


def test_causes_are_offered_only_when_something_is_wrong(open_desk: Open) -> None:
    page = open_desk("causes")
    assert page.locator("#questions").is_hidden()
    press(page, "w")
    page.locator('fieldset[data-question="cause"]').wait_for()
    press(page, "1", "j", "]")
    field(page, "cause").locator(".option", has_text="alignment").click()
    press(page, "j", "r")
    body = sent(page, "Enter")
    assert [(s["verdict"], s["cause"]) for s in body["spans"]] == [
        ("wrong_translation", "mt"), ("boundary", "alignment"), ("right", ""), ("right", ""),
    ]  # fmt: skip


def painted(page: Page) -> list[str]:
    return [text for _, text in page.evaluate(PAINTED, "own-")]


def test_errors_are_marked_graded_and_taken_off(open_desk: Open) -> None:
    page = open_desk("severity", row=False)
    start, _ = select(page, "Parlamento Europeo")
    assert page.locator(".span-row .state").inner_text() == "+ minor"
    press(page, "f")
    assert page.locator(".span-row .state").inner_text() == "+ major"
    spot = page.evaluate(SPOT, start + 2)
    page.mouse.click(spot["x"], spot["y"])
    assert page.locator(".span-row").count() == 0
    select(page, "abandonó")
    spot = page.evaluate(SPOT, target_text(page).index("abandonó") + 2)
    page.mouse.click(spot["x"], spot["y"])
    press(page, "-", "-")
    box = page.locator("#source .text").bounding_box()
    assert box
    page.locator("#source .text").dblclick(position={"x": 20, "y": box["height"] / 4})
    assert sorted(painted(page)) == ["Amina", "abandonó"]
    field(page, "score").locator("input").fill("55")
    body = sent(page, "Enter")
    found = [
        (s["side"], s["anchor"], s["attributes"]["severity"], s.get("surface"))
        for s in body["spans"]
    ]
    assert sorted(found, key=str) == [
        ("source", "text", "minor", "Amina"), ("target", "missing", "major", None),
        ("target", "text", "major", "abandonó"),
    ]  # fmt: skip
    assert answers(body) == {"score": 55}


def test_errors_are_marked_by_taps(open_desk: Open) -> None:
    page = open_desk("severity", row=False, **PHONE)

    def tap(surface: str) -> None:
        spot = page.evaluate(SPOT, target_text(page).index(surface) + 1)
        page.touchscreen.tap(spot["x"], spot["y"])

    tap("abandonó")
    tap("abandonó")
    assert page.locator(".span-row .state").inner_text() == "+ minor"
    tap("abandonó")
    assert page.locator(".span-row .state").inner_text() == "+ major"
    assert page.locator("#missing").get_attribute("aria-pressed") == "false"
    page.locator("#missing").tap()
    assert page.locator("#missing").get_attribute("aria-pressed") == "true"
    assert page.locator(".span-row .state").all_inner_texts() == ["+ major", "+ minor"]


def test_questions_run_from_right_to_left(open_desk: Open) -> None:
    page = open_desk("rtl", **PHONE)
    area = field(page, "note").locator("textarea")
    assert (area.get_attribute("dir"), area.get_attribute("lang")) == ("rtl", "ar")
    area.fill(target_text(page).replace("ستراسبورغ", "بروكسل"))
    diff = field(page, "note").locator(".diff")
    assert (diff.get_attribute("dir"), diff.locator("ins").inner_text()) == ("rtl", "بروكسل")
    field(page, "entity").get_by_role("combobox").fill("البرلمان")
    found = field(page, "entity").get_by_role("option", name="البرلمان الأوروبي")
    found.wait_for()
    assert found.locator("b").evaluate("(one) => getComputedStyle(one).direction") == "rtl"
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    low, high = (field(page, "score").locator(".anchor").nth(n).bounding_box() for n in (0, 1))
    assert low
    assert high
    assert low["x"] > high["x"]


@pytest.mark.parametrize("case", ["kinds", "scopes", "severity"])
def test_what_is_touched_is_large_enough(open_desk: Open, case: str) -> None:
    page = open_desk(case, row=case != "severity", **PHONE)
    small = page.evaluate("""() => [...document.querySelectorAll("#questions :is(.option, button, input[type=search], input[type=range]), #missing")]
        .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 44).map((one) => one.outerHTML)""")
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
