"""Features: what a word looks like, as strings, the same for every script and language.

They let a small network recognise a word it has never seen: its form, its beginnings and endings
(in grapheme clusters), its shape (kinds of characters in turn) and its script.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import regex

from pipeline.align.tokens import Token

_CLUSTER = regex.compile(r"\X")
_SCRIPTS = regex.compile(
    r"(?P<Latin>\p{Latin})|(?P<Cyrillic>\p{Cyrillic})|(?P<Greek>\p{Greek})|(?P<Arabic>\p{Arabic})"
    r"|(?P<Hebrew>\p{Hebrew})|(?P<Devanagari>\p{Devanagari})|(?P<Han>\p{Han})|(?P<Kana>[\p{Hira}\p{Kana}])"
    r"|(?P<Hangul>\p{Hangul})|(?P<Thai>\p{Thai})|(?P<Ethiopic>\p{Ethiopic})|(?P<Letter>\p{L})"
)
AFFIX = 4


def features(tokens: Sequence[Token]) -> list[list[str]]:
    """For each token of a text its features, context excluded."""
    return [_of_word(token, index == 0) for index, token in enumerate(tokens)]


def vocabulary(rows: Iterable[Sequence[Sequence[str]]], least: int) -> dict[str, int]:
    """Numbers from 1 for the features seen at least ``least`` times; 0 stands for nothing."""
    counts = Counter(name for row in rows for word in row for name in word)
    kept = sorted(name for name, count in counts.items() if count >= least)
    return {name: number for number, name in enumerate(kept, start=1)}


def shape(word: str) -> str:
    """The kinds of characters in turn, runs written once.

    >>> shape("McKay"), shape("2024"), shape("3-го")
    ('XxXx', '9', '9-x')
    """
    kinds: list[str] = []
    for character in word:
        kind = _kind(character)
        if not kinds or kinds[-1] != kind:
            kinds.append(kind)
    return "".join(kinds)


def _of_word(token: Token, first: bool) -> list[str]:
    exact = unicodedata.normalize("NFKC", token.text)
    form = exact.casefold()
    clusters = _CLUSTER.findall(form)
    found = [f"w={form}", f"W={exact}", f"s={shape(exact)}", f"n={min(len(clusters), 12)}"]
    for size in range(1, min(AFFIX, len(clusters) - 1) + 1):
        found.append(f"p={''.join(clusters[:size])}")
        found.append(f"e={''.join(clusters[-size:])}")
    found.append(f"c={_script(exact)}")
    if first:
        found.append("first")
        found.append(f"first={shape(exact)}")
    digits = sum(character.isdigit() for character in exact)
    if digits:
        found.append(f"d={min(digits, 5)}")
    return found


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Lu", "Lt"):
        return "X"
    if category[0] in "LM":
        return "x"
    return "9" if category[0] == "N" else character


def _script(word: str) -> str:
    match = _SCRIPTS.search(word)
    return str(match.lastgroup) if match else "-"
