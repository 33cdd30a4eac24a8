"""Scripts of the world on the real desk: what is marked, moved, painted, sent and stored.

A text goes through the whole way: proposed by offsets of Python, marked with the mouse, moved by
clusters and words, painted, submitted, and read back from the database as code points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from desk_hands import PAINTED, seen, select
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from annotate.graphemes import boundaries, words
from annotate.models import Project
from annotate.spans import Span
from tests import factories as make
from verify.models import Judgement

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Script(NamedTuple):
    """A text, the name proposed in it, and the place that the reviewer marks."""

    tag: str
    text: str
    name: str
    place: str


SCRIPTS = {
    "hebrew": Script("he", "אֲמִינָה דיאלו גרה בדקר (Dakar) מאז 2021.", "אֲמִינָה דיאלו", "בדקר"),
    "arabic": Script("ar", "وُلدت آمِنة ديالو سنة ١٩٨٤ في Dakar بالسنغال.", "آمِنة ديالو", "١٩٨٤"),
    "nko": Script("nqo", "ߊߡߌߣߊ߫ ߖߊߟߏ߫ ߓߍ߫ ߘߊߞߊߙ ߟߊ߫.", "ߊߡߌߣߊ߫ ߖߊߟߏ߫", "ߘߊߞߊߙ"),
    "adlam": Script("ff-Adlm", "𞤀𞤥𞤭𞤲𞤢 𞤔𞤢𞤤𞥆𞤮 𞤱𞤮𞤲𞤭 𞤣𞤢𞤳𞤢𞤪.", "𞤀𞤥𞤭𞤲𞤢 𞤔𞤢𞤤𞥆𞤮", "𞤣𞤢𞤳𞤢𞤪"),
    "devanagari": Script("hi", "क्षितिज शर्मा ज्ञानपुर में रहते हैं।", "क्षितिज शर्मा", "ज्ञानपुर"),
    "bengali": Script("bn", "শ্রীকান্ত চক্রবর্তী কৃষ্ণনগরে থাকেন।", "শ্রীকান্ত চক্রবর্তী", "কৃষ্ণনগরে"),
    "khmer": Script("km", "សុខា ស្រីពៅ រស់នៅ ភ្នំពេញ ។", "សុខា ស្រីពៅ", "ភ្នំពេញ"),
    "thai": Script("th", "สมชาย ใจดี อยู่ที่กรุงเทพฯ", "สมชาย ใจดี", "กรุงเทพ"),
    "yoruba": Script("yo", "Adébáyọ̀ ń gbé ní Ìbàdàn.", "Adébáyọ̀", "Ìbàdàn"),
    "emoji": Script("es", "👩🏽‍🚀 Amina 👨‍👩‍👧‍👦 vive en Dakar 🇸🇳.", "Amina 👨‍👩‍👧‍👦", "Dakar 🇸🇳"),
}


@pytest.fixture
def open_text(browser_page: Page, live_server: Any) -> Any:
    """Opens the desk on one text in which the name is proposed; the project and the page."""

    def go(script: Script) -> tuple[Project, Page]:
        project = make.make_project(slug="scripts", targets=(script.tag,))
        with scope(project=project):
            texts = {"en": make.SOURCE, script.tag: script.text}
            rendition = make.make_rendition(project, script.tag, texts=texts)
            start = script.text.index(script.name)
            name = Span(
                "PER", start, start + len(script.name), key="t1", source="s1", method="links"
            )
            make.make_consensus(rendition, (name,))
            make.make_seats(rendition)
        client = Client()
        client.force_login(make.make_member(project, languages=(script.tag,)))
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
        browser_page.context.add_cookies([{**cookie, "url": live_server.url}])
        browser_page.goto(reverse("verify:desk", args=["scripts"]))
        seen(browser_page)
        return project, browser_page

    return go


def active(page: Page) -> str:
    return str(page.locator(".span-row.active .to").evaluate("(shown) => shown.textContent"))


def painted(page: Page) -> set[str]:
    return {surface for name, surface in page.evaluate(PAINTED, "") if name[:3] in ("own", "pro")}


@pytest.mark.parametrize("case", SCRIPTS)
def test_a_text_goes_the_whole_way(open_text: Any, case: str) -> None:
    script = SCRIPTS[case]
    text, name = script.text, script.name
    project, page = open_text(script)
    shown = page.locator("#target .text")
    assert shown.evaluate("(p) => [p.childNodes.length, p.textContent]") == [1, text]
    assert active(page) == name
    assert name in painted(page)
    # By clusters: the end goes back to the boundary before and on again, never into a letter.
    start = text.index(name)
    cuts = boundaries(text)
    before = max(cut for cut in cuts if cut < start + len(name))
    page.keyboard.press("[")
    assert active(page) == text[start:before].rstrip() or active(page) == text[start:before]
    page.keyboard.press("]")
    assert active(page) == name
    # By words: the start goes to the start of the next word and back.
    page.keyboard.press("Alt+}")
    later = [left for left, _ in words(text) if start < left < start + len(name)]
    if later:
        assert active(page) == text[later[0] : start + len(name)]
    page.keyboard.press("Alt+{")
    assert active(page) == name
    # The place is marked with the mouse and takes the source span that has none.
    page.locator(".span-row.open").click()
    marked = select(page, script.place)
    assert text[slice(*marked)] == script.place
    page.wait_for_function("() => !document.querySelector('.span-row.open')")
    assert script.place in painted(page)
    with page.expect_response("**/submit/") as caught:
        page.keyboard.press("Enter")
    assert caught.value.status == 200, caught.value.text()
    with scope(project=project):
        reading = Judgement.objects.get().reading
        assert reading is not None
        stored = reading.spans.order_by("start").values_list("start", "end", "surface")
        expected = sorted((text.index(one), text.index(one) + len(one), one)
                          for one in (name, script.place))  # fmt: skip
        assert list(stored) == expected


UNSEEN = "\ufeffAmi\u00adna\tDiallo\u200f vive\u00a0en\u200c Da\u200dkar\u0085 👩\u200d🚀."


def test_unseen_characters_are_shown_and_told_without_touching_the_text(open_text: Any) -> None:
    name = "Ami\u00adna\tDiallo\u200f"
    _, page = open_text(Script("es", UNSEEN, name, "Dakar"))
    shown = page.locator("#target .text")
    assert shown.evaluate("(p) => [p.childNodes.length, p.textContent]") == [1, UNSEEN]
    signs = page.locator("#target .trace").all_text_contents()
    assert signs == ["BOM", "SHY", "TAB", "RLM", "NBSP", "ZWNJ", "ZWJ", "U+0085"]
    legend = page.locator("#target .unseen").inner_text()
    assert legend.startswith("Not visible in this text: BOM byte order mark")
    assert "ZWNJ zero-width non-joiner" in legend
    assert page.locator("#source .unseen").is_hidden()
    said = page.locator("#said")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert "Hidden in it: SHY soft hyphen · TAB tab · RLM right-to-left mark." in said.inner_text()
