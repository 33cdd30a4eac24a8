"""Reliability of people: how they do on gold, on planted errors, and on seeing the same item twice.

The one-sided test on planted twins follows the practice of WMT (Mann-Whitney there; pairs allow the
stronger signed-rank test of Wilcoxon 1945): a person who reads scores the spoilt twin lower.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeGuard

import numpy as np
from scipy import stats

from pipeline.certify import Interval, wilson

# A person passes when chance explains their preference for the good twin at most this often.
RISK = 0.05
# So many checks of a kind must have been met before a concern is raised; 12 in 100 are planted.
LEAST = 6
# Gold accuracy is called low when even the upper end of its interval lies below this.
FLOOR = 0.7


@dataclass(frozen=True, slots=True)
class Twins:
    """Scores of good items and their spoilt twins by one person.

    ``lower`` is the share of pairs with the spoilt twin scored lower (equal scores are not lower),
    ``drop`` the mean difference, ``p`` the one-sided test that they are told apart.
    ``is_flagged`` once enough pairs show no sign of it.
    """

    pairs: int
    lower: Interval | None
    drop: float | None
    p: float | None
    is_flagged: bool


@dataclass(frozen=True, slots=True)
class Person:
    """One person: share right on ``gold``, share of planted errors caught, share of repeated items
    answered the same, twins, and ``concerns`` in plain words (empty: none)."""

    rater: str
    gold: Interval | None
    gold_items: int
    catch: Interval | None
    planted: int
    consistency: Interval | None
    repeats: int
    twins: Twins
    concerns: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Checks:
    """What checks on one person's work came to, one entry per check."""

    gold: Sequence[bool] = ()
    planted: Sequence[bool] = ()
    repeats: Sequence[bool] = ()
    twins: Sequence[tuple[float, float]] = ()


def reliability(checks: Mapping[str, Checks], *, floor: float = FLOOR) -> tuple[Person, ...]:
    """Look each person over, in the order given.

    ``gold`` tells per item whether the answer was right, ``planted`` whether the planted error was
    caught, ``repeats`` whether the second answer equals the first; ``twins`` are (good, spoilt)
    scores. A concern is raised only where the doubt that small numbers leave does not explain it.
    """
    return tuple(_person(rater, own, floor) for rater, own in checks.items())


def _person(rater: str, own: Checks, floor: float) -> Person:
    gold, catch, same = _share(own.gold), _share(own.planted), _share(own.repeats)
    pair = twins(own.twins)
    concerns = []
    if _is_low(gold, own.gold, floor):
        concerns.append(f"right on {gold.rate:.0%} of gold items, at best {gold.high:.0%}")
    if _is_low(catch, own.planted, floor):
        concerns.append(f"caught {catch.rate:.0%} of planted errors, at best {catch.high:.0%}")
    if _is_low(same, own.repeats, floor):
        concerns.append(f"answered {same.rate:.0%} of repeated items the same")
    if pair.is_flagged:
        concerns.append(f"does not tell {pair.pairs} spoilt texts from their good twins")
    return Person(
        rater,
        gold,
        len(own.gold),
        catch,
        len(own.planted),
        same,
        len(own.repeats),
        pair,
        tuple(concerns),
    )


def _share(outcomes: Sequence[bool]) -> Interval | None:
    return wilson(len(outcomes), sum(map(bool, outcomes))) if outcomes else None


def _is_low(share: Interval | None, outcomes: Sequence[bool], floor: float) -> TypeGuard[Interval]:
    return share is not None and len(outcomes) >= LEAST and share.high < floor


def twins(pairs: Iterable[tuple[float, float]]) -> Twins:
    """Whether a person scores spoilt twins lower than the good ones; pairs are (good, spoilt).

    >>> twins([(80, 20), (70, 40), (90, 85), (60, 10), (75, 30), (66, 20)]).p
    0.015625
    """
    scores = np.array(list(pairs), dtype=np.float64).reshape(-1, 2)
    n = len(scores)
    if not n:
        return Twins(0, None, None, None, False)
    drop = scores[:, 0] - scores[:, 1]
    lower = wilson(n, int((drop > 0).sum()))
    p = 1.0 if not drop.any() else float(stats.wilcoxon(drop, alternative="greater").pvalue)
    return Twins(n, lower, float(drop.mean()), p, n >= LEAST and p > RISK)
