"""Weighted: an error rate from items that people saw with unequal chances.

Routing sends hard items to people always and the others at random, so the raw share of errors among
what was judged is far too high. Weighing each item by one over its chance puts that right (Horvitz
and Thompson 1952; Hajek 1971), provided that every chance was known beforehand and above 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import special

from pipeline.certify.bounds import check_share

FEW = "no item outside those judged for certain was drawn, so nothing is known of the rest"


@dataclass(frozen=True, slots=True)
class WeightedRate:
    """The error rate of ``frame_size`` items: estimate and two-sided interval.

    ``certain`` items were judged whatever happened, ``drawn`` by chance; ``worth`` is how many
    items of a plain random sample the drawn ones are worth. ``raw`` is the share of errors among
    all that were judged: what must not be reported. Without any drawn, ``rate`` is None.
    """

    frame_size: int
    rate: float | None
    low: float
    high: float
    confidence: float
    certain: int
    drawn: int
    worth: float
    raw: float | None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The estimate as JSON values."""
        return asdict(self)


def weighted_rate(
    judged: Iterable[tuple[bool, float]], frame_size: int, confidence: float = 0.95
) -> WeightedRate:
    """Estimate from judged items, each (is wrong, chance of being judged).

    Items judged for certain are counted; the rest are estimated from those drawn, with the interval
    of Korn and Graubard (1998): Clopper and Pearson's, for as many items as the drawn ones are
    worth. Raises ValueError for a chance outside 0 to 1, a frame smaller than what was judged.
    """
    check_share("confidence", confidence)
    rows = np.array([(bool(wrong), chance) for wrong, chance in judged], dtype=float).reshape(-1, 2)
    wrong, chance = rows[:, 0], rows[:, 1]
    if len(rows) > frame_size:
        raise ValueError(f"{len(rows)} items cannot be judged in a frame of {frame_size}")
    if ((chance <= 0) | (chance > 1)).any():
        bad = float(chance[(chance <= 0) | (chance > 1)][0])
        raise ValueError(f"a chance of {bad:g} cannot be; every item needs one above 0, at most 1")
    sure = chance >= 1
    rest = frame_size - int(sure.sum())
    found = float(wrong[sure].sum())
    raw = float(wrong.mean()) if len(rows) else None
    counted = int(sure.sum()), int((~sure).sum())
    if rest and not counted[1]:
        low, high = found / frame_size, (found + rest) / frame_size
        return WeightedRate(frame_size, None, low, high, confidence, *counted, 0.0, raw, FEW)
    share, low, high, worth = _drawn(wrong[~sure], 1 / chance[~sure], confidence)

    def whole(part: float) -> float:
        return (found + rest * part) / frame_size if frame_size else 0.0

    return WeightedRate(
        frame_size, whole(share), whole(low), whole(high), confidence, *counted, worth, raw
    )


def _drawn(wrong: Any, weight: Any, confidence: float) -> tuple[float, float, float, float]:
    """Share of errors among drawn items, its interval, and the plain sample they are worth."""
    if not len(wrong):
        return 0.0, 0.0, 0.0, 0.0
    share = float(weight @ wrong / weight.sum())
    kish = float(weight.sum() ** 2 / (weight**2).sum())
    variance = float(((weight * (wrong - share)) ** 2).sum() / weight.sum() ** 2)
    worth = min(len(wrong), share * (1 - share) / variance) if variance else kish
    tail = (1 - confidence) / 2
    errors = share * worth
    low = float(special.betaincinv(errors, worth - errors + 1, tail)) if errors > 0 else 0.0
    high = float(special.betaincinv(errors + 1, worth - errors, 1 - tail)) if share < 1 else 1.0
    return share, low, high, float(worth)
