"""Sway: how far the sight of a proposal moves people towards it.

The share of answers that are just what machines propose, where people see it and where they do not.
The difference of the two has Newcombe's interval (1998, method 10), which joins Wilson's of both.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from pipeline.certify import Interval, wilson


@dataclass(frozen=True, slots=True)
class Sway:
    """``shown`` and ``unseen`` are shares as proposed; ``by`` is their difference, ``low`` to ``high``."""

    shown: Interval
    shown_n: int
    unseen: Interval
    unseen_n: int
    by: float
    low: float
    high: float

    def as_dict(self) -> dict[str, Any]:
        """The figure as JSON values."""
        return asdict(self)


def sway(shown: tuple[int, int], unseen: tuple[int, int]) -> Sway | None:
    """From (as proposed, answers) with and without sight; None where either has no answers.

    >>> found = sway((56, 70), (48, 80))
    >>> round(found.by, 3), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    (same, n), (alike, m) = shown, unseen
    if not n or not m:
        return None
    one, two = wilson(n, same), wilson(m, alike)
    by = one.rate - two.rate
    low = by - sqrt((one.rate - one.low) ** 2 + (two.high - two.rate) ** 2)
    high = by + sqrt((one.high - one.rate) ** 2 + (two.rate - two.low) ** 2)
    return Sway(one, n, two, m, by, low, high)
