"""Spans follow an edit of their text: surely where nothing near them changed, else to be looked at."""

from __future__ import annotations

import pytest

from annotate.reanchor import SURE, UNSURE, reanchored
from annotate.spans import Span


@pytest.mark.parametrize(
    ("before", "after", "surface", "became", "score"),
    [
        ("Er lebt in Bonn.", "Sie lebt in Bonn.", "Bonn", "Bonn", SURE),
        ("Er lebt in Bonn.", "In Bonn lebt er.", "Bonn", "Bonn", SURE),
        # A word is replaced whole, whatever letters the two have in common.
        ("Ella vive en Dakar.", "Ella vive en París.", "Dakar", "París", UNSURE),
        ("Er lebt in Bonn.", "Er lebt in Bonn-Beuel.", "Bonn", "Bonn", UNSURE),
        # Thai writes no spaces: a change of one word leaves the place beside it.
        ("อามินาอยู่ในสตราสบูร์ก", "อามินาอยู่ที่สตราสบูร์ก", "สตราสบูร์ก", "สตราสบูร์ก", UNSURE),
        # A zero-width joiner is part of its word, a vowel sign of its letter.
        ("او به خانه\u200cها رفت.", "او به کلبه\u200cها رفت.", "خانه\u200cها", "کلبه\u200cها", UNSURE),
        ("वह दिल्ली में है।", "वह मुंबई में है।", "दिल्ली", "मुंबई", UNSURE),
        ("🚆 Ana va.", "🚆🚆 Ana va.", "Ana", "Ana", SURE),
    ],
)  # fmt: skip
def test_a_span_goes_where_its_words_went(
    before: str, after: str, surface: str, became: str, score: float
) -> None:
    start = before.index(surface)
    placed, gone = reanchored([Span("X", start, start + len(surface))], before, after)
    assert [(span.surface, span.score) for span in placed] == [(became, score)]
    assert after[placed[0].start : placed[0].end] == became
    assert gone == []


def test_a_span_of_which_nothing_is_left_is_gone() -> None:
    span = Span("X", 11, 15)
    assert reanchored([span], "Er lebt in Bonn.", "Er lebt.") == ([], [span])


def test_an_omission_stays_where_it_is() -> None:
    span = Span("X", anchor="missing")
    assert reanchored([span], "a", "b") == ([span], [])
