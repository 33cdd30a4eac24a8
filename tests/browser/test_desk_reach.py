"""The desk for every hand and eye: by keys or fingers alone, enlarged, still, and in forced colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from desk_hands import PHONE, SPOT, open_desk, press, seen, sent, sent_by, site, span

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
__all__ = ["open_desk", "site"]

SMALL = """() => [...document.querySelectorAll('button, summary, a, label.option')]
  .filter((one) => one.checkVisibility() && !one.closest('.skip, .brand') && !one.matches('.skip, .brand'))
  .map((one) => [one.getBoundingClientRect(), one])
  .filter(([box]) => box.height && (box.height < 44 || box.width < 44))
  .map(([box, one]) => `${one.outerHTML.slice(0, 90)} ${box.width} x ${box.height}`)"""
STROKES = """() => [1, 2, 3, 4, 5, 6, 7, 8].map((colour) => {
  const style = getComputedStyle(document.querySelector('#target .text'), `::highlight(own-${colour}-0)`);
  return [style.textDecorationLine, style.textDecorationStyle, style.textDecorationThickness].join(' ');
})"""


@pytest.mark.parametrize("panel", ["main", "edges", "labels", "more"])
def test_a_finger_finds_targets_of_44_pixels(open_desk: Callable[..., Page], panel: str) -> None:
    page = open_desk("questions", **PHONE)
    page.evaluate("(panel) => { document.getElementById('dock').dataset.panel = panel; }", panel)
    assert page.evaluate(SMALL) == []
    page.locator(".tongues summary").tap()
    assert page.evaluate(SMALL) == []


def test_a_tablet_has_such_targets_too(open_desk: Callable[..., Page]) -> None:
    page = open_desk("es", viewport={"width": 1024, "height": 768}, has_touch=True, is_mobile=True)
    assert page.evaluate(SMALL) == []


def test_fingers_alone_do_the_whole_of_it(open_desk: Callable[..., Page]) -> None:
    """A wrong edge is moved, a span without a place is marked by two taps, the whole is sent."""
    page = open_desk("ar", **PHONE)
    page.locator(".span-row").nth(1).tap()
    page.locator('[data-panel-to="edges"]').tap()
    page.locator('[data-cmd="endBackWord"]').tap()
    page.locator(".span-row.open").tap()
    text = page.locator("#target .text").text_content() or ""
    at = text.index("ستراسبورغ")
    for point in (at, at + len("ستراسبورغ") - 1):
        spot = page.evaluate(SPOT, point)
        page.touchscreen.tap(spot["x"], spot["y"])
    page.wait_for_function("() => !document.querySelector('.span-row.open')")
    body = sent_by(page, lambda: page.locator('[data-cmd="accept"]').tap())
    assert span(body, "t2")["surface"] == "البرلمان"
    assert "ستراسبورغ" in [row.get("surface") for row in body["spans"]]


def test_keys_alone_do_the_whole_of_it(open_desk: Callable[..., Page]) -> None:
    """The same by keys, from the first Tab: nothing traps the focus, nothing needs a pointer."""
    page = open_desk("ar")
    press(page, "Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    press(page, "Enter", "j", "Alt+[", "j", "j")
    assert page.locator(".span-row.open.active").count() == 1
    press(page, "a")
    for _ in range(6):
        press(page, "Alt+ArrowLeft")
    press(page, "Alt+Shift+ArrowLeft", "Enter")
    page.wait_for_function("() => !document.querySelector('.span-row.open')")
    body = sent(page, "Enter")
    assert span(body, "t2")["surface"] == "البرلمان"
    assert len([row for row in body["spans"] if row["verdict"] == "added"]) == 1


def test_twice_the_size_loses_nothing(open_desk: Callable[..., Page]) -> None:
    page = open_desk("es", viewport={"width": 640, "height": 400}, device_scale_factor=2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    for command in ("accept", "undo", "unsure", "skip", "variety", "report", "right"):
        button = page.locator(f'#dock [data-cmd="{command}"]')
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 400
    page.locator('#dock [data-cmd="accept"]').click()
    seen(page)


def test_labels_differ_without_colour_and_nothing_moves_unasked(
    open_desk: Callable[..., Page],
) -> None:
    page = open_desk("es")
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    strokes = page.evaluate(STROKES)
    assert len(set(strokes)) == 8
    assert all(stroke.startswith("underline ") for stroke in strokes)
    moving = "(one) => getComputedStyle(one).transitionDuration"
    assert page.locator(".button.primary").first.evaluate(moving) == "0s"
    edge = "(row) => getComputedStyle(row).outlineStyle"
    assert page.locator(".span-row.active").evaluate(edge) == "solid"
