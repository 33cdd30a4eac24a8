"""Ratings: numbers that raters gave to items added up, with the severity of each rater taken out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import lsqr

from pipeline.agree.intervals import Floats

LOW = "low_support"
SPLIT = "split"

# Pulls the severity of a rater with few ratings towards none: as if so many had been neutral.
RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class Rating:
    """What the ratings of one item add up to.

    ``median`` is the usual figure; ``mean`` their plain mean, ``adjusted`` the mean had every rater
    been as severe as the average one. ``spread`` is the widest gap between two raters.
    ``reason`` is ``low_support`` below the number asked for, ``split`` where the spread is wider
    than allowed.
    """

    item: Any
    median: float
    mean: float
    adjusted: float
    spread: float
    raters: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings by item, and how far each rater lies above (lenient) or below the average one."""

    ratings: tuple[Rating, ...]
    severity: Mapping[Any, float]


def combine_ratings(
    rows: Iterable[tuple[Hashable, Hashable, float]],
    *,
    least: int = 1,
    widest: float | None = None,
) -> Ratings:
    """Add up ratings; rows are (item, rater, number), several of one rater count by their mean.

    Severities are those of the additive model item + rater, by least squares with a light pull
    towards 0. Raises ValueError without rows and for a rating that is no finite number.
    """
    given: dict[Any, dict[Any, list[float]]] = defaultdict(lambda: defaultdict(list))
    for item, rater, number in rows:
        if not np.isfinite(number):
            raise ValueError(f"rater {rater} gave item {item} the rating {number}; give a number")
        given[item][rater].append(float(number))
    if not given:
        raise ValueError("there are no ratings to add up")
    means = {
        item: {who: sum(own) / len(own) for who, own in raters.items()}
        for item, raters in given.items()
    }
    severity = _severity(means)
    return Ratings(
        tuple(_rating(item, own, severity, least, widest) for item, own in means.items()), severity
    )


def _rating(
    item: Any,
    own: Mapping[Any, float],
    severity: Mapping[Any, float],
    least: int,
    widest: float | None,
) -> Rating:
    numbers = list(own.values())
    spread = max(numbers) - min(numbers)
    fair = [number - severity[who] for who, number in own.items()]
    split = widest is not None and spread > widest
    reason = LOW if len(own) < least else SPLIT if split else ""
    return Rating(
        item,
        float(median(numbers)),
        sum(numbers) / len(numbers),
        sum(fair) / len(fair),
        spread,
        len(own),
        reason,
    )


def _severity(means: Mapping[Any, Mapping[Any, float]]) -> dict[Any, float]:
    """Each rater's share of the additive model, centred on the average rater."""
    raters = {
        who: n for n, who in enumerate(dict.fromkeys(w for own in means.values() for w in own))
    }
    rows: list[int] = []
    columns: list[int] = []
    cells: list[float] = []
    numbers: list[float] = []
    # An item's own level drops out when its mean is taken away.
    for own in means.values():
        level = sum(own.values()) / len(own)
        for who, number in own.items():
            for other in own:
                rows.append(len(numbers))
                columns.append(raters[other])
                cells.append(float(other == who) - 1 / len(own))
            numbers.append(number - level)
    shape = (len(numbers), len(raters))
    design = sparse.csr_matrix((cells, (rows, columns)), shape=shape)
    solved: Floats = lsqr(design, np.array(numbers), damp=np.sqrt(RIDGE), atol=1e-10, btol=1e-10)[0]
    solved = solved - solved.mean()
    return {who: float(solved[n]) for who, n in raters.items()}
