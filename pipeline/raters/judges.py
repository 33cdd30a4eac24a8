"""Judges: how far a machine that scores is to be believed, set against people who scored too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pipeline.agree.intervals import (
    NO_INTERVAL,
    Coefficient,
    Floats,
    Resampling,
    patterns,
    with_interval,
)
from pipeline.agree.kappa import cohen

FLAT = "one side gives every item the same score, so nothing can vary together"
FEW = "fewer than two items have both scores"


@dataclass(frozen=True, slots=True)
class Bin:
    """Items on which the judge was about equally sure: ``said`` on average, ``right`` so often."""

    low: float
    high: float
    items: int
    said: float
    right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether a judge that says 80 % is right on 80 %.

    ``error`` is the mean gap between said and right, weighted by items (expected calibration error,
    Naeini et al. 2015), ``brier`` the mean squared gap per item (Brier 1950; 0.25 is a coin).
    """

    items: int
    bins: tuple[Bin, ...]
    error: float | None
    brier: float | None


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """A judge's scores against people's: weighted kappas (exact values count), Pearson's r (only
    the rising together counts), and ``bias``, how much higher than people it scores on average."""

    items: int
    linear: Coefficient
    quadratic: Coefficient
    pearson: Coefficient
    bias: float | None
    exact: float | None

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)


def judge_against_people(
    judge: Sequence[float],
    people: Sequence[float],
    *,
    scale: Sequence[float] | None = None,
    resampling: Resampling = NO_INTERVAL,
) -> JudgeReport:
    """Compare a judge's scores with people's for the same items, in the same order.

    ``people`` holds one score per item (the median, where several scored it). ``scale`` lists the
    scores there are in rising order; without it kappas take the scores' own distances. Raises
    ValueError for unequal lengths and for scores outside the scale.
    """
    if len(judge) != len(people):
        raise ValueError(f"{len(judge)} and {len(people)} scores; give both for the same items")
    one, two = list(judge), list(people)
    linear, quadratic = (
        cohen(one, two, form, scale, resampling) for form in ("linear", "quadratic")
    )
    gaps = np.asarray(one, dtype=np.float64) - np.asarray(two, dtype=np.float64)
    return JudgeReport(
        len(one),
        linear,
        quadratic,
        pearson(one, two, resampling),
        float(gaps.mean()) if len(gaps) else None,
        float((gaps == 0).mean()) if len(gaps) else None,
    )


def pearson(
    one: Sequence[float], two: Sequence[float], resampling: Resampling = NO_INTERVAL
) -> Coefficient:
    """Pearson's correlation (1895) of two sets of scores, items drawn again for the interval."""
    if len(one) < 2:
        return Coefficient("pearson", None, FEW, items=len(one), judgements=2 * len(one))
    a, b = np.asarray(one, dtype=np.float64), np.asarray(two, dtype=np.float64)
    a, b = a - a.mean(), b - b.mean()
    rows, multiplicity = patterns(np.round(np.column_stack([a, b]), 12))
    sums = np.column_stack([rows, rows**2, rows[:, 0] * rows[:, 1]])

    def statistic(weights: Floats) -> Floats:
        n = weights.sum(axis=1)
        ma, mb, aa, bb, ab = (weights @ sums).T / n
        spread = (aa - ma**2) * (bb - mb**2)
        undefined = np.full(len(n), np.nan)
        root = np.sqrt(np.maximum(spread, 0.0))
        return np.asarray(np.divide(ab - ma * mb, root, out=undefined, where=spread > 1e-18))

    value = float(statistic(multiplicity[None].astype(np.float64))[0])
    if np.isnan(value):
        return Coefficient("pearson", None, FLAT, items=len(one), judgements=2 * len(one))
    plain = Coefficient("pearson", value, items=len(one), judgements=2 * len(one))
    return with_interval(plain, statistic, multiplicity, resampling)


def calibration(said: Sequence[float], right: Sequence[bool], bins: int = 10) -> Calibration:
    """How often a judge was right at each level of certainty it stated.

    Raises ValueError for unequal lengths, a certainty outside 0 to 1 and fewer than one bin.
    """
    if len(said) != len(right):
        raise ValueError(f"{len(said)} certainties and {len(right)} outcomes; give one for each")
    if bins < 1:
        raise ValueError(f"bins is {bins}; give 1 or more")
    sure, hits = np.asarray(said, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if len(sure) and not ((sure >= 0) & (sure <= 1)).all():
        raise ValueError("a certainty lies outside 0 to 1; give shares, not per cent")
    if not len(sure):
        return Calibration(0, (), None, None)
    at = np.minimum((sure * bins).astype(int), bins - 1)
    made = tuple(
        Bin(
            n / bins,
            (n + 1) / bins,
            int(own.sum()),
            float(sure[own].mean()),
            float(hits[own].mean()),
        )
        for n in range(bins)
        if (own := at == n).any()
    )
    error = sum(b.items * abs(b.said - b.right) for b in made) / len(sure)
    return Calibration(len(sure), made, error, float(((sure - hits) ** 2).mean()))
