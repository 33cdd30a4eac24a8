"""Kappas and their kin: per cent agreement, Cohen's (plain, weighted), Fleiss', Gwet's AC1, AC2."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agree.alpha import UNIFORM, UNPAIRED
from pipeline.agree.intervals import (
    NO_INTERVAL,
    Coefficient,
    Floats,
    Resampling,
    patterns,
    ratio,
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


def per_cent(counts: ArrayLike, resampling: Resampling = NO_INTERVAL) -> Coefficient:
    """The share of pairs of raters that agree on an item, averaged over items; counts as in Fleiss.

    Items may differ in raters. Chance is not taken out, so a value that nearly all items have makes
    it high whatever the raters do.
    """
    table = _table(counts)
    raters = table.sum(axis=1)
    paired = table[raters >= 2]
    m = paired.sum(axis=1)
    agreed = ((paired**2).sum(axis=1) - m) / (m * (m - 1))
    rows = np.column_stack([agreed, np.ones(len(agreed))])
    return ratio("per_cent", rows, resampling, UNPAIRED, int(m.sum()))


def gwet(
    counts: ArrayLike,
    resampling: Resampling = NO_INTERVAL,
    weights: Weights = "none",
    positions: ArrayLike | None = None,
) -> Coefficient:
    """Gwet's AC1 (2008) from counts of shape (items, values), or with weights AC2 (2014).

    Stays meaningful where one value is very common. Items may differ in raters; those with one
    count for the margins only. The weighted forms forgive part of a disagreement by its distance,
    or squared distance, on the scale of ``positions`` (the numbers the columns stand for; without
    them the columns are one step apart). Raises ValueError for positions that do not fit.
    """
    table = _table(counts)
    table = table[table.sum(axis=1) > 0]
    measure = "gwet_ac1" if weights == "none" else f"gwet_ac2_{weights}"
    raters = table.sum(axis=1)
    paired = raters >= 2
    if not paired.any():
        return Coefficient(measure, None, UNPAIRED)
    size = table.shape[1]
    kinship = _kinship(weights, size, positions)
    m = np.where(paired, raters, 2.0)
    near = (table * (table @ kinship)).sum(axis=1)
    agreed = np.where(paired, (near - raters) / (m * (m - 1)), np.nan)
    whole = float(kinship.sum())

    def chance(shares: Floats) -> Floats:
        if size < 2:
            return np.ones(len(shares))
        spread = (shares * (1 - shares)).sum(axis=1)
        return np.asarray(whole * spread / (size * (size - 1)))

    shares = table / raters[:, None]
    return _beyond_chance(measure, table, agreed, shares, chance, resampling)


def _kinship(weights: Weights, size: int, positions: ArrayLike | None) -> Floats:
    """How much of an agreement two values count for: 1 on the diagonal, 0 at the widest gap."""
    if weights == "none":
        return np.eye(size)
    places = np.arange(size) if positions is None else np.asarray(positions, dtype=np.float64)
    if places.shape != (size,):
        raise ValueError(f"{places.size} positions for {size} values; give one for each column")
    gaps = np.abs(places[:, None] - places[None, :])
    widest = float(gaps.max())
    if not widest:
        return np.ones((size, size))
    return np.asarray(1 - (gaps / widest) ** (1 if weights == "linear" else 2))


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
