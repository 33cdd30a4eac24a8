"""Tokens of a text for formats that tag tokens: words, or clusters where words are not marked."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from annotate.formats.contract import Losses
from annotate.graphemes import boundaries, words
from annotate.spans import Span, outermost

# Unicode's line breaking classes of the scripts that put no spaces between words (UAX #14).
_UNSPACED = regex.compile(r"[\p{Line_Break=SA}\p{Line_Break=ID}\p{Line_Break=CJ}]")
_UNSPACED_LETTER = regex.compile(r"(?=[\p{L}])" + _UNSPACED.pattern)

Places = list[tuple[int, int]]


def tokens_of(text: str) -> Places:
    """Tokens as code point intervals: words and punctuation marks, never a piece of a cluster.

    Stretches in scripts that put no spaces between words (by Unicode's line breaking classes) are
    cut into grapheme clusters, each a token.

    >>> tokens_of("Ana 漢字!")
    [(0, 3), (4, 5), (5, 6), (6, 7)]
    """
    places = words(text)
    if text.isascii() or not _UNSPACED.search(text):
        return places
    return _cut(text, places, boundaries(text))


def _cut(text: str, places: Places, cuts: Sequence[int]) -> Places:
    """Make every cluster of an unspaced script a token of its own."""
    pieces: Places = []
    ends = iter(cuts[1:])
    for start, end in places:
        if not _UNSPACED.search(text, start, end):
            pieces.append((start, end))
            continue
        left, running = start, False
        for right in ends:
            if right <= start:
                continue
            right = min(right, end)
            if _UNSPACED.match(text, left):
                pieces.append((left, right))
                running = False
            elif running:
                pieces[-1] = (pieces[-1][0], right)
            else:
                pieces.append((left, right))
                running = True
            left = right
            if right == end:
                break
    return pieces


def kept_tokens(text: str, tokens: Any) -> Places | None:
    """Places of tokens that came with the text, or None when they are not all of the text."""
    if not isinstance(tokens, list) or not tokens:
        return None
    places: Places = []
    place = 0
    for token in tokens:
        if not isinstance(token, str) or not token or any(c in token for c in "\t\r\n"):
            return None
        start = text.find(token, place)
        if start < 0 or not (start == place or text[place:start].isspace()):
            return None
        place = start + len(token)
        places.append((start, place))
    return places if not text[place:].strip() else None


@dataclass(frozen=True, slots=True)
class Tokenised:
    """A text's tokens and the chunks of tokens that its spans became."""

    places: Places
    chunks: list[tuple[int, int, str]]


def tokenised(
    text: str, spans: Sequence[Span], item: str, losses: Losses, kept: Any = None
) -> Tokenised:
    """Tokens of a text (``kept`` ones when they fit) and its spans as (first, end, label).

    Of overlapping spans the outermost stay; those that cut a token move to its edges. Both are
    counted in ``losses``, as are texts whose scripts mark no words.
    """
    places = kept_tokens(text, kept)
    if places is None:
        places = tokens_of(text)
        if _UNSPACED_LETTER.search(text):
            losses.add("words of scripts without spaces (each character is a token)", item)
    chunks: list[tuple[int, int, str]] = []
    taken: set[int] = set()
    outer, dropped = outermost([span for span in spans if span.anchor == "text"])
    clashes = len(dropped)
    longest = sorted(outer, key=lambda span: (span.start or 0) - (span.end or 0))
    for span in longest:
        first, end = _covered(places, span)
        if first == end:
            losses.add("spans that hold no token", item)
        elif not taken.isdisjoint(range(first, end)):
            clashes += 1
        else:
            taken.update(range(first, end))
            chunks.append((first, end, span.label))
            if (places[first][0], places[end - 1][1]) != (span.start, span.end):
                losses.add("spans moved to the edges of tokens", item)
    losses.add("spans inside or across others (the outermost is kept)", item, clashes)
    return Tokenised(places, sorted(chunks))


def _covered(places: Places, span: Span) -> tuple[int, int]:
    """The tokens that a span touches, as a range of their numbers; empty where there are none."""
    first = bisect_right(places, span.start or 0, key=lambda place: place[1])
    end = bisect_left(places, span.end or 0, key=lambda place: place[0])
    return first, max(first, end)


def tokens_kept(metadata: Mapping[str, Any], language: str) -> Any:
    """The tokens a reader put aside for a language, if any."""
    tokens = metadata.get("tokens")
    return tokens.get(language) if isinstance(tokens, dict) else None
