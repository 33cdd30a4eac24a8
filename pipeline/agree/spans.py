"""Span agreement: how far two raters marked the same places with the same labels.

The F1 of one rater against the other is symmetric and needs no correction for chance, since the
places that nobody marks have no number (Hripcsak and Rothschild 2005).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from annotate.spans import Span

Mark = tuple[str, str, str, int, int, str]  # a span's place: side, field, anchor, start, end, label


@dataclass(slots=True)
class Matches:
    """Counts of one comparison: ``marked`` is the spans of both raters together.

    ``exact`` pairs have place and label in common, ``overlap`` pairs label and some text,
    ``border`` pairs the place whatever the label. ``labels`` holds (marked, exact, overlap) per
    label.
    """

    marked: int = 0
    exact: int = 0
    overlap: int = 0
    border: int = 0
    labels: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def f1(self, measure: str) -> float | None:
        """2 x pairs / marked for ``exact``, ``overlap`` or ``border``; None when nothing is
        marked."""
        return 2 * int(getattr(self, measure)) / self.marked if self.marked else None

    @property
    def label_given_border(self) -> float | None:
        """How often the label is the same where the place is; None when no place is."""
        return self.exact / self.border if self.border else None


def marks(spans: Sequence[Span]) -> tuple[Mark, ...]:
    """The places of a reading's rank 1 spans, in order: what ``compare`` takes."""
    return tuple(sorted(span.place for span in spans if span.rank == 1))


def compare(one: Sequence[Mark], two: Sequence[Mark], least: float = 0.0) -> Matches:
    """Match the marks of two raters on one rendition.

    A mark is matched once at most, and as many are as can be. Two marks overlap when their common
    text is more than none and at least the share ``least`` of what they cover together
    (intersection over union). Omissions have no place: those with the same label match.
    """
    if one == two:
        return _same(one)
    labels: dict[str, tuple[int, int, int]] = {}
    counted, other = Counter(one), Counter(two)
    exact_at = counted & other
    for label in sorted({mark[5] for mark in one} | {mark[5] for mark in two}):
        mine = [mark for mark in one if mark[5] == label]
        theirs = [mark for mark in two if mark[5] == label]
        exact = sum(count for mark, count in exact_at.items() if mark[5] == label)
        # Equal sets need no search: nothing can be matched more often than each mark once.
        full = exact == min(len(mine), len(theirs))
        overlap = exact if full else _most_pairs(mine, theirs, least)
        labels[label] = (len(mine) + len(theirs), exact, overlap)
    border = Counter(mark[:5] for mark in one) & Counter(mark[:5] for mark in two)
    return Matches(
        marked=len(one) + len(two),
        exact=sum(row[1] for row in labels.values()),
        overlap=sum(row[2] for row in labels.values()),
        border=border.total(),
        labels=labels,
    )


def _same(marks_: Sequence[Mark]) -> Matches:
    n = len(marks_)
    counts = Counter(mark[5] for mark in marks_)
    return Matches(2 * n, n, n, n, {label: (2 * k, k, k) for label, k in counts.items()})


def _most_pairs(one: Sequence[Mark], two: Sequence[Mark], least: float) -> int:
    """The size of a largest matching of overlapping marks, by augmenting paths (Kuhn 1955)."""
    near = [[j for j, b in enumerate(two) if _overlap(a, b, least)] for a in one]
    holder: dict[int, int] = {}

    def place(index: int, tried: set[int]) -> bool:
        for j in near[index]:
            if j in tried:
                continue
            tried.add(j)
            if j not in holder or place(holder[j], tried):
                holder[j] = index
                return True
        return False

    return sum(place(index, set()) for index in range(len(one)))


def _overlap(a: Mark, b: Mark, least: float) -> bool:
    if a[:3] != b[:3]:
        return False
    if a[2] == "missing":
        return True
    common = min(a[4], b[4]) - max(a[3], b[3])
    return common > 0 and common >= least * (max(a[4], b[4]) - min(a[3], b[3]))


def label_units(readings: Sequence[tuple[Any, Sequence[Mark]]]) -> list[tuple[Any, list[str]]]:
    """The places that any of an item's raters marked, each with the label every rater gave it.

    ``readings`` are (rater, marks); a place that a rater left unmarked has the value ``""``,
    several labels on one place are joined by ``+``. This is what alpha over spans is counted on. As
    places that nobody marked do not appear, it is stricter than alpha over tokens.
    """
    places: dict[tuple[Any, ...], list[set[str]]] = {}
    for index, (_, own) in enumerate(readings):
        for mark in own:
            given = places.setdefault(mark[:5], [set() for _ in readings])
            given[index].add(mark[5])
    return [
        (where, ["+".join(sorted(labels)) for labels in given])
        for where, given in sorted(places.items(), key=lambda pair: pair[0])
    ]
