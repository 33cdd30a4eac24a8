"""Unitising alpha: agreement beyond chance on where spans lie and what they are, over whole texts.

Krippendorff, K., Mathet, Y., Bouvry, S. and Widlöcher, A. (2016), On the reliability of unitizing
textual continua: further developments, Quality & Quantity 50(6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.agree.intervals import (
    NO_INTERVAL,
    Coefficient,
    Floats,
    Resampling,
    patterns,
    with_interval,
)

Unit = tuple[int, int, str]  # start, end (exclusive), label

GAP = ""
ALONE = "no text was read by two"
UNMARKED = "nobody marked anything, so agreement cannot be told from chance"
COVERED = "every reader marked all of every text alike, so agreement cannot be told from chance"


@dataclass(frozen=True, slots=True)
class Continuum:
    """One text of ``length`` code points and what each of its readers marked in it."""

    length: int
    units: Mapping[str, Sequence[Unit]]


@dataclass(frozen=True, slots=True)
class Unitised:
    """Alpha over places and labels (``whole``), over places alone, and for each label alone."""

    whole: Coefficient
    places: Coefficient
    labels: tuple[tuple[str, Coefficient], ...]


def unitising_alpha(texts: Sequence[Continuum], resampling: Resampling = NO_INTERVAL) -> Unitised:
    """Alpha of readers who cut texts into labelled spans and gaps.

    Every stretch of text counts by its length: readers agree on it when they gave it the same
    label, or all left it bare. Chance pairs any two units but a unit with itself, so long spans
    that nobody shifted by luck are rewarded. Where a reader's own spans overlap, the common stretch
    is a unit with both labels. Texts with one reader are left out. Raises ValueError for a unit
    that is empty or outside its text.

    >>> one = Continuum(10, {"a": [(0, 4, "PER")], "b": [(0, 6, "PER")]})
    >>> round(unitising_alpha([one]).whole.value, 3)
    0.662
    """
    read = [text for text in texts if len(text.units) > 1]
    cut = [{who: _cut(text.length, own) for who, own in text.units.items()} for text in read]
    labels = sorted({u[2] for text in read for own in text.units.values() for u in own})

    joined = {value for own in cut for units in own.values() for *_, value in units} - {GAP}
    marked = dict.fromkeys(joined, "marked")
    single = []
    for label in labels:
        of_it = [
            {
                who: _cut(text.length, [u for u in own if u[2] == label])
                for who, own in text.units.items()
            }
            for text in read
        ]
        seen = [_seen(own) for own in of_it]
        single.append((label, _coefficient("alpha_unitising_label", seen, resampling)))
    return Unitised(
        _coefficient("alpha_unitising", [_seen(own) for own in cut], resampling),
        _coefficient("alpha_unitising_places", [_seen(own, marked) for own in cut], resampling),
        tuple(single),
    )


def _cut(length: int, units: Sequence[Unit]) -> list[Unit]:
    """The text as units and gaps without overlap; a stretch of several labels names them all."""
    for start, end, label in units:
        if not 0 <= start < end <= length:
            raise ValueError(f"unit {label} [{start}, {end}) lies outside a text of {length}")
    own = sorted(set(units))
    edges = sorted({0, length, *(u[0] for u in own), *(u[1] for u in own)})
    made: list[Unit] = []
    holders: list[tuple[Unit, ...]] = []
    for start, end in pairwise(edges):
        over = tuple(u for u in own if u[0] <= start and end <= u[1])
        if holders and holders[-1] == over:
            made[-1] = (made[-1][0], end, made[-1][2])
            continue
        holders.append(over)
        made.append((start, end, "+".join(sorted({u[2] for u in over})) or GAP))
    return made


def _seen(
    cut: Mapping[str, list[Unit]], keep: Mapping[str, str] | None = None
) -> tuple[float, dict[str, float], dict[str, float]]:
    """Of one text: the length of ordered pairs that differ, the length of each value, and what of
    its square is a unit met with itself (of a gap, a code point with itself)."""
    lines = [
        [(start, end, value if keep is None else keep.get(value, GAP)) for start, end, value in own]
        for own in cut.values()
    ]
    lengths: dict[str, float] = {}
    alone: dict[str, float] = {}
    for line in lines:
        for start, end, value in line:
            size = end - start
            lengths[value] = lengths.get(value, 0.0) + size
            alone[value] = alone.get(value, 0.0) + (size if value == GAP else size * size)
    edges = sorted({edge for line in lines for start, end, _ in line for edge in (start, end)})
    at = [0] * len(lines)
    differing = 0.0
    readers = len(lines)
    for start, end in pairwise(edges):
        given: dict[str, int] = {}
        for index, line in enumerate(lines):
            while line[at[index]][1] <= start:
                at[index] += 1
            value = line[at[index]][2]
            given[value] = given.get(value, 0) + 1
        pairs = readers**2 - sum(count**2 for count in given.values())
        differing += (end - start) * pairs / (readers - 1)
    return differing, lengths, alone


def _coefficient(
    measure: str,
    seen: Sequence[tuple[float, dict[str, float], dict[str, float]]],
    resampling: Resampling,
) -> Coefficient:
    if not seen:
        return Coefficient(measure, None, ALONE)
    values = sorted({value for _, lengths, _ in seen for value in lengths})
    rows = np.array(
        [
            [differing, *(lengths.get(v, 0.0) for v in values), *(own.get(v, 0.0) for v in values)]
            for differing, lengths, own in seen
        ]
    )
    distinct, multiplicity = patterns(rows)
    size = len(values)

    def statistic(weights: Floats) -> Floats:
        sums = weights @ distinct
        lengths, alone = sums[:, 1 : size + 1], sums[:, size + 1 :]
        total = lengths.sum(axis=1)
        alike = (lengths**2 - alone).sum(axis=1) / (total**2 - alone.sum(axis=1))
        expected = total * (1 - alike)
        undefined = np.full(len(sums), np.nan)
        within = expected > 1e-9 * total
        return np.asarray(1 - np.divide(sums[:, 0], expected, out=undefined, where=within))

    with np.errstate(invalid="ignore", divide="ignore"):
        value = float(statistic(multiplicity[None].astype(np.float64))[0])
        if np.isnan(value):
            why = UNMARKED if values == [GAP] else COVERED
            return Coefficient(measure, None, why, items=len(seen))
        return with_interval(
            Coefficient(measure, value, items=len(seen)), statistic, multiplicity, resampling
        )
