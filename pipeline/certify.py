"""Certify: exact bounds on an error rate from a random sample, and how large the sample must be.

Exact means that the stated confidence is reached whatever the true rate: Clopper and Pearson (1934)
for a lot without end, the hypergeometric distribution for a finite one. Wilson's interval (1927) is
for screens only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from scipy import special, stats

# Beyond this many items a plan is no longer something people can judge.
_MOST = 10_000_000


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
    _check(n, errors, confidence, frame_size)
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
    _check(n, errors, confidence, None)
    return 1.0 if errors == n else float(special.betaincinv(errors + 1, n - errors, confidence))


def upper_count(frame_size: int, n: int, errors: int, confidence: float) -> int:
    """The largest number of wrong items among ``frame_size`` that the sample leaves possible."""
    _check(n, errors, confidence, frame_size)
    low, high = errors, frame_size - (n - errors)
    while low < high:
        middle = (low + high + 1) // 2
        if _at_most(errors, frame_size, middle, n) > 1 - confidence:
            low = middle
        else:
            high = middle - 1
    return low


def interval(n: int, errors: int, confidence: float = 0.95) -> Interval:
    """The exact two-sided interval for the error rate (Clopper-Pearson, equal tails)."""
    _check(n, errors, confidence, None, least=1)
    tail = (1 - confidence) / 2
    low = float(special.betaincinv(errors, n - errors + 1, tail)) if errors else 0.0
    high = float(special.betaincinv(errors + 1, n - errors, 1 - tail)) if errors < n else 1.0
    return Interval(errors / n, low, high, confidence, "clopper-pearson")


def finite_interval(
    frame_size: int, n: int, errors: int, confidence: float = 0.95
) -> tuple[int, int]:
    """The fewest and the most wrong items in the frame, two-sided and exact (hypergeometric)."""
    _check(n, errors, confidence, frame_size, least=1)
    tail = (1 + confidence) / 2
    # The fewest wrong items are what the most right items leave over.
    fewest = frame_size - upper_count(frame_size, n, n - errors, tail)
    return fewest, upper_count(frame_size, n, errors, tail)


def wilson(n: int, errors: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval: near the stated confidence on average, for screens only."""
    _check(n, errors, confidence, None, least=1)
    z = float(special.ndtri((1 + confidence) / 2))
    rate, squared = errors / n, z * z / n
    middle = (rate + squared / 2) / (1 + squared)
    half = z * math.sqrt(rate * (1 - rate) / n + squared / (4 * n)) / (1 + squared)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Interval(rate, low if errors else 0.0, high if errors < n else 1.0, confidence, "wilson")


def wilson_size(rate: float, half_width: float, confidence: float = 0.95) -> int:
    """How many items give a Wilson interval of that half width where the sample shows ``rate``."""
    _share("rate", rate, closed=True)
    _share("half_width", half_width)
    z = float(special.ndtri((1 + confidence) / 2))

    def narrow(n: int) -> bool:
        squared = z * z / n
        half = z * math.sqrt(rate * (1 - rate) / n + squared / (4 * n)) / (1 + squared)
        return half <= half_width

    return _smallest(narrow, 1)


def plan(
    rate: float, allowed: int = 0, confidence: float = 0.95, frame_size: int | None = None
) -> int:
    """How many items to draw so that at most ``allowed`` errors certify an error rate of ``rate``.

    Acceptance sampling, zero to c errors (Dodge and Romig). For a finite frame at most the whole of
    it. Raises ValueError for a rate or confidence outside 0 to 1, or too few items in the frame.

    >>> plan(0.05), plan(0.05, 2), plan(0.05, 0, frame_size=200)
    (59, 124, 47)
    """
    _share("rate", rate)
    _share("confidence", confidence)
    if allowed < 0:
        raise ValueError(f"allowed is {allowed}; give 0 or more errors")
    if frame_size is None:
        return _smallest(lambda n: stats.binom.cdf(allowed, n, rate) <= 1 - confidence, allowed + 1)
    # A product such as 0.07 * 100 lies a hair above the whole number it stands for.
    bad = math.floor(rate * frame_size + 1e-9) + 1
    if bad > frame_size or bad <= allowed:
        raise ValueError(
            f"{allowed} errors cannot certify a rate of {rate:g} among {frame_size} items; "
            "allow fewer errors or a higher rate"
        )
    whole = frame_size
    return _smallest(
        lambda n: _at_most(allowed, whole, bad, min(n, whole)) <= 1 - confidence, allowed + 1
    )


def two_point_plan(good: float, bad: float, risk: float = 0.05) -> tuple[int, int]:
    """The smallest n, and the errors allowed, that tell a good lot from a bad one.

    A lot at error rate ``good`` is refused, and one at ``bad`` accepted, with probability ``risk``
    at most. Raises ValueError unless 0 < good < bad < 1.
    """
    _check_points(good, bad, risk)
    for allowed in range(100_000):
        n = plan(bad, allowed, 1 - risk)
        if stats.binom.cdf(allowed, n, good) >= 1 - risk:
            return n, allowed
    raise ValueError(f"{good:g} and {bad:g} lie too close for a plan people could carry out")


def sequential(
    n: int, errors: int, good: float, bad: float, risk: float = 0.05
) -> Literal["accept", "refuse", "continue"]:
    """Wald's sequential test (1945) after ``n`` items: stop, or judge another.

    The risks are those of ``two_point_plan``. May be looked at after every item, which a fixed plan
    may not; state good, bad and risk before the first.
    """
    _check_points(good, bad, risk)
    _check(n, errors, 1 - risk, None)
    score = errors * math.log(bad / good) + (n - errors) * math.log((1 - bad) / (1 - good))
    limit = math.log((1 - risk) / risk)
    if score >= limit:
        return "refuse"
    return "accept" if score <= -limit else "continue"


def _at_most(errors: int, frame_size: int, bad: int, n: int) -> float:
    return float(stats.hypergeom.cdf(errors, frame_size, bad, n))


def _smallest(enough: Callable[[int], bool], least: int) -> int:
    """The smallest n from ``least`` on that is enough, of a condition that stays true."""
    low, high = least, least
    while not enough(high):
        if high > _MOST:
            raise ValueError("no sample that people could judge would be large enough")
        low, high = high + 1, 2 * high
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


def _check(n: int, errors: int, confidence: float, frame_size: int | None, least: int = 0) -> None:
    if n < least:
        raise ValueError(f"n is {n}; an interval needs at least {least} item")
    if not 0 <= errors <= n:
        raise ValueError(f"{errors} errors among {n} items cannot be")
    if frame_size is not None and n > frame_size:
        raise ValueError(f"{n} items cannot be drawn from a frame of {frame_size}")
    _share("confidence", confidence)


def _share(name: str, value: float, *, closed: bool = False) -> None:
    if not (0 <= value <= 1 if closed else 0 < value < 1):
        raise ValueError(f"{name} is {value}; give a number between 0 and 1")


def _check_points(good: float, bad: float, risk: float) -> None:
    if not 0 < good < bad < 1:
        raise ValueError(f"good {good} and bad {bad} must rise within 0 to 1")
    if not 0 < risk < 0.5:
        raise ValueError(f"risk is {risk}; give a number between 0 and 0.5")
