"""Marking text on the desk in any script, and what is painted on it."""

# Fixtures come from the shared module by name.
# ruff: noqa: F401, F811

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from desk_hands import (
    PAINTED,
    PHONE,
    SELECT,
    SPOT,
    open_desk,
    press,
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


def test_an_arabic_selection_fills_the_source_span_without_a_place(
    open_desk: Callable[..., Page],
) -> None:
    page = open_desk("ar")
    press(page, "Enter")
    expect(page.locator("#said")).to_contain_text("1 without a place")
    start, end = select(page, "ستراسبورغ")
    body = sent(page, "Enter")
    found = span(body, "new-1")
    assert (found["start"], found["end"], found["surface"]) == (start, end, "ستراسبورغ")
    assert (found["source"], found["label"], found["shown"], found["verdict"]) == (
        "s3",
        "LOC",
        None,
        "added",
    )


def test_a_selection_with_latin_inside_arabic_waits_for_its_label(
    open_desk: Callable[..., Page],
) -> None:
    page = open_desk("ar")
    start, end = select(page, "EP")
    expect(page.locator("#said")).to_have_text("Marked: EP. Now choose its label.")
    press(page, "o", "Enter")
    found = span(sent(page, "Enter"), "new-1")
    assert (found["start"], found["end"], found["label"], found["source"]) == (
        start,
        end,
        "ORG",
        None,
    )


def test_a_selection_inside_a_conjunct_takes_the_whole_cluster(
    open_desk: Callable[..., Page],
) -> None:
    page = open_desk("hi")
    start = target_text(page).index("क्षत्रिय")
    page.evaluate(SELECT, [start + 1, start + 4])
    for name in ("pointerdown", "pointerup"):
        page.locator("#target .text").dispatch_event(name, {"pointerType": "mouse"})
    press(page, "p")
    found = span(sent(page, "Enter"), "new-1")
    assert found["surface"] == "क्षत्रि"
    assert found["start"] == start


def test_the_text_is_one_untouched_node_whatever_is_painted(open_desk: Callable[..., Page]) -> None:
    page = open_desk("nested")
    before = page.locator("#target .text").bounding_box()
    assert ["proposed-2-0", "Universidad de Buenos Aires"] in page.evaluate(PAINTED, "proposed")
    assert ["proposed-3-1", "Buenos Aires"] in page.evaluate(PAINTED, "proposed")
    assert ["proposed-1-2", "Buenos"] in page.evaluate(PAINTED, "proposed")
    press(page, "j", "r", "x", "ArrowRight")
    assert page.locator("#target .text").evaluate(
        "(shown) => [shown.childNodes.length, shown.firstChild.nodeType]"
    ) == [1, 3]
    assert page.locator("#target .text").bounding_box() == before


def test_a_click_walks_through_overlapping_spans_from_the_shortest(
    open_desk: Callable[..., Page],
) -> None:
    page = open_desk("nested")
    spot = page.evaluate(SPOT, target_text(page).index("Buenos") + 2)
    seen = []
    for _ in range(3):
        page.mouse.click(spot["x"], spot["y"])
        seen.append(page.locator(".span-row.active .to").inner_text())
        page.wait_for_timeout(550)
    assert seen == ["Buenos", "Buenos Aires", "Universidad de Buenos Aires"]


def test_a_span_lights_its_partner_and_its_row(open_desk: Callable[..., Page]) -> None:
    page = open_desk("hi")
    spot = page.evaluate(SPOT, target_text(page).index("यूरोपीय"))
    page.mouse.move(spot["x"], spot["y"])
    expect(page.locator(".span-row.lit .from")).to_have_text("European Parliament")
    lit = {text for _, text in page.evaluate(PAINTED, "lit")}
    assert lit == {"European Parliament", "यूरोपीय संसद"}


def test_blind_mode_marks_source_spans_one_after_the_other(open_desk: Callable[..., Page]) -> None:
    page = open_desk("blind")
    assert page.evaluate(PAINTED, "proposed") == []
    for surface in ("Amina Diallo", "Parlamento Europeo"):
        select(page, surface)
    press(page, "e")
    expect(page.locator(".span-row.active .from")).to_have_text("4 May 2021")
    press(page, "a", "Alt+ArrowRight", "Alt+ArrowRight", "Alt+ArrowRight", "Escape")
    select(page, "4 de mayo de 2021")
    body = sent(page, "Enter")
    said = [
        (found["source"], found["verdict"], found.get("label"), found.get("surface"))
        for found in body["spans"]
    ]
    assert said == [("s1", "added", "PER", "Amina Diallo"), ("s2", "added", "ORG", "Parlamento Europeo"),
                    ("s4", "added", "DATE", "4 de mayo de 2021"), ("s3", "no_equivalent", None, None)]  # fmt: skip
    assert all(found["shown"] is None for found in body["spans"])


def test_all_can_be_done_by_keys(open_desk: Callable[..., Page]) -> None:
    page = open_desk("blind")
    press(page, "a", "Alt+Shift+ArrowRight", "Alt+Shift+ArrowRight", "Enter")
    press(page, "e", "e")
    expect(page.locator(".span-row.active .from")).to_have_text("4 May 2021")
    press(page, "a", *["ArrowRight"] * 3, "Shift+ArrowRight", "Shift+ArrowRight", "d")
    body = sent(page, "Enter")
    assert [found["surface"] for found in body["spans"] if "surface" in found] == [
        "Amina Diallo",
        "na",
    ]
    assert [found["verdict"] for found in body["spans"]] == [
        "added",
        "added",
        "no_equivalent",
        "no_equivalent",
    ]


def test_two_taps_mark_from_word_to_word(open_desk: Callable[..., Page]) -> None:
    page = open_desk("nested", **PHONE)
    for word in ("sus", "puertas"):
        spot = page.evaluate(SPOT, target_text(page).index(word) + 1)
        page.touchscreen.tap(spot["x"], spot["y"])
    expect(page.locator("#said")).to_have_text("Marked: sus puertas. Now choose its label.")
    page.locator("#labels button", has_text="Work").tap()
    with page.expect_request("**/submit") as caught:
        page.locator("[data-cmd=accept]").tap()
    found = span(caught.value.post_data_json, "new-1")
    assert (found["surface"], found["label"]) == ("sus puertas", "WORK")


def test_words_are_found_where_there_are_no_spaces(open_desk: Callable[..., Page]) -> None:
    page = open_desk("thai", has_touch=True)
    press(page, "ArrowDown", "ArrowDown", "ArrowDown")
    spot = page.evaluate(SPOT, target_text(page).index("วันที่") + 1)
    page.touchscreen.tap(spot["x"], spot["y"])
    said = page.locator("#said").inner_text()
    assert 2 <= len(said.removeprefix("Starts at: ").split(".")[0]) < 12
