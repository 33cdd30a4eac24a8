"""Words and clusters: what a reader sees as one character is never cut."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.formats.tokens import tokens_of
from annotate.graphemes import boundaries, snapped, words

SCIENTIST = "\U0001f469\U0001f3fd\u200d\U0001f52c"  # woman, skin tone, joiner, microscope
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAGS = "\U0001f1f3\U0001f1ec\U0001f1f0\U0001f1ea"  # Nigeria, Kenya
SAY_YORUBA = unicodedata.normalize("NFD", "Ẹ kú àárọ̀!")


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in words(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"Dr. {SCIENTIST} Ana", ["Dr", ".", SCIENTIST, "Ana"]),
        (f"{FAMILY}{FAMILY}ok", [FAMILY, FAMILY, "ok"]),
        (FLAGS, [FLAGS[:2], FLAGS[2:]]),
        ("1\ufe0f\u20e3 और", ["1\ufe0f\u20e3", "और"]),
        ("क्षत्रिय, नमस्ते।", ["क्षत्रिय", ",", "नमस्ते", "।"]),
        (SAY_YORUBA, [*SAY_YORUBA[:-1].split(), "!"]),
        ("น้ำใจ, กำลัง", ["น้ำใจ", ",", "กำลัง"]),
        ("مُحَمَّدٌ، بيتنا", ["مُحَمَّدٌ", "،", "بيتنا"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("\u0600١٢٣", ["\u0600١٢٣"]),
    ],
    ids=["zwj", "two families", "flags", "keycap", "devanagari", "yoruba nfd", "thai", "arabic",
         "zwnj", "number sign"],
)  # fmt: skip
def test_words_of_many_scripts_are_whole(text: str, wanted: list[str]) -> None:
    assert cut(text) == wanted


PIECES = st.sampled_from(
    ["a", " ", ".", "\u0301", "\u200d", "\ufe0f", "\U0001f469", "\U0001f52c", "\U0001f3fd", "\u0e33",
     "\U0001f1f3", "क", "्", "ष", "ि", "\u0600", "ب", "َ", "\r", "\n", "각", "\u11a8", "漢", "'"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=20)


@given(TEXTS)
def test_no_word_and_no_token_cuts_a_cluster(text: str) -> None:
    cuts = set(boundaries(text))
    for places in (words(text), tokens_of(text)):
        assert all(start in cuts and end in cuts for start, end in places)
        assert all(start < end for start, end in places)
        assert all(one[1] <= two[0] for one, two in pairwise(places))


@given(TEXTS)
def test_every_character_but_white_space_is_in_a_word(text: str) -> None:
    inside = {place for start, end in words(text) for place in range(start, end)}
    assert all(place in inside or sign.isspace() for place, sign in enumerate(text))


@given(TEXTS, st.data())
def test_snapping_widens_to_the_nearest_boundaries(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    left, right = snapped(text, start, end)
    cuts = boundaries(text)
    assert left <= start <= end <= right
    assert {left, right} <= set(cuts)
    assert not any(left < cut <= start or end <= cut < right for cut in cuts)
