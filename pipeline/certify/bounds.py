"""Bounds: what a random sample proves about the error rate of its frame.

Exact means that the stated confidence is reached whatever the true rate: Clopper and Pearson (1934)
for a lot without end, the hypergeometric distribution for a finite one. Wilson's interval (1927) is
for screens only.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from scipy import special, stats


@dataclass(frozen=True, slots=True)
class Bound:
    """What a sample proves about its frame.

    With ``confidence`` the error rate of the frame is at most ``upper``; of ``frame_size`` items
    (None for a lot without end) at most ``upper_count`` are wrong. ``rate`` is the sample's own
    error rate.
    """

    frame_size: int | None
    n: int
    errors: int
    confidence: float
    rate: float | None
    upper: float
    upper_count: int | None
    method: str

    def as_dict(self) -> dict[str, Any]:
        """The bound as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided interval ``[low, high]`` around ``rate`` = errors / n."""

    rate: float
    low: float
    high: float
    confidence: float
    method: str


def certificate(frame_size: int | None, n: int, errors: int, confidence: float) -> Bound:
    """The exact one-sided upper bound on the error rate of a frame from which n were drawn at
    random.

    Raises ValueError for counts or a confidence that cannot be.

    >>> certificate(None, 59, 0, 0.95).upper <= 0.05 < certificate(None, 58, 0, 0.95).upper
    True
    """
    check_counts(n, errors, confidence, frame_size)
    rate = errors / n if n else None
    if frame_size is None:
        upper = upper_bound(n, errors, confidence)
        return Bound(None, n, errors, confidence, rate, upper, None, "clopper-pearson")
    count = upper_count(frame_size, n, errors, confidence)
    upper = count / frame_size if frame_size else 0.0
    return Bound(frame_size, n, errors, confidence, rate, upper, count, "hypergeometric")


def upper_bound(n: int, errors: int, confidence: float) -> float:
    """The largest error rate that n items with that many errors leave possible
    (Clopper-Pearson)."""
    check_counts(n, errors, confidence, None)
    return 1.0 if errors == n else float(special.betaincinv(errors + 1, n - errors, confidence))


def upper_count(frame_size: int, n: int, errors: int, confidence: float) -> int:
    """The largest number of wrong items among ``frame_size`` that the sample leaves possible."""
    check_counts(n, errors, confidence, frame_size)
    low, high = errors, frame_size - (n - errors)
    while low < high:
        middle = (low + high + 1) // 2
        if at_most(errors, frame_size, middle, n) > 1 - confidence:
            low = middle
        else:
            high = middle - 1
    return low


def interval(n: int, errors: int, confidence: float = 0.95) -> Interval:
    """The exact two-sided interval for the error rate (Clopper-Pearson, equal tails)."""
    check_counts(n, errors, confidence, None, least=1)
    tail = (1 - confidence) / 2
    low = float(special.betaincinv(errors, n - errors + 1, tail)) if errors else 0.0
    high = float(special.betaincinv(errors + 1, n - errors, 1 - tail)) if errors < n else 1.0
    return Interval(errors / n, low, high, confidence, "clopper-pearson")


def finite_interval(
    frame_size: int, n: int, errors: int, confidence: float = 0.95
) -> tuple[int, int]:
    """The fewest and the most wrong items in the frame, two-sided and exact (hypergeometric)."""
    check_counts(n, errors, confidence, frame_size, least=1)
    tail = (1 + confidence) / 2
    # The fewest wrong items are what the most right items leave over.
    fewest = frame_size - upper_count(frame_size, n, n - errors, tail)
    return fewest, upper_count(frame_size, n, errors, tail)


def wilson(n: int, errors: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval: near the stated confidence on average, for screens only."""
    check_counts(n, errors, confidence, None, least=1)
    z = float(special.ndtri((1 + confidence) / 2))
    rate, squared = errors / n, z * z / n
    middle = (rate + squared / 2) / (1 + squared)
    half = z * math.sqrt(rate * (1 - rate) / n + squared / (4 * n)) / (1 + squared)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Interval(rate, low if errors else 0.0, high if errors < n else 1.0, confidence, "wilson")


def at_most(errors: int, frame_size: int, bad: int, n: int) -> float:
    """The chance of so few errors among n drawn from a frame with ``bad`` wrong items."""
    return float(stats.hypergeom.cdf(errors, frame_size, bad, n))


def check_counts(
    n: int, errors: int, confidence: float, frame_size: int | None, least: int = 0
) -> None:
    """Raise ValueError for counts or a confidence that cannot be."""
    if n < least:
        raise ValueError(f"n is {n}; an interval needs at least {least} item")
    if not 0 <= errors <= n:
        raise ValueError(f"{errors} errors among {n} items cannot be")
    if frame_size is not None and n > frame_size:
        raise ValueError(f"{n} items cannot be drawn from a frame of {frame_size}")
    check_share("confidence", confidence)


def check_share(name: str, value: float, *, closed: bool = False) -> None:
    """Raise ValueError unless the value lies between 0 and 1."""
    if not (0 <= value <= 1 if closed else 0 < value < 1):
        raise ValueError(f"{name} is {value}; give a number between 0 and 1")
