"""Krippendorff's alpha: agreement beyond chance for any number of raters, with missing data.

Krippendorff, K. (2011), Computing Krippendorff's alpha-reliability; Content Analysis (2019), ch.
12.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from pipeline.agree.coding import Ints, coded
from pipeline.agree.intervals import (
    NO_INTERVAL,
    Coefficient,
    Floats,
    Resampling,
    patterns,
    with_interval,
)

Level = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval", "ratio")

UNPAIRED = "no item has two judgements"
UNIFORM = "every judgement has the same value, so agreement cannot be told from chance"

# Above this many cells counts are held sparse.
_DENSE = 20_000_000
_RATIO_VALUES = 2000


@dataclass(frozen=True, slots=True)
class _Counts:
    """How often each value was given to each unit that has two judgements or more."""

    table: Any  # (units, values), a dense array or a CSR matrix
    sizes: Floats  # judgements per unit
    values: Floats  # the numbers the columns stand for
    clusters: Ints | None  # the item a unit belongs to


def alpha(
    units: ArrayLike | Sequence[Hashable],
    values: ArrayLike | Sequence[Hashable],
    level: Level = "nominal",
    resampling: Resampling = NO_INTERVAL,
    clusters: ArrayLike | None = None,
) -> Coefficient:
    """Krippendorff's alpha over judgements: ``values[j]`` was given to ``units[j]`` by some rater.

    1 is perfect agreement, 0 what chance gives, below 0 systematic disagreement. A judgement that
    is missing is left out of both arrays, or is None or NaN. ``ordinal``, ``interval`` and
    ``ratio`` take numbers. With ``clusters`` (per judgement, the same within a unit) the interval
    draws whole clusters. Without a pair of judgements, or without variation, the value is None and
    the reason says so. Raises ValueError for arrays of unequal length and values that do not fit
    the level.

    >>> round(alpha([1, 1, 2, 2, 3, 3], ["a", "a", "b", "b", "a", "b"]).value, 3)
    0.444
    """
    counts = _counted(units, values, level, clusters)
    measure = f"alpha_{level}"
    items = _distinct(counts)
    if not len(counts.sizes):
        return Coefficient(measure, None, UNPAIRED)
    judgements = int(counts.sizes.sum())
    margins = np.asarray(counts.table.sum(axis=0), dtype=np.float64).ravel()
    if np.count_nonzero(margins) < 2:
        return Coefficient(measure, None, UNIFORM, items=items, judgements=judgements)
    delta = _ratios(counts.values) if level == "ratio" else None
    per_unit = _disagreement(counts, _scale(level, counts.values, margins), delta)
    value = 1 - float(per_unit.sum()) / float(_expected(margins[None], level, counts.values)[0])
    plain = Coefficient(measure, value, items=items, judgements=judgements)
    if not resampling.replicates:
        return plain
    if level == "ordinal":
        return _ordinal_interval(plain, counts, resampling)
    return _interval(plain, counts, per_unit, level, resampling)


def _counted(units: Any, values: Any, level: Level, clusters: ArrayLike | None) -> _Counts:
    if level not in LEVELS:
        raise ValueError(f"unknown level {level!r}; use one of {', '.join(LEVELS)}")
    if len(units) != len(values):
        raise ValueError(f"{len(units)} units but {len(values)} values; give one value per unit")
    groups = None if clusters is None else np.asarray(clusters, dtype=np.int64)
    units, values, groups = _present(units, values, groups)
    unit_codes, _ = coded(units)
    codes, names = coded(values)
    numbers = _as_numbers(names, level)
    shape = (int(unit_codes.max()) + 1 if len(unit_codes) else 0, len(names))
    table: Any
    if shape[0] * shape[1] <= _DENSE:
        cells = np.bincount(unit_codes * shape[1] + codes, minlength=shape[0] * shape[1])
        table = cells.reshape(shape)
    else:
        ones = np.ones(len(codes), dtype=np.int64)
        table = sparse.csr_matrix((ones, (unit_codes, codes)), shape=shape)
    sizes = np.asarray(table.sum(axis=1)).ravel()
    paired = sizes >= 2
    if not paired.all():
        table, sizes = table[paired], sizes[paired]
    if groups is not None:
        owner = np.zeros(shape[0], dtype=np.int64)
        owner[unit_codes] = groups
        groups = owner[paired]
    return _Counts(table, sizes.astype(np.float64), numbers, groups)


def _present(units: Any, values: Any, groups: Ints | None) -> tuple[Any, Any, Ints | None]:
    """The judgements that are not missing."""
    if isinstance(values, np.ndarray):
        if values.dtype.kind != "f" or not np.isnan(values).any():
            return units, values, groups
        there = ~np.isnan(values)
    else:
        there = np.array([v is not None and v == v for v in values], dtype=bool)
        if there.all():
            return units, values, groups
    kept = np.flatnonzero(there)
    groups = None if groups is None else groups[kept]
    return [units[i] for i in kept], [values[i] for i in kept], groups


def _as_numbers(names: list[Any], level: Level) -> Floats:
    if level == "nominal":
        return np.zeros(len(names))
    try:
        numbers = np.array(names, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"level {level} takes numbers; code the answers by their order") from None
    if not np.isfinite(numbers).all():
        raise ValueError(f"level {level} takes finite numbers")
    if (np.diff(numbers) <= 0).any():
        raise ValueError(f"level {level} takes numbers of one kind; mixed kinds cannot be ordered")
    if level == "ratio" and (numbers < 0).any():
        raise ValueError("level ratio takes numbers of 0 or more")
    if level == "ratio" and len(numbers) > _RATIO_VALUES:
        raise ValueError(f"level ratio takes at most {_RATIO_VALUES} different values")
    return numbers


def _distinct(counts: _Counts) -> int:
    return len(counts.sizes) if counts.clusters is None else len(np.unique(counts.clusters))


def _scale(level: Level, values: Floats, margins: Floats) -> Floats | None:
    """Numbers whose squared differences are the level's disagreement; ranks for ordinal values."""
    if level == "ordinal":
        return np.asarray(np.cumsum(margins) - margins / 2)
    if level == "interval":
        # Sums of squares lose digits when the mean is far from 0.
        return np.asarray(values - float(values @ margins) / float(margins.sum()))
    return None


