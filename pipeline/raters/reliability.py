"""Reliability of people: when a check is called low, and whether they tell spoilt texts from good ones.

The one-sided test on planted twins follows the practice of WMT (Mann-Whitney there; pairs allow the
stronger signed-rank test of Wilcoxon 1945): a person who reads scores the spoilt twin lower.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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
