"""Grounding: from a model's quotes to offsets in the text, or a plain statement why not.

A quote counts only where it stands in the text. Character for character is tried first, then with
case, width, composition and white space evened out; the span always covers the text as it is.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from annotate.graphemes import boundaries
from annotate.spans import Span
from pipeline.align.tokens import tokenise

Trouble = Literal["unsupported", "ambiguous"]


@dataclass(frozen=True, slots=True)
class Quote:
    """What a model claims: a label on the n-th occurrence of a quote; field and n where it said so."""

    label: str
    text: str
    occurrence: int | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Grounded:
    """The spans that stand in the text, and what could not be placed, each with its reason."""

    spans: tuple[Span, ...]
    troubles: tuple[tuple[Trouble, str], ...] = ()


def ground(quotes: Sequence[Quote], fields: Mapping[str, str], method: str = "llm") -> Grounded:
    """Place quotes in the fields they come from.

    A quote that stands nowhere is ``unsupported``. One that stands in several places is placed by its
    occurrence number; without a usable number it is placed only if it is claimed as often as it
    stands there, and is ``ambiguous`` otherwise. So is a stretch that two labels are claimed for.
    """
    asked = Counter((quote.label, quote.text, quote.field) for quote in quotes)
    taken: dict[tuple[str, str, str | None], int] = defaultdict(int)
    troubles: list[tuple[Trouble, str]] = []
    claims: dict[tuple[str, int, int], set[str]] = defaultdict(set)
    for quote in quotes:
        name = (quote.label, quote.text, quote.field)
        places = _places(quote, fields)
        turn = taken[name]
        taken[name] += 1
        if not places:
            troubles.append(("unsupported", f"the quote {quote.text[:60]!r} is not in the text"))
            continue
        place = _choice(quote, places, turn, asked[name])
        if place is None:
            cause = f"the quote {quote.text[:60]!r} stands in {len(places)} places"
            troubles.append(("ambiguous", cause))
            continue
        claims[place].add(quote.label)
    return _spans(claims, fields, troubles, method)


def occurrences(quote: str, text: str) -> list[tuple[int, int]]:
    """Where ``quote`` stands in ``text``: code point intervals in order, not overlapping.

    Places that begin and end with whole words are preferred if there are any, and no place cuts a
    grapheme cluster. Exact places hide approximate ones.
    """
    wanted = quote.strip()
    if not wanted:
        return []
    cuts = set(boundaries(text))
    found = [place for place in _find(wanted, text) if place[0] in cuts and place[1] in cuts]
    if not found:
        found = _alike(wanted, text)
    tokens = tokenise(text)
    starts, ends = {t.start for t in tokens}, {t.end for t in tokens}
    whole = [place for place in found if place[0] in starts and place[1] in ends]
    return whole or found


def _places(quote: Quote, fields: Mapping[str, str]) -> list[tuple[str, int, int]]:
    names: Iterable[str] = fields
    if quote.field in fields and len(fields) > 1:
        names = [str(quote.field)]
    return [(name, *place) for name in names for place in occurrences(quote.text, fields[name])]


def _choice(
    quote: Quote, places: list[tuple[str, int, int]], turn: int, asked: int
) -> tuple[str, int, int] | None:
    """Which of the places is meant, or None where that cannot be told."""
    if len(places) == 1:
        return places[0]
    if asked == len(places):
        return places[turn]
    one_field = len({name for name, _, _ in places}) == 1
    if one_field and quote.occurrence is not None and 1 <= quote.occurrence <= len(places):
        return places[quote.occurrence - 1]
    return None


def _spans(
    claims: Mapping[tuple[str, int, int], set[str]],
    fields: Mapping[str, str],
    troubles: list[tuple[Trouble, str]],
    method: str,
) -> Grounded:
    spans: list[Span] = []
    for (name, start, end), labels in sorted(claims.items()):
        surface = fields[name][start:end]
        if len(labels) > 1:
            several = ", ".join(sorted(labels))
            troubles.append(("ambiguous", f"{surface[:60]!r} is labelled {several} at once"))
            continue
        (label,) = labels
        key = f"s{len(spans) + 1}"
        spans.append(Span(label, start, end, name, surface, key=key, method=method))
    return Grounded(tuple(spans), tuple(troubles))


def _find(wanted: str, text: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = text.find(wanted) if wanted else -1
    while at >= 0:
        found.append((at, at + len(wanted)))
        at = text.find(wanted, at + len(wanted))
    return found


def _alike(wanted: str, text: str) -> list[tuple[int, int]]:
    """Where whole clusters of the text say the same as ``wanted`` in an evened-out form."""
    evened, origin, ends = _evened(text)
    plain = _evened(wanted)[0].strip()
    return [
        (origin[start], ends[end - 1])
        for start, end in _find(plain, evened)
        if (start == 0 or origin[start - 1] != origin[start])
        and (end == len(evened) or origin[end] != origin[end - 1])
    ]


def _evened(text: str) -> tuple[str, list[int], list[int]]:
    """The text with its differences of form evened out, and the cluster each character came from."""
    made: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in pairwise(boundaries(text)):
        cluster = text[start:end]
        plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
        plain = " " if plain.isspace() else plain
        if plain == " " and made and made[-1] == " ":
            continue
        made.append(plain)
        starts.extend([start] * len(plain))
        ends.extend([end] * len(plain))
    return "".join(made), starts, ends