def _ratios(values: Floats) -> Floats:
    sums = values[:, None] + values[None, :]
    gaps = values[:, None] - values[None, :]
    return np.square(np.divide(gaps, sums, out=np.zeros_like(sums), where=sums > 0))


def _disagreement(counts: _Counts, scale: Floats | None, delta: Floats | None) -> Floats:
    """Per unit, the disagreement of all ordered pairs over the number of judgements less one."""
    table, sizes = counts.table, counts.sizes
    if delta is not None:
        pairs = (
            table.multiply(table @ delta) if sparse.issparse(table) else table * (table @ delta)
        ).sum(axis=1)
    elif scale is not None:
        pairs = 2 * (sizes * (table @ scale**2) - (table @ scale) ** 2)
    else:
        squares = (
            table.power(2).sum(axis=1)
            if sparse.issparse(table)
            else np.einsum("ij,ij->i", table, table)
        )
        pairs = sizes**2 - np.asarray(squares).ravel()
    return np.asarray(np.asarray(pairs, dtype=np.float64).ravel() / (sizes - 1))


def _expected(margins: Floats, level: Level, values: Floats) -> Floats:
    """The disagreement of all pairs of judgements over their number less one; a row per draw."""
    n = margins.sum(axis=1)
    if level == "nominal":
        pairs = n**2 - (margins**2).sum(axis=1)
    elif level == "ratio":
        pairs = np.einsum("ij,ij->i", margins @ _ratios(values), margins)
    else:
        if level == "ordinal":
            scale = np.cumsum(margins, axis=1) - margins / 2
        else:
            scale = values[None] - ((margins @ values) / n)[:, None]
        pairs = 2 * (n * (margins * scale**2).sum(axis=1) - (margins * scale).sum(axis=1) ** 2)
    return np.asarray(pairs / (n - 1))


def _interval(
    plain: Coefficient, counts: _Counts, per_unit: Floats, level: Level, resampling: Resampling
) -> Coefficient:
    """Both parts of alpha are linear in the weights, so equal items are drawn together."""
    table: Any = counts.table
    if counts.clusters is not None:
        names, owner = np.unique(counts.clusters, return_inverse=True)
        gather = sparse.csr_matrix((np.ones(len(owner)), (owner, np.arange(len(owner)))))
        table, per_unit = gather @ table, gather @ per_unit
        assert table.shape[0] == len(names)
    if sparse.issparse(table):
        rows, margins = per_unit, table
        multiplicity = np.ones(len(per_unit), dtype=np.int64)
    else:
        distinct, multiplicity = patterns(np.column_stack([np.round(per_unit, 12), table]))
        rows, margins = distinct[:, 0], distinct[:, 1:]

    def statistic(weights: Floats) -> Floats:
        expected = _expected(np.asarray(weights @ margins), level, counts.values)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(1 - (weights @ rows) / expected)

    return with_interval(plain, statistic, multiplicity, resampling)


def _ordinal_interval(plain: Coefficient, counts: _Counts, resampling: Resampling) -> Coefficient:
    """Ranks follow the drawn margins, so the disagreement of a unit is counted in every draw."""
    owner = multiplicity = None
    if counts.clusters is not None:
        names, owner = np.unique(counts.clusters, return_inverse=True)
        multiplicity = np.ones(len(names), dtype=np.int64)
    elif not sparse.issparse(counts.table):
        distinct, multiplicity = patterns(counts.table.astype(np.float64))
        counts = _Counts(distinct, distinct.sum(axis=1), counts.values, None)
    else:
        multiplicity = np.ones(len(counts.sizes), dtype=np.int64)

    def one(weights: NDArray[np.float64]) -> float:
        spread = weights if owner is None else weights[owner]
        margins = np.asarray(spread @ counts.table, dtype=np.float64).ravel()
        scale = _scale("ordinal", counts.values, margins)
        expected = float(_expected(margins[None], "ordinal", counts.values)[0])
        observed = float(spread @ _disagreement(counts, scale, None))
        return 1 - observed / expected if expected > 0 else float("nan")

    def statistic(weights: Floats) -> Floats:
        return np.array([one(row) for row in weights])

    return with_interval(plain, statistic, multiplicity, resampling)
