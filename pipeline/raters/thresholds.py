"""Thresholds: how right candidate values are by the number of sources that agree on them.

The table of M-NTA (Conia et al. 2023): at each threshold the precision and recall of what is accepted,
and how many values are left for people. Values are compared without case, since sources write names
either way.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.certify import Interval, wilson


@dataclass(frozen=True, slots=True)
class Threshold:
    """What is accepted when at least ``votes`` sources must agree: how many, how many of them right,
    the precision with Wilson's interval, the share of all right values found, and the ``left``."""

    votes: int
    accepted: int
    right: int
    precision: Interval
    recall: float
    left: int

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON values."""
        return asdict(self)


def thresholds(
    candidates: Iterable[tuple[Hashable, str, int]],
    right: Mapping[Hashable, Iterable[str]],
    most: int = 6,
) -> tuple[Threshold, ...]:
    """One row for each number of votes from 1 to ``most``; candidates are (item, value, votes).

    Items without right values in ``right`` are not known and left out. A value given twice counts once,
    with its highest votes. Thresholds that nothing reaches have no row.

    >>> [(r.accepted, r.right) for r in thresholds([(1, "a", 2), (1, "b", 1)], {1: ["A"]})]
    [(2, 1), (1, 1)]
    """
    known = {item: {value.casefold() for value in values} for item, values in right.items()}
    votes: dict[tuple[Hashable, str], int] = {}
    for item, value, count in candidates:
        if item in known:
            key = (item, value.casefold())
            votes[key] = max(count, votes.get(key, 0))
    whole = sum(map(len, known.values()))
    made = []
    for least in range(1, most + 1):
        accepted = [key for key, count in votes.items() if count >= least]
        if not accepted:
            break
        hits = sum(value in known[item] for item, value in accepted)
        found = wilson(len(accepted), hits)
        recall = hits / whole if whole else 0.0
        made.append(
            Threshold(least, len(accepted), hits, found, recall, len(votes) - len(accepted))
        )
    return tuple(made)
