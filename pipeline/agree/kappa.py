"""Kappas and their kin: Cohen's (plain and weighted), Fleiss' and Gwet's AC1."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agree.alpha import UNIFORM
from pipeline.agree.intervals import (
    NO_INTERVAL,
    Coefficient,
    Floats,
    Resampling,
    patterns,
    with_interval,
)

Weights = Literal["none", "linear", "quadratic"]


def cohen(
    one: Sequence[Hashable],
    two: Sequence[Hashable],
    weights: Weights = "none",
    order: Sequence[Hashable] | None = None,
    resampling: Resampling = NO_INTERVAL,
) -> Coefficient:
    """Cohen's kappa (1960; weighted 1968) of two raters over the same items, in the same order.

    Weighted forms count a disagreement by the distance, or squared distance, of the answers in
    ``order``; without it numbers are taken in rising order and at their true distance. Raises
    ValueError for unequal lengths, weights without order on answers that are no numbers, and
    answers that the order lacks.
    """
    if len(one) != len(two):
        raise ValueError(f"{len(one)} and {len(two)} answers; give both raters' for the same items")
    measure = "cohen_kappa" if weights == "none" else f"cohen_kappa_{weights}"
    if not len(one):
        return Coefficient(measure, None, "the raters share no item")
    names, positions = _positions(one, two, weights, order)
    code, size = {name: index for index, name in enumerate(names)}, len(names)
    pairs = [code[a] * size + code[b] for a, b in zip(one, two, strict=True)]
    cells = np.bincount(pairs, minlength=size * size)
    gaps = np.abs(positions[:, None] - positions[None, :])
    cost = {"none": (gaps > 0).astype(np.float64), "linear": gaps, "quadratic": gaps**2}[weights]

    def statistic(drawn: Floats) -> Floats:
        tables = drawn.reshape(-1, size, size)
        totals = tables.sum(axis=(1, 2))
        seen = (tables * cost).sum(axis=(1, 2))
        chance = np.einsum("bi,ij,bj->b", tables.sum(axis=2), cost, tables.sum(axis=1)) / totals
        undefined = np.full(len(seen), np.nan)
        return np.asarray(np.divide(chance - seen, chance, out=undefined, where=chance > 0))

    value = float(statistic(cells[None].astype(np.float64))[0])
    if np.isnan(value):
        return Coefficient(measure, None, UNIFORM, items=len(one), judgements=2 * len(one))
    plain = Coefficient(measure, value, items=len(one), judgements=2 * len(one))
    return with_interval(plain, statistic, cells.astype(np.int64), resampling)


def _positions(
    one: Sequence[Any], two: Sequence[Any], weights: Weights, order: Sequence[Any] | None
) -> tuple[list[Any], Floats]:
    given = list(dict.fromkeys([*one, *two]))
    if order is not None:
        missing = [name for name in given if name not in order]
        if missing:
            raise ValueError(f"the order lacks {missing[0]!r}; name every answer in it")
        return list(order), np.arange(len(order), dtype=np.float64)
    if weights == "none":
        return given, np.arange(len(given), dtype=np.float64)
    if not all(isinstance(name, int | float) for name in given):
        raise ValueError(f"{weights} weights need the order of the answers")
    return sorted(given), np.array(sorted(given), dtype=np.float64)


def fleiss(counts: ArrayLike, resampling: Resampling = NO_INTERVAL) -> Coefficient:
    """Fleiss' kappa (1971) from counts of shape (items, values): raters per item and value.

    Every item needs the same number of raters, two or more; otherwise ValueError (alpha takes any).
    """
    table = _table(counts)
    raters = table.sum(axis=1)
    if len(table) and (raters.min() < 2 or raters.min() != raters.max()):
        raise ValueError(
            f"items have {raters.min():g} to {raters.max():g} raters; Fleiss' kappa needs equally "
            "many and two at least, so use alpha"
        )
    if not len(table):
        return Coefficient("fleiss_kappa", None, "there is no item")
    m = raters[0]
    agreed = ((table**2).sum(axis=1) - m) / (m * (m - 1))

    def chance(shares: Floats) -> Floats:
        return np.asarray((shares**2).sum(axis=1))

    return _beyond_chance("fleiss_kappa", table, agreed, table / m, chance, resampling)


def gwet(counts: ArrayLike, resampling: Resampling = NO_INTERVAL) -> Coefficient:
    """Gwet's AC1 (2008) from counts of shape (items, values), items may differ in raters.

    Stays meaningful where one value is very common. Items with one rater count for the margins
    only.
    """
    table = _table(counts)
    table = table[table.sum(axis=1) > 0]
    raters = table.sum(axis=1)
    paired = raters >= 2
    if not paired.any():
        return Coefficient("gwet_ac1", None, "no item has two judgements")
    size = table.shape[1]
    m = np.where(paired, raters, 2.0)
    agreed = np.where(paired, ((table**2).sum(axis=1) - raters) / (m * (m - 1)), np.nan)

    def chance(shares: Floats) -> Floats:
        if size < 2:
            return np.ones(len(shares))
        return np.asarray((shares * (1 - shares)).sum(axis=1) / (size - 1))

    shares = table / raters[:, None]
    return _beyond_chance("gwet_ac1", table, agreed, shares, chance, resampling)


def _table(counts: ArrayLike) -> Floats:
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2 or (table < 0).any():
        raise ValueError("counts must be a table of items by values, each 0 or more")
    return table


def _beyond_chance(
    measure: str,
    table: Floats,
    agreed: Floats,
    shares: Floats,
    chance: Any,
    resampling: Resampling,
) -> Coefficient:
    """(agreement - chance) / (1 - chance), agreement a mean over items where it is defined."""
    defined = np.isfinite(agreed)
    rows = np.column_stack([np.where(defined, agreed, 0.0), defined, shares])
    distinct, multiplicity = patterns(np.round(rows, 12))

    def statistic(weights: Floats) -> Floats:
        sums = weights @ distinct
        with np.errstate(invalid="ignore", divide="ignore"):
            seen = sums[:, 0] / sums[:, 1]
            by_chance = chance(sums[:, 2:] / weights.sum(axis=1, keepdims=True))
            return np.asarray((seen - by_chance) / np.where(by_chance < 1, 1 - by_chance, np.nan))

    value = float(statistic(multiplicity[None].astype(np.float64))[0])
    items, judgements = int(defined.sum()), int(table.sum())
    if np.isnan(value):
        return Coefficient(measure, None, UNIFORM, items=items, judgements=judgements)
    plain = Coefficient(measure, value, items=items, judgements=judgements)
    return with_interval(plain, statistic, multiplicity, resampling)
