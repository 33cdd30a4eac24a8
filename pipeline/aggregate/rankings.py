"""Rankings: orders that raters gave to the same options, added up to the order nearest to all.

Kemeny, J. (1959), Mathematics without numbers; exactly up to ten options, above that by Borda's
count (1781). Kemeny's order disagrees with the raters on as few pairs as any order can.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

LOW = "low_support"
TIED = "tied"

MOST_EXACT = 10
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Ranking:
    """An order of options, best first.

    ``agreement`` is the share of the raters' pairs of options it puts the same way. ``winner`` is
    the option that beats every other by majority (Condorcet), None where there is none. ``reason``
    is ``tied`` where another order does as well, so the order is one of several, and
    ``low_support`` below the number of raters asked for.
    """

    order: tuple[Any, ...]
    method: str
    agreement: float
    winner: Any | None
    raters: int
    reason: str = ""


def combine_rankings(
    orders: Mapping[Hashable, Sequence[Hashable]],
    *,
    weights: Mapping[Any, float] | None = None,
    least: int = 1,
) -> Ranking:
    """The order nearest to those of the raters, who may each leave options out.

    Left-out options are not compared. Raises ValueError without orders, for an option named twice
    in one, and for a weight below 0.

    >>> combine_rankings({"a": "xyz", "b": "xzy", "c": "yxz"}).order
    ('x', 'y', 'z')
    """
    beats, options = _pairs(orders, weights or {})
    if len(options) <= MOST_EXACT:
        order, is_tied = _kemeny(beats, options)
        method = "kemeny"
    else:
        order, is_tied = _borda(beats, options)
        method = "borda"
    whole = sum(beats.values())
    kept = sum(beats[a, b] for n, a in enumerate(order) for b in order[n + 1 :] if (a, b) in beats)
    winner = next(
        (
            a
            for a in options
            if all(beats.get((a, b), 0.0) > beats.get((b, a), 0.0) for b in options if b != a)
        ),
        None,
    )
    reason = LOW if len(orders) < least else TIED if is_tied else ""
    return Ranking(order, method, kept / whole if whole else 1.0, winner, len(orders), reason)


def _pairs(
    orders: Mapping[Hashable, Sequence[Hashable]], weights: Mapping[Any, float]
) -> tuple[dict[tuple[Any, Any], float], list[Any]]:
    if not orders:
        raise ValueError("there are no rankings to add up")
    beats: dict[tuple[Any, Any], float] = {}
    options: dict[Any, None] = {}
    for rater, order in orders.items():
        if len(set(order)) != len(order):
            raise ValueError(f"rater {rater} ranks an option twice; name each once")
        weight = weights.get(rater, 1.0)
        if weight < 0:
            raise ValueError(f"rater {rater} has weight {weight}; use 0 or more")
        options |= dict.fromkeys(order)
        for n, one in enumerate(order):
            for two in order[n + 1 :]:
                beats[one, two] = beats.get((one, two), 0.0) + weight
    try:
        return beats, sorted(options)
    except TypeError:
        return beats, list(options)


def _kemeny(
    beats: Mapping[tuple[Any, Any], float], options: Sequence[Any]
) -> tuple[tuple[Any, ...], bool]:
    """The best order by dynamic programming over sets of options that stand first.

    Of orders that do as well, the one that is first by option is taken.
    """
    size = len(options)
    gain = [[beats.get((a, b), 0.0) for b in options] for a in options]
    # For every set still to be ordered: the best score, the first option, and whether others do.
    best: list[tuple[float, int, bool]] = [(0.0, -1, False)] * (1 << size)
    for rest in range(1, 1 << size):
        members = [n for n in range(size) if rest >> n & 1]
        top: tuple[float, int, bool] = (-1.0, -1, False)
        for first in members:
            later = rest & ~(1 << first)
            score = sum(gain[first][other] for other in members if other != first) + best[later][0]
            if score > top[0] + _SLACK:
                top = (score, first, best[later][2])
            elif score >= top[0] - _SLACK:
                top = (top[0], top[1], True)
        best[rest] = top
    order, rest = [], (1 << size) - 1
    while rest:
        order.append(options[best[rest][1]])
        rest &= ~(1 << best[rest][1])
    return tuple(order), best[-1][2]


def _borda(
    beats: Mapping[tuple[Any, Any], float], options: Sequence[Any]
) -> tuple[tuple[Any, ...], bool]:
    """By the number of comparisons won, less those lost."""
    score = dict.fromkeys(options, 0.0)
    for (one, two), weight in beats.items():
        score[one] += weight
        score[two] -= weight
    order = sorted(options, key=lambda option: -score[option])
    gaps = [score[a] - score[b] for a, b in pairwise(order)]
    return tuple(order), any(gap <= _SLACK for gap in gaps)
