"""Spans: labelled stretches of a text, their units and their checks.

An offset is a 0-based count of Unicode code points over the exact stored text; an end is exclusive.
Other units exist only at the edges (browsers and several formats count UTF-16 code units).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

Side = Literal["target", "source"]
Anchor = Literal["text", "missing"]

Unit = Literal["codepoint", "utf16", "utf8", "grapheme"]

UNITS: tuple[Unit, ...] = get_args(Unit)


class SpanError(ValueError):
    """A span that does not fit its text; the message names the offsets and the cause."""


@dataclass(frozen=True, slots=True)
class Span:
    """A label on ``[start, end)`` of a field, or a mark that something is missing there.

    ``field`` names the slot of the rendition the text stands in, ``side`` says whether that is the
    rendition itself or the one it was translated from. ``key`` identifies the span inside its reading,
    ``source`` is the key of the source span that a projected span carries. Rank 1 belongs to the
    reading; higher ranks are alternatives. ``anchor="missing"`` has neither start nor end.
    """

    label: str
    start: int | None = None
    end: int | None = None
    field: str = "text"
    surface: str = ""
    anchor: Anchor = "text"
    side: Side = "target"
    key: str = ""
    source: str | None = None
    method: str = ""
    score: float | None = None
    rank: int = 1
    attributes: Mapping[str, Any] = dataclasses.field(default_factory=dict, hash=False)

    @property
    def place(self) -> tuple[str, str, str, int, int, str]:
        """What makes two spans the same mark, whoever made them: everything but provenance."""
        start = -1 if self.start is None else self.start
        end = -1 if self.end is None else self.end
        return (self.side, self.field, self.anchor, start, end, self.label)

    def overlaps(self, other: Span) -> bool:
        """Whether both cover at least one common code point of the same field.

        >>> Span("A", 0, 3).overlaps(Span("B", 2, 5)), Span("A", 0, 3).overlaps(Span("B", 3, 5))
        (True, False)
        """
        if (self.side, self.field) != (other.side, other.field):
            return False
        if self.start is None or self.end is None or other.start is None or other.end is None:
            return False
        return self.start < other.end and other.start < self.end


def anchored(span: Span, text: str) -> Span:
    """Return ``span`` with its surface filled in from ``text``.

    Raises SpanError when the offsets lie outside the text, are empty, or when the surface that the
    span already carries is not what stands there.
    """
    if span.anchor == "missing":
        if span.start is not None or span.end is not None or span.surface:
            raise SpanError("a missing span has no offsets and no surface")
        return span
    if span.start is None or span.end is None:
        raise SpanError("a span needs a start and an end; use anchor 'missing' for an omission")
    if not 0 <= span.start < span.end:
        raise SpanError(f"start {span.start} and end {span.end} enclose no text")
    if span.end > len(text):
        raise SpanError(
            f"end {span.end} lies after the text's last character ({len(text)} code points)"
        )
    surface = text[span.start : span.end]
    if span.surface and span.surface != surface:
        raise SpanError(
            f"offsets {span.start}-{span.end} hold {shorten(surface)!r}, not {shorten(span.surface)!r}"
        )
    return span if span.surface else replace(span, surface=surface)


def shorten(text: str, most: int = 40) -> str:
    """The text for a message: cut to ``most`` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def offsets_of(text: str, unit: str) -> list[int]:
    """Where each code point boundary of ``text`` lies in ``unit``: one value per boundary.

    Raises ValueError for an unknown unit. Cost is linear in the text.

    >>> offsets_of("a😊b", "utf16")
    [0, 1, 3, 4]
    """
    if unit == "codepoint":
        return list(range(len(text) + 1))
    if unit == "grapheme":
        from annotate.graphemes import boundaries

        cuts = set(boundaries(text))
        positions, count = [], -1
        for index in range(len(text) + 1):
            count += index in cuts
            positions.append(count if index in cuts else -1)
        return positions
    if unit == "utf16":
        sizes = (2 if ord(character) > 0xFFFF else 1 for character in text)
    elif unit == "utf8":
        sizes = (len(character.encode("utf-8", "surrogatepass")) for character in text)
    else:
        raise ValueError(f"unknown offset unit {unit!r}; use one of {', '.join(UNITS)}")
    positions, total = [0], 0
    for size in sizes:
        total += size
        positions.append(total)
    return positions


class Ruler:
    """Turns offsets that count ``unit`` into code points of one text; the table is made at first need."""

    __slots__ = ("_places", "_unit", "text")

    def __init__(self, text: str, unit: Unit = "codepoint") -> None:
        self.text = text
        self._unit = unit
        self._places: dict[int, int] | None = None

    def codepoint(self, offset: int) -> int:
        """The code point boundary at an offset.

        Raises SpanError when it lies outside the text or inside a character (the middle of a
        surrogate pair, a UTF-8 sequence or a grapheme cluster).

        >>> Ruler("a😊b", "utf16").codepoint(3)
        2
        """
        if self._unit == "codepoint":
            if not 0 <= offset <= len(self.text):
                raise SpanError(
                    f"offset {offset} lies outside the text ({len(self.text)} code points)"
                )
            return offset
        if self._places is None:
            positions = offsets_of(self.text, self._unit)
            self._places = {unit: place for place, unit in enumerate(positions) if unit >= 0}
        place = self._places.get(offset)
        if place is None:
            whole = max(self._places)
            where = "inside a character" if 0 < offset < whole else "outside the text"
            raise SpanError(f"offset {offset} lies {where} ({whole} {self._unit} units)")
        return place

    def fitting_units(self, start: int, end: int, surface: str) -> list[str]:
        """The units in which these offsets would enclose the surface."""
        fitting: list[str] = []
        for unit in UNITS:
            positions = offsets_of(self.text, unit)
            if start in positions and end in positions:
                left, right = positions.index(start), positions.index(end)
                if self.text[left:right] == surface:
                    fitting.append(unit)
        return fitting


def outermost(spans: Iterable[Span]) -> tuple[list[Span], list[Span]]:
    """Split spans into those that do not overlap (longest first, then leftmost) and the rest."""
    kept: list[Span] = []
    dropped: list[Span] = []
    ordered = sorted(spans, key=lambda s: (-((s.end or 0) - (s.start or 0)), s.place))
    for span in ordered:
        clash = span.anchor == "missing" or any(span.overlaps(other) for other in kept)
        (dropped if clash else kept).append(span)
    return sorted(kept, key=lambda s: s.place), sorted(dropped, key=lambda s: s.place)
