"""Panel: how many independent voices a group of raters is worth, measured on known answers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.agree.intervals import Floats


@dataclass(frozen=True, slots=True)
class Panel:
    """Each rater's accuracy on known answers, and how far they err together.

    ``correlation`` has shape (raters, raters), NaN where a pair shares too little or one of them
    never or always errs. ``mean_correlation`` and ``effective_voters`` are None when no pair is
    defined.
    """

    raters: tuple[Any, ...]
    judged: tuple[int, ...]
    accuracy: tuple[float, ...]
    correlation: Floats
    mean_correlation: float | None
    effective_voters: float | None


def effective_voters(voters: int, correlation: float) -> float:
    """How many independent voters as many correlated ones are worth: k / (1 + (k - 1) rho).

    A negative correlation counts as none. Raises ValueError outside its range (Kish 1965).

    >>> effective_voters(3, 1.0), effective_voters(6, 0.5)
    (1.0, 1.7142857142857142)
    """
    if voters < 1 or not -1 <= correlation <= 1:
        raise ValueError(f"{voters} voters with correlation {correlation} cannot be")
    return voters / (1 + (voters - 1) * max(0.0, correlation))


def panel(
    rows: Sequence[tuple[Hashable, Hashable, Hashable]], known: Mapping[Hashable, Hashable]
) -> Panel:
    """Measure raters on items whose answer is known; rows are (item, rater, value).

    Other items are left out. Raises ValueError when none of the rows is about a known item.
    """
    kept = [row for row in rows if row[0] in known]
    if not kept:
        raise ValueError("no judgement is about an item whose answer is known")
    items = {item: index for index, item in enumerate(dict.fromkeys(row[0] for row in kept))}
    raters = {rater: index for index, rater in enumerate(dict.fromkeys(row[1] for row in kept))}
    wrong = np.full((len(raters), len(items)), np.nan)
    for item, rater, value in kept:
        wrong[raters[rater], items[item]] = float(value != known[item])
    judged = np.isfinite(wrong)
    correlation = np.full((len(raters), len(raters)), np.nan)
    np.fill_diagonal(correlation, 1.0)
    for a in range(len(raters)):
        for b in range(a + 1, len(raters)):
            both = judged[a] & judged[b]
            correlation[a, b] = correlation[b, a] = _pearson(wrong[a, both], wrong[b, both])
    pairs = correlation[np.triu_indices(len(raters), 1)]
    pairs = pairs[np.isfinite(pairs)]
    mean = float(pairs.mean()) if len(pairs) else None
    worth = None if mean is None else effective_voters(len(raters), float(np.clip(mean, -1, 1)))
    return Panel(
        raters=tuple(raters),
        judged=tuple(int(n) for n in judged.sum(axis=1)),
        accuracy=tuple(float(1 - np.nanmean(row)) for row in wrong),
        correlation=correlation,
        mean_correlation=mean,
        effective_voters=worth,
    )


def _pearson(one: Floats, two: Floats) -> float:
    if len(one) < 2 or one.std() == 0 or two.std() == 0:
        return float("nan")
    return float(np.corrcoef(one, two)[0, 1])
