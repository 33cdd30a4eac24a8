"""The font of a language at the desk: fetched where the device lacks the letters, and only there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from desk_hands import seen
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from annotate import fonts
from annotate.spans import Span
from tests import factories as make
from tests import fonts as boxes

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDE = """() => {
  const text = document.querySelector("#target .text");
  const range = document.createRange();
  range.selectNodeContents(text);
  return range.getBoundingClientRect().width / parseFloat(getComputedStyle(text).fontSize);
}"""


@pytest.fixture
def asked(
    settings: Any, tmp_path: Path, browser_page: Page, live_server: Any
) -> Callable[[str, str], list[str]]:
    """Opens the desk on a text of a language; gives the font files that the page asked for."""
    settings.FONTS = tmp_path / "fonts"
    fonts.add("ff-Adlm", boxes.build(tmp_path / "boxes.ttf"))

    def go(tag: str, text: str) -> list[str]:
        project = make.make_project(slug="fonts", targets=(tag,))
        with scope(project=project):
            rendition = make.make_rendition(project, tag, texts={"en": make.SOURCE, tag: text})
            make.make_consensus(rendition, (Span("PER", 0, len(text), key="t1", source="s1"),))
            make.make_seats(rendition)
        client = Client()
        client.force_login(make.make_member(project, languages=(tag,)))
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
        browser_page.context.add_cookies([{**cookie, "url": live_server.url}])
        found: list[str] = []
        browser_page.on(
            "request", lambda one: found.append(one.url) if "/fonts/ff" in one.url else None
        )
        browser_page.goto(reverse("verify:desk", args=["fonts"]))
        seen(browser_page)
        browser_page.evaluate("() => document.fonts.ready.then(() => null)")
        return found

    return go


def test_letters_that_the_device_may_lack_come_from_here(
    asked: Callable[[str, str], list[str]], browser_page: Page
) -> None:
    (address,) = asked("ff-Adlm", boxes.ADLAM)
    assert "/fonts/ff-Adlm?v=" in address
    wide = browser_page.evaluate(WIDE)
    assert wide == pytest.approx(boxes.WIDTH * len(boxes.ADLAM), abs=0.1)


def test_another_language_fetches_nothing(
    asked: Callable[[str, str], list[str]], browser_page: Page
) -> None:
    assert asked("es", "Amina") == []
    assert browser_page.evaluate(WIDE) < boxes.WIDTH * len("Amina")
