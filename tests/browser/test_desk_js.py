"""Judging on the desk by keys, in a real browser under the strict content security policy."""

# Fixtures come from the shared module by name.
# ruff: noqa: F401, F811

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from desk_hands import (
    PHONE,
    open_desk,
    press,
    seen,
    select,
    sent,
    site,
    span,
    target_text,
)
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_enter_accepts_all_and_shows_the_next_card(open_desk: Callable[..., Page]) -> None:
    page = open_desk("es")
    body = sent(page, "Enter")
    assert body["seat"] == 1
    assert body["outcome"] == "answered"
    assert [found["verdict"] for found in body["spans"]] == ["right"] * 4
    text = target_text(page)
    for found in body["spans"]:
        assert text[found["start"] : found["end"]] == found["surface"]
    assert body["shown_at"] < body["first_input_at"]
    assert body["hidden_seconds"] == 0
    expect(page.locator("#saved")).to_have_text("saved ✓")
    seen(page)
    assert sent(page, "Enter")["seat"] == 2


def test_nothing_is_accepted_before_it_was_seen(open_desk: Callable[..., Page]) -> None:
    page = open_desk("many", viewport={"width": 390, "height": 500})
    press(page, "Enter")
    expect(page.locator("#said")).to_have_text("Read to the end of the text first.")
    assert page.evaluate("document.querySelector('#saved').dataset.state ?? ''") == ""
    page.locator("#seen").scroll_into_view_if_needed()
    seen(page)
    assert len(sent(page, "Enter")["spans"]) == 90


def test_a_boundary_moves_by_one_key_after_astral_characters(
    open_desk: Callable[..., Page],
) -> None:
    page = open_desk("es")
    body = sent(page, "j", "Alt+]", "Enter")
    found = span(body, "t2")
    text = target_text(page)
    start = text.index("Parlamento Europeo")
    assert (found["verdict"], found["start"], found["end"]) == ("boundary", start, start + 18)
    assert found["surface"] == "Parlamento Europeo"
    assert {other["verdict"] for other in body["spans"] if other is not found} == {"right"}


@pytest.mark.parametrize(
    ("keys", "change"),
    [(["]"], (0, 1)), (["["], (0, -1)), (["{"], (-1, 0)), (["}"], (1, 0)), (["ArrowRight"], (0, 1)),
     (["Shift+ArrowLeft"], (-1, 0)), (["]", "["], (0, 0)), (["Alt+["], (0, -7)), ([","], (0, -7)),
     ([",", "."], (0, 0)), (["'"], (6, 0)), (["'", ";"], (0, 0))],
)  # fmt: skip
def test_edges_follow_their_keys(
    open_desk: Callable[..., Page], keys: list[str], change: tuple[int, int]
) -> None:
    page = open_desk("es")
    start = target_text(page).index("Amina")
    found = span(sent(page, *keys, "Enter"), "t1")
    assert (found["start"], found["end"]) == (start + change[0], start + 12 + change[1])
    assert found["verdict"] == ("right" if change == (0, 0) else "boundary")


def test_the_next_guess_is_one_key(open_desk: Callable[..., Page]) -> None:
    found = span(sent(open_desk("es"), "j", "n", "Enter"), "t2")
    assert (found["surface"], found["verdict"]) == ("Parlamento Europeo", "boundary")


def test_arrows_run_as_the_text_runs(open_desk: Callable[..., Page]) -> None:
    page = open_desk("ar")
    expect(page.locator(".span-row.active .to")).to_have_text("أمينة ديالو")
    press(page, "ArrowRight")
    expect(page.locator(".span-row.active .to")).to_have_text("أمينة ديال")
    press(page, "ArrowLeft", "Alt+ArrowLeft")
    expect(page.locator(".span-row.active .to")).to_have_text("أمينة ديالو البرلمان")


