"""Ids as ranges: what an import brought, kept small however many rows it had."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Ranges = list[list[int]]


def with_ids(ranges: Ranges, ids: Iterable[int]) -> Ranges:
    """The ranges (first and last, both counted) with more ids; exact whatever order they come in.

    Ids reserved at once lie side by side, so an import of a million rows takes one range, or some
    hundred when others wrote meanwhile.

    >>> with_ids([[1, 3]], [4, 5, 9])
    [[1, 5], [9, 9]]
    """
    made = [list(pair) for pair in ranges]
    for pk in sorted(ids):
        if made and made[-1][1] == pk - 1:
            made[-1][1] = pk
        else:
            made.append([pk, pk])
    return made


def count(ranges: Sequence[Sequence[int]]) -> int:
    """How many ids the ranges hold.

    >>> count([[1, 5], [9, 9]])
    6
    """
    return sum(last - first + 1 for first, last in ranges)
