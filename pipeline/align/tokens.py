"""Tokens: the units that are aligned, cut by script and never by language.

Scripts written with spaces give words; scripts without give grapheme clusters (UAX #29), since any
word segmentation would need a dictionary per language. A combining mark never leaves its base.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import regex

_SPACELESS = (
    r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Yi}"
    r"\p{Javanese}\p{Balinese}\p{Tai_Tham}\p{New_Tai_Lue}\p{Tai_Le}\p{Tai_Viet}\u30fc\uff70]"
)
_LETTER = rf"[[\p{{L}}\p{{M}}\p{{N}}_]--{_SPACELESS}]"
_JOINER = r"(?:[-\u2010\u2011'’\u200c\u200d\u00b7\u05f3\u05f4\u0f0b]|(?<=\p{N})[.,:/](?=\p{N}))"
_TOKEN = regex.compile(
    rf"(?V1)(?P<cluster>(?={_SPACELESS})\X)"
    rf"|(?P<initials>(?<![\p{{L}}\p{{N}}])(?:(?!{_SPACELESS})\p{{L}}\p{{M}}*){{1,3}}\."
    rf"(?:(?:(?!{_SPACELESS})\p{{L}}\p{{M}}*){{1,3}}\.)+(?![\p{{L}}\p{{N}}]))"
    rf"|(?P<word>{_LETTER}[{_LETTER}\u200c\u200d]*(?:{_JOINER}{_LETTER}[{_LETTER}\u200c\u200d]*)*(?:-(?=\s|$))?)"
    r"|(?P<other>(?!\s)\X)"
)
_ONE_OF_THEM = regex.compile(rf"(?V1){_SPACELESS}")
_APOSTROPHE = regex.compile(r"['’]")


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch ``[start, end)`` of a text in code points, with what stands there."""

    text: str
    start: int
    end: int


def tokenise(text: str) -> tuple[Token, ...]:
    """Cut ``text`` into tokens in reading order; white space belongs to none.

    Punctuation stands alone, numbers keep their inner separators, and hyphenated words stay whole,
    a hyphen that stands for a left-out part included (``pre- and``). An apostrophe inside a word
    cuts it and stays with the shorter side (elided articles, clitics).

    >>> [token.text for token in tokenise("L'Europa, 1.500 km!")]
    ["L'", 'Europa', ',', '1.500', 'km', '!']
    """
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        cuts = [start, end]
        if match.lastgroup == "word":
            cuts[1:1] = _clitic_cuts(match.group(), start)
        tokens.extend(Token(text[a:b], a, b) for a, b in itertools.pairwise(cuts))
    return tuple(tokens)


def is_spaceless(token: str) -> bool:
    """Whether the token is of a script that is written without spaces."""
    return _ONE_OF_THEM.match(token) is not None


def covered(tokens: tuple[Token, ...], start: int, end: int) -> tuple[int, int]:
    """The token interval ``[first, last)`` that shares code points with ``[start, end)``.

    Empty (first == last) when the stretch holds nothing but white space.
    """
    inside = [n for n, token in enumerate(tokens) if token.start < end and start < token.end]
    return (inside[0], inside[-1] + 1) if inside else (0, 0)


def _clitic_cuts(word: str, offset: int) -> list[int]:
    cuts: list[int] = []
    for match in _APOSTROPHE.finditer(word):
        before, after = match.start(), len(word) - match.end()
        cut = match.end() if before <= after else match.start()
        if 0 < cut < len(word):
            cuts.append(offset + cut)
    return cuts
