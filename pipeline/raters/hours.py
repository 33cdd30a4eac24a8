"""Hours: what people's work takes and what it pays, from the times of their judgements.

Times are in seconds, money in the project's own currency.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

# An item that seems to take longer was not worked on all the while.
PAUSE = 600.0
# A session ends with a pause of half an hour.
SESSION = 1800.0
QUICK_SHARE = 0.75
LEAST_TREND = 20


@dataclass(frozen=True, slots=True)
class Worked:
    """One judgement: when it was submitted (seconds from any start), how long it was looked at,
    ``hidden`` while the page was out of sight; ``caught`` where a planted error was there."""

    rater: str
    language: str
    at: float
    shown: float
    hidden: float = 0.0
    caught: bool | None = None

    @property
    def active(self) -> float:
        """Seconds of work: in sight, and no more than a pause."""
        return min(PAUSE, max(0.0, self.shown - self.hidden))


@dataclass(frozen=True, slots=True)
class LanguageHours:
    """One language: median and mean active seconds per item, hours so far, and hours for the items
    that are left, with the interval that the spread of people's means leaves."""

    language: str
    items: int
    people: int
    median: float
    mean: float
    hours: float
    remaining: int
    hours_left: float
    hours_left_low: float
    hours_left_high: float


@dataclass(frozen=True, slots=True)
class Pay:
    """Whether a price per item reaches the wage floor.

    ``hourly`` is what the median person earns. ``is_met`` asks that the fastest three quarters of
    people reach the floor; ``fair_price`` is the least price at which they do.
    """

    price: float
    floor: float
    people: int
    hourly: float
    is_met: bool
    fair_price: float


@dataclass(frozen=True, slots=True)
class Fatigue:
    """How people change within their sessions: seconds per item in the first and last quarter, and
    planted errors caught in the first and second half. ``trend`` is Spearman's correlation of place
    in the session with time (below 0: they get faster), with its p."""

    sessions: int
    items: int
    first: float | None
    last: float | None
    trend: float | None
    p: float | None
    caught_first: float | None
    caught_second: float | None
    advice: str

    def as_dict(self) -> dict[str, Any]:
        """The figures as JSON values."""
        return asdict(self)


def hours(
    worked: Iterable[Worked], remaining: Mapping[str, int] | None = None
) -> tuple[LanguageHours, ...]:
    """Hours per language, in the order of languages; ``remaining`` counts items still to judge."""
    left = dict(remaining or {})
    by_language: dict[str, list[Worked]] = defaultdict(list)
    for row in worked:
        by_language[row.language].append(row)
    made = []
    for language, rows in sorted(by_language.items()):
        times = np.array([row.active for row in rows])
        own = _means(rows)
        mean = float(times.mean())
        low, high = _around(mean, own)
        ahead = left.get(language, 0)
        spans = [ahead * seconds / 3600 for seconds in (mean, low, high)]
        made.append(
            LanguageHours(
                language, len(rows), len(own), float(np.median(times)), mean,
                float(times.sum()) / 3600, ahead, *spans,
            )
        )  # fmt: skip
    return tuple(made)


def _means(rows: Sequence[Worked]) -> list[float]:
    own: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        own[row.rater].append(row.active)
    return [sum(times) / len(times) for times in own.values()]


def _around(mean: float, own: Sequence[float]) -> tuple[float, float]:
    """An interval for the time of new work: people differ more than their items do."""
    if len(own) < 2:
        return 0.0, 2 * mean
    half = float(stats.t.ppf(0.975, len(own) - 1) * np.std(own, ddof=1) / math.sqrt(len(own)))
    return max(0.0, mean - half), mean + half


def pay(times: Sequence[float], price: float, floor: float) -> Pay:
    """Check a price per item against an hourly floor; ``times`` are one per person, in seconds.

    The fair price lets the fastest three quarters of people reach the floor, as FairTube's worked
    example has it: with floor 9.19 and the sixteenth of 21 people at 26 minutes it is 3.98. Raises ValueError
    without times and for a price or floor below 0.

    >>> pay([60 * m for m in [*range(11, 27), 30, 31, 32, 33, 34]], 3.0, 9.19).fair_price
    3.98
    """
    if not len(times):
        raise ValueError("no times to price by; let some people work first")
    if price < 0 or floor < 0:
        raise ValueError(f"price {price} and floor {floor} must be 0 or more")
    if min(times) <= 0:
        raise ValueError("a time is 0 or less; give seconds of active work")
    ordered = sorted(times)
    slowest = ordered[max(0, math.ceil(QUICK_SHARE * len(ordered)) - 1)]
    middle = float(np.median(ordered))
    exact = floor * slowest / 3600
    fair = round(exact, 2)
    return Pay(price, floor, len(times), price * 3600 / middle, price >= exact - 0.005, fair)


def fatigue(worked: Iterable[Worked]) -> Fatigue:
    """What happens within sessions: speed by quarters, catch rate by halves.

    A session is a person's work without a pause of half an hour; those of fewer than eight items
    tell nothing and are left out.
    """
    sessions = [own for own in _sessions(worked) if len(own) >= 8]
    if not sessions:
        return Fatigue(
            0, 0, None, None, None, None, None, None, "no session is long enough to tell"
        )
    first, last, places, times = [], [], [], []
    halves: tuple[list[bool], list[bool]] = ([], [])
    for own in sessions:
        quarter = len(own) // 4
        seconds = [row.active for row in own]
        first += seconds[:quarter]
        last += seconds[-quarter:]
        usual = max(1e-9, float(np.median(seconds)))
        places += [n / (len(own) - 1) for n in range(len(own))]
        times += [value / usual for value in seconds]
        for n, row in enumerate(own):
            if row.caught is not None:
                halves[2 * n >= len(own)].append(row.caught)
    rho, p = _trend(places, times)
    caught = [sum(half) / len(half) if half else None for half in halves]
    one, two = float(np.median(first)), float(np.median(last))
    return Fatigue(
        len(sessions), sum(map(len, sessions)), one, two, rho, p, caught[0], caught[1],
        _advice(one, two, p, halves),
    )  # fmt: skip


def _sessions(worked: Iterable[Worked]) -> list[list[Worked]]:
    made: list[list[Worked]] = []
    latest: Worked | None = None
    for row in sorted(worked, key=lambda row: (row.rater, row.at)):
        if latest is None or latest.rater != row.rater or row.at - latest.at > SESSION:
            made.append([])
        made[-1].append(row)
        latest = row
    return made


def _trend(places: Sequence[float], times: Sequence[float]) -> tuple[float | None, float | None]:
    if len(places) < LEAST_TREND or len(set(times)) < 2:
        return None, None
    found = stats.spearmanr(places, times)
    return float(found.statistic), float(found.pvalue)


def _advice(
    first: float, last: float, p: float | None, halves: tuple[list[bool], list[bool]]
) -> str:
    slipped = False
    if all(halves):
        table = [[sum(half), len(half) - sum(half)] for half in halves]
        fewer = sum(halves[1]) / len(halves[1]) < sum(halves[0]) / len(halves[0])
        slipped = fewer and float(stats.fisher_exact(table).pvalue) < 0.05
    if slipped:
        return "people overlook more towards the end of a session: suggest breaks, shorter batches"
    if p is not None and p < 0.01 and last < first:
        return "people get faster within a session; what they catch does not show that they slip"
    if p is not None and p < 0.01 and last > first:
        return "people get slower within a session: suggest breaks, shorter batches"
    return "no change within sessions that luck would not explain"
