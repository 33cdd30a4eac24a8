"""Pooled span F1 over very many readings, by sorting instead of pair by pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.agree.coding import coded
from pipeline.agree.intervals import NO_INTERVAL, Coefficient, Floats, Resampling, ratio

NOTHING = "nobody marked anything on the items two have read"
NO_BORDER = "no place was marked by two"

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PooledF1:
    """F1 over all pairs of readers of an item: place and label, place alone; and how often the
    label is the same where the place is."""

    exact: Coefficient
    border: Coefficient
    label_given_border: Coefficient


def pooled_f1(
    items: ArrayLike,
    starts: ArrayLike,
    ends: ArrayLike,
    labels: ArrayLike,
    readers: ArrayLike,
    resampling: Resampling = NO_INTERVAL,
) -> PooledF1:
    """The figures of ``spans.compare`` summed over all pairs, for spans as arrays.

    Span j is ``labels[j]`` on ``[starts[j], ends[j])`` of item ``items[j]``, by any of its readers;
    ``readers[i]`` counts the readers of item i, those who marked nothing included. No reader marks
    a place twice with one label, nor (for the border figures) with two. Raises ValueError for
    arrays of unequal length and an item beyond ``readers``.
    """
    item = np.asarray(items, dtype=np.int64)
    many = np.asarray(readers, dtype=np.int64)
    start, end = np.asarray(starts, dtype=np.int64), np.asarray(ends, dtype=np.int64)
    label, names = coded(labels)
    if not len(item) == len(start) == len(end) == len(label):
        raise ValueError("items, starts, ends and labels must be equally long: one span per place")
    if len(item) and not 0 <= item.min() <= item.max() < len(many):
        raise ValueError(f"item {item.max()} has no entry among {len(many)} counts of readers")
    place = _packed(item, start, end)
    border = _pairs(place, item, len(many))
    exact = _pairs(_numbered(place) * max(1, len(names)) + label, item, len(many))
    own = np.bincount(item, minlength=len(many))
    # A span is compared once with each of the other readers.
    marked = own * (many - 1)
    kept = many > 1
    rows = np.column_stack([2 * exact, 2 * border, marked])[kept].astype(np.float64)
    total = int(marked.sum())

    def of(name: str, columns: list[int], reason: str) -> Coefficient:
        table: Floats = rows[:, columns]
        return ratio(name, table, resampling, reason, total)

    return PooledF1(
        of("span_f1_exact", [0, 2], NOTHING),
        of("span_f1_border", [1, 2], NOTHING),
        of("label_given_border", [0, 1], NO_BORDER),
    )


def _packed(item: Ints, start: Ints, end: Ints) -> Ints:
    """One number per place, equal exactly when item, start and end are."""
    if not len(item):
        return item
    wide = int(end.max()) + 1
    if int(item.max()) < 2**62 // (wide * wide):
        return np.asarray((item * wide + start) * wide + end)
    return _numbered(_numbered(item * wide + start) * wide + end)


def _numbered(keys: Ints) -> Ints:
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)


def _pairs(keys: Ints, item: Ints, size: int) -> Ints:
    """Per item, how many pairs of readers share a key."""
    if not len(keys):
        return np.zeros(size, dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    first = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    counts = np.diff(np.r_[first, len(ranked)])
    pairs = counts * (counts - 1) // 2
    return np.bincount(item[order[first]], weights=pairs, minlength=size).astype(np.int64)
