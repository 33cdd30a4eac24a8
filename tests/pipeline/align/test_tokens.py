"""Tokens: cut by script, offsets in code points, no mark torn from its base."""

from __future__ import annotations

import pytest
import regex

from pipeline.align.tokens import covered, tokenise

TEXTS = {
    "latin": ("L'Europa, 1.500 km!", ["L'", "Europa", ",", "1.500", "km", "!"]),
    "clitic": ("Parliament's don't", ["Parliament", "'s", "don", "'t"]),
    "hyphens": ("Struktur- und EU-Recht", ["Struktur-", "und", "EU-Recht"]),
    "initials": ("EE.UU. gana.", ["EE.UU.", "gana", "."]),
    "devanagari": ("हिन्दी में क्षि।", ["हिन्दी", "में", "क्षि", "।"]),
    "arabic": ("في البرلمان، نعم", ["في", "البرلمان", "،", "نعم"]),
    "persian": ("می‌خواهم", ["می‌خواهم"]),
    "thai": ("กินข้าว", ["กิ", "น", "ข้", "า", "ว"]),
    "han": ("東京1,000人", ["東", "京", "1,000", "人"]),
    "emoji": ("👩‍👩‍👧 ok 👍🏽", ["👩‍👩‍👧", "ok", "👍🏽"]),
    "decomposed": ("cafe\u0301 au", ["cafe\u0301", "au"]),
    "empty": (" \n", []),
}


@pytest.mark.parametrize("name", TEXTS)
def test_each_script_is_cut_at_its_own_seams(name):
    text, expected = TEXTS[name]
    tokens = tokenise(text)
    assert [token.text for token in tokens] == expected
    assert all(text[token.start : token.end] == token.text for token in tokens)


@pytest.mark.parametrize("name", TEXTS)
def test_no_token_begins_inside_a_grapheme_cluster(name):
    text = TEXTS[name][0]
    starts = {match.start() for match in regex.finditer(r"\X", text)}
    assert {token.start for token in tokenise(text)} <= starts


def test_everything_but_white_space_is_in_a_token():
    text = "".join(text for text, _ in TEXTS.values())
    covered_places = {n for t in tokenise(text) for n in range(t.start, t.end)}
    assert [c for n, c in enumerate(text) if n not in covered_places and not c.isspace()] == []


def test_a_stretch_inside_a_token_is_covered_by_it():
    tokens = tokenise("das EU-Recht gilt")
    assert covered(tokens, 4, 6) == (1, 2)
    assert covered(tokens, 3, 4) == (0, 0)