def test_a_label_changes_by_its_letter_and_back(open_desk: Callable[..., Page]) -> None:
    page = open_desk("es")
    press(page, "j", "l")
    expect(page.locator(".span-row.active .state")).to_contain_text("label changed")
    press(page, "Shift+W")
    found = span(sent(page, "Enter"), "t2")
    assert (found["label"], found["verdict"]) == ("WORK", "label")
    seen(page)
    press(page, "j", "l", "o")
    expect(page.locator(".span-row.active .state")).to_contain_text("right")


@pytest.mark.parametrize(
    ("key", "verdict"), [("x", "should_not_be"), ("w", "wrong_translation"), ("e", "no_equivalent")]
)
def test_a_removed_span_goes_without_a_place(
    open_desk: Callable[..., Page], key: str, verdict: str
) -> None:
    page = open_desk("es")
    body = sent(page, "j", key, "Enter")
    found = span(body, "t2")
    assert found["verdict"] == verdict
    assert found["shown"] == "t2"
    assert "start" not in found
    assert "end" not in found


def test_source_label_and_split_keep_the_span(open_desk: Callable[..., Page]) -> None:
    page = open_desk("es")
    press(page, "g", "j", "s")
    select(page, "Europeo")
    body = sent(page, "Enter")
    assert (span(body, "t1")["verdict"], "start" in span(body, "t1")) == ("source_label", True)
    assert (span(body, "t2")["verdict"], span(body, "t2")["surface"]) == ("split", "Parlamento")
    added = span(body, "new-1")
    assert (added["verdict"], added["surface"], added["source"], added["label"]) == (
        "added",
        "Europeo",
        "s2",
        "ORG",
    )


def test_tab_and_arrows_walk_the_spans(open_desk: Callable[..., Page]) -> None:
    page = open_desk("es")
    page.locator(".span-row").first.focus()
    press(page, "Tab", "ArrowDown")
    expect(page.locator(".span-row.active")).to_contain_text("Estrasburgo")
    assert page.evaluate("document.activeElement.classList.contains('active')")
    press(page, "ArrowUp", "k")
    expect(page.locator(".span-row.active")).to_contain_text("Amina")


def test_the_phone_moves_edges_by_big_buttons(open_desk: Callable[..., Page]) -> None:
    page = open_desk("es", **PHONE)
    page.locator(".sheet-head [data-cmd=next]").tap()
    page.locator("[data-panel-to=edges]").tap()
    for button in page.locator(".edges button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["width"] >= 44
    page.locator("[data-cmd=endOnWord]").tap()
    expect(page.locator("#sheet-text")).to_have_text("Parlamento Europeo")
    page.locator("[data-cmd=endBack]").tap()
    expect(page.locator("#sheet-text")).to_have_text("Parlamento Europe")


def test_questions_by_number_and_required_ones_first(open_desk: Callable[..., Page]) -> None:
    page = open_desk("questions")
    press(page, "Enter")
    expect(page.locator("#said")).to_have_text("Still to answer: Meaning kept?")
    body = sent(page, "2", "5", "Enter")
    assert body["answers"] == [{"question": "meaning", "target": "rendition", "value": "mostly"},
                               {"question": "fluent", "target": "rendition", "value": "no"}]  # fmt: skip


@pytest.mark.parametrize(("key", "outcome"), [("?", "unsure"), ("v", "not_my_variety")])
def test_outcomes_by_one_key(open_desk: Callable[..., Page], key: str, outcome: str) -> None:
    assert sent(open_desk("es"), key)["outcome"] == outcome


def test_keys_work_on_a_keyboard_of_another_script(open_desk: Callable[..., Page]) -> None:
    page = open_desk("ar")
    page.evaluate(
        """() => document.dispatchEvent(new KeyboardEvent('keydown', {key: 'ء', code: 'KeyX', bubbles: true}))"""
    )
    expect(page.locator(".span-row.removed")).to_have_count(1)
