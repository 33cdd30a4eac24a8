"""Which unit a file's offsets count: tried on its first rows, told by surfaces and by word edges."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from annotate.graphemes import boundaries
from annotate.records import ItemRecord, RowError
from annotate.spans import UNITS, Span, Unit

# Rows with spans that are looked at; a unit shows itself at the first sign beyond the basic plane.
MOST_ROWS = 500
# However long its rows are, a file is looked at no longer than this in each unit.
MOST_SECONDS = 2.0

Rows = Callable[[Unit], Iterator[ItemRecord | RowError]]


@dataclass(frozen=True, slots=True)
class Tried:
    """How the first rows read in one unit: rows refused, spans, and those whose edges lie well."""

    unit: Unit
    errors: int
    spans: int
    on_words: int


@dataclass(frozen=True, slots=True)
class UnitFinding:
    """The unit that fits best, whether the rows could tell at all, and what each unit gave."""

    unit: Unit
    is_told: bool
    tried: tuple[Tried, ...]


def find_unit(rows: Rows, *, usual: Unit = "codepoint") -> UnitFinding:
    """Read the first rows in every unit and choose the one in which fewest are refused.

    A row is refused when an offset lies outside its text or inside a character, or when a surface
    that came with it is not what stands there. Among equals the unit wins in which most spans begin
    and end at the edge of a word, then the usual one. Where all give the same, as in plain ASCII,
    nothing is told and the usual one is taken. At most 500 rows or two seconds are spent on a unit.
    """
    tried = tuple(_tried(unit, rows(unit)) for unit in UNITS)
    best = max(tried, key=lambda one: (-one.errors, one.on_words, one.unit == usual))
    told = len({(one.errors, one.spans, one.on_words) for one in tried}) > 1
    return UnitFinding(best.unit if told else usual, told, tried)


def _tried(unit: Unit, rows: Iterable[ItemRecord | RowError]) -> Tried:
    errors = spans = on_words = 0
    until = time.monotonic() + MOST_SECONDS
    for row in islice(rows, MOST_ROWS):
        if time.monotonic() > until:
            break
        if isinstance(row, RowError):
            errors += 1
            continue
        for rendition in row.renditions:
            texts = {part.name: part.text for part in rendition.fields}
            for candidate in rendition.candidates:
                for span in candidate.reading.spans:
                    if span.anchor == "text" and span.side == "target":
                        spans += 1
                        on_words += lies_well(texts.get(span.field, ""), span)
    return Tried(unit, errors, spans, on_words)


def lies_well(text: str, span: Span) -> bool:
    """Whether a span begins and ends at the edge of a word, without spaces, cutting no cluster.

    >>> lies_well("Ada left", Span("PER", 0, 3)), lies_well("Ada left", Span("PER", 1, 4))
    (True, False)
    """
    start, end = span.start or 0, span.end or 0
    surface = text[start:end]
    if not surface or surface != surface.strip():
        return False
    if not text.isascii() and not {start, end} <= set(boundaries(text)):
        return False
    return not (_joined(text, start) or _joined(text, end))


def _joined(text: str, place: int) -> bool:
    """Whether a letter or digit stands on both sides of a place."""
    return 0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum()
