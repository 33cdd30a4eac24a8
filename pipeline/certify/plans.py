"""Plans: how many items to judge, and how many errors to allow, before a claim may be made.

Acceptance sampling with c errors allowed (Dodge and Romig 1929), and Wald's sequential test (1945),
which may be looked at after every item and needs fewer of them on average.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scipy import special, stats

from pipeline.certify.bounds import at_most, check_counts, check_share

# A sequential plan is set against a frame so many times better than what it is to exclude: the larger,
# the fewer items a nearly faultless frame needs, and the oftener a middling one is refused.
HOPED = 6

# Beyond this many items a plan is no longer something people can judge.
_MOST = 10_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """Judge ``n`` items and accept with at most ``allowed`` errors.

    ``passes`` is the chance that a frame at the rate hoped for is accepted; None where no such rate
    was named.
    """

    allowed: int
    n: int
    passes: float | None


def plans(
    rate: float,
    confidence: float = 0.95,
    frame_size: int | None = None,
    *,
    most: int = 5,
    hoped: float | None = None,
) -> tuple[Plan, ...]:
    """The plans that certify ``rate`` with 0 to ``most`` errors allowed, as far as the frame goes.

    A plan that allows more errors asks for more items and fails a good lot less often: ``hoped`` is
    the error rate one believes in, and each plan tells how often it would pass then.

    >>> [(plan.allowed, plan.n) for plan in plans(0.02, most=2)]
    [(0, 149), (1, 236), (2, 313)]
    """
    made = []
    for allowed in range(most + 1):
        # A small frame cannot hold a wrong item more than the plan allows.
        if frame_size is not None and _bad(rate, frame_size) <= allowed:
            break
        n = plan(rate, allowed, confidence, frame_size)
        passes = None if hoped is None else acceptance(n, allowed, hoped, frame_size)
        made.append(Plan(allowed, n, passes))
    return tuple(made)


def acceptance(n: int, allowed: int, rate: float, frame_size: int | None = None) -> float:
    """The chance that a frame at an error rate passes a plan: its operating characteristic."""
    check_share("rate", rate, closed=True)
    if frame_size is None:
        return float(stats.binom.cdf(allowed, n, rate))
    return at_most(allowed, frame_size, round(rate * frame_size), min(n, frame_size))


def wilson_size(rate: float, half_width: float, confidence: float = 0.95) -> int:
    """How many items give a Wilson interval of that half width where the sample shows ``rate``."""
    check_share("rate", rate, closed=True)
    check_share("half_width", half_width)
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
    check_share("rate", rate)
    check_share("confidence", confidence)
    if allowed < 0:
        raise ValueError(f"allowed is {allowed}; give 0 or more errors")
    if frame_size is None:
        return _smallest(lambda n: stats.binom.cdf(allowed, n, rate) <= 1 - confidence, allowed + 1)
    bad = _bad(rate, frame_size)
    if bad > frame_size or bad <= allowed:
        raise ValueError(
            f"{allowed} errors cannot certify a rate of {rate:g} among {frame_size} items; "
            "allow fewer errors or a higher rate"
        )
    whole = frame_size
    return _smallest(
        lambda n: at_most(allowed, whole, bad, min(n, whole)) <= 1 - confidence, allowed + 1
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
    check_counts(n, errors, 1 - risk, None)
    score = errors * math.log(bad / good) + (n - errors) * math.log((1 - bad) / (1 - good))
    limit = math.log((1 - risk) / risk)
    if score >= limit:
        return "refuse"
    return "accept" if score <= -limit else "continue"


def _bad(rate: float, frame_size: int) -> int:
    """The fewest wrong items that exceed the rate in the frame."""
    # A product such as 0.07 * 100 lies a hair above the whole number it stands for.
    return math.floor(rate * frame_size + 1e-9) + 1


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


def _check_points(good: float, bad: float, risk: float) -> None:
    if not 0 < good < bad < 1:
        raise ValueError(f"good {good} and bad {bad} must rise within 0 to 1")
    if not 0 < risk < 0.5:
        raise ValueError(f"risk is {risk}; give a number between 0 and 0.5")
