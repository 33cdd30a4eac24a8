"""Coefficients with bootstrap intervals: whole items are drawn again, with a fixed seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Weights of a batch of replicates are held at once; this bounds their memory to some 80 MB.
_CELLS = 10_000_000


@dataclass(frozen=True, slots=True)
class Resampling:
    """How an interval is made: ``replicates`` draws of whole items (0: no interval), and the
    seed."""

    replicates: int = 1000
    confidence: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        if self.replicates < 0:
            raise ValueError(f"replicates is {self.replicates}; give 0 or more")
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence is {self.confidence}; give a number between 0 and 1")


NO_INTERVAL = Resampling(replicates=0)


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A figure for agreement, or why there is none.

    ``value`` is None exactly when ``reason`` says why. ``low`` and ``high`` bound the bootstrap
    percentile interval at ``confidence``; None where none was asked for or fewer than two items
    carry it. ``items`` and ``judgements`` are those that entered the figure.
    """

    measure: str
    value: float | None
    reason: str = ""
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    items: int = 0
    judgements: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The coefficient as JSON values."""
        return asdict(self)


def with_interval(
    coefficient: Coefficient,
    statistic: Callable[[Floats], Floats],
    multiplicity: NDArray[np.int64],
    resampling: Resampling,
) -> Coefficient:
    """Add the percentile interval (Efron 1979) to a coefficient.

    ``multiplicity`` counts the items of each distinct pattern; ``statistic`` takes weights of shape
    (replicates, patterns) and gives a value per replicate, NaN where undefined. Those are left out;
    when they are more than a twentieth there is no interval. The same seed gives the same interval.
    """
    total = int(multiplicity.sum())
    if coefficient.value is None or not resampling.replicates or total < 2:
        return coefficient
    random = np.random.default_rng(resampling.seed)
    chances = multiplicity / total
    batch = max(1, _CELLS // len(multiplicity))
    drawn: list[Floats] = []
    for start in range(0, resampling.replicates, batch):
        size = min(batch, resampling.replicates - start)
        drawn.append(statistic(random.multinomial(total, chances, size=size).astype(np.float64)))
    values = np.concatenate(drawn)
    values = values[np.isfinite(values)]
    if 20 * len(values) < 19 * resampling.replicates:
        return coefficient
    tail = (1 - resampling.confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return replace(coefficient, low=float(low), high=float(high), confidence=resampling.confidence)


def patterns(rows: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """The distinct rows and how often each occurs: drawing rows by count equals drawing items."""
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    return distinct, counts.astype(np.int64)


def ratio(
    measure: str,
    rows: Floats,
    resampling: Resampling,
    reason: str,
    judgements: int = 0,
) -> Coefficient:
    """Sum of the first column over sum of the second, one row per item: a micro average.

    With a second column that sums to 0 there is no value, for ``reason``.
    """
    top, bottom = (float(side) for side in rows.sum(axis=0)) if len(rows) else (0.0, 0.0)
    if not bottom:
        return Coefficient(measure, None, reason, items=len(rows), judgements=judgements)
    plain = Coefficient(measure, top / bottom, items=len(rows), judgements=judgements)
    if not resampling.replicates:
        return plain
    distinct, multiplicity = patterns(rows)

    def statistic(weights: Floats) -> Floats:
        sums = weights @ distinct
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(sums[:, 0] / sums[:, 1])

    return with_interval(plain, statistic, multiplicity, resampling)
