"""Krippendorff's alpha against its author's worked examples and its definition."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipeline.agree import Resampling, alpha
from pipeline.agree.alpha import LEVELS

FOUR_OBSERVERS = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""


def judged(table: str) -> tuple[list[int], list[Any]]:
    rows = [line.split() for line in table.strip().split("\n")]
    pairs = [(unit, value) for row in rows for unit, value in enumerate(row) if value != "."]
    return [unit for unit, _ in pairs], [
        int(value) if value.isdigit() else value for _, value in pairs
    ]


@pytest.mark.parametrize(
    ("level", "wanted"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_four_observers_twelve_units_with_missing_data(level: Any, wanted: float) -> None:
    result = alpha(*judged(FOUR_OBSERVERS), level)
    assert result.value == pytest.approx(wanted, abs=0.0005)
    assert (result.items, result.judgements) == (11, 40)


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        ("0 1 0 0 0 0 0 0 1 0\n1 1 1 0 0 1 0 0 0 0", 0.095),
        ("a a b b d c c c e d d a\nb a b b b c c c e d d d", 0.692),
    ],
)
def test_two_observers(table: str, wanted: float) -> None:
    assert alpha(*judged(table)).value == pytest.approx(wanted, abs=0.0005)


def test_missing_values_may_be_none_or_nan() -> None:
    units, values = judged(FOUR_OBSERVERS)
    wanted = alpha(units, values, "interval").value
    assert alpha([*units, 3, 11], [*values, None, None], "interval").value == wanted
    floats = np.array([*values, np.nan], dtype=float)
    assert alpha(np.array([*units, 3]), floats, "interval").value == wanted


def by_definition(units: list[int], values: list[float], level: str) -> float | None:
    """Alpha from all pairs, as its definition reads: observed over expected disagreement."""
    groups: dict[int, list[float]] = {}
    for unit, value in zip(units, values, strict=True):
        groups.setdefault(unit, []).append(value)
    paired = [group for group in groups.values() if len(group) > 1]
    everyone = [value for group in paired for value in group]
    counts = {value: everyone.count(value) for value in sorted(set(everyone))}

    def gap(a: float, b: float) -> float:
        if level == "nominal":
            return float(a != b)
        if level == "interval":
            return (a - b) ** 2
        if level == "ratio":
            return ((a - b) / (a + b)) ** 2 if a + b else 0.0
        low, high = sorted((a, b))
        between = sum(n for value, n in counts.items() if low <= value <= high)
        return (between - (counts[a] + counts[b]) / 2) ** 2 if a != b else 0.0

    n = len(everyone)
    if not n:
        return None
    observed = sum(gap(a, b) / (len(g) - 1) for g in paired for a, b in permutations(g, 2)) / n
    expected = sum(gap(a, b) for a, b in permutations(everyone, 2)) / (n * (n - 1))
    return 1 - observed / expected if expected else None


judgements = st.lists(st.tuples(st.integers(0, 6), st.sampled_from([0, 1, 2, 5, 9])), max_size=24)


@given(judgements, st.sampled_from(LEVELS))
@settings(max_examples=150)
def test_it_is_what_the_definition_says(rows: list[tuple[int, int]], level: Any) -> None:
    units, values = [row[0] for row in rows], [row[1] for row in rows]
    wanted = by_definition(units, [float(value) for value in values], level)
    result = alpha(units, values, level)
    if wanted is None:
        assert result.value is None
        assert result.reason
    else:
        assert result.value == pytest.approx(wanted, abs=1e-9)


@given(judgements, st.sampled_from(LEVELS))
@settings(max_examples=40)
def test_sparse_counts_say_the_same(rows: list[tuple[int, int]], level: Any) -> None:
    units, values = [row[0] for row in rows], [row[1] for row in rows]
    dense = alpha(units, values, level, Resampling(20))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(alpha.__globals__, "_DENSE", -1)
        sparse = alpha(units, values, level, Resampling(20))
    assert sparse.value == (None if dense.value is None else pytest.approx(dense.value, abs=1e-9))
    assert (sparse.items, sparse.judgements) == (dense.items, dense.judgements)


def test_no_value_comes_with_its_reason() -> None:
    assert alpha([1, 2, 3], ["a", "b", "a"]).reason == "no item has two judgements"
    assert alpha([], []).reason == "no item has two judgements"
    same = alpha([1, 1, 2, 2], ["a"] * 4)
    assert same.value is None
    assert same.reason.startswith("every judgement has the same value")
    assert (same.items, same.judgements) == (2, 4)


@pytest.mark.parametrize(
    ("units", "values", "level", "message"),
    [
        ([1], [1, 2], "nominal", "1 units but 2 values"),
        ([1, 1], ["low", "high"], "ordinal", "level ordinal takes numbers"),
        ([1, 1], [-1, 1], "ratio", "0 or more"),
        ([1, 1], [1.0, float("inf")], "interval", "finite"),
        ([1, 1], [1, 2], "nominel", "unknown level 'nominel'"),
    ],
)
def test_what_does_not_fit_is_refused(
    units: list[int], values: list[Any], level: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        alpha(units, values, level)


def simulated(seed: int, items: int, accuracy: float) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    truth = random.integers(0, 3, items)
    units = np.repeat(np.arange(items), 3)
    right = random.random(3 * items) < accuracy
    return units, np.where(right, truth[units], random.integers(0, 3, 3 * items))


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_the_interval_holds_the_true_alpha_as_often_as_it_says(level: Any) -> None:
    # The share of pairs that agree beyond chance: both answers must be informed.
    true = 0.8**2
    held = 0
    for seed in range(100):
        result = alpha(*simulated(seed, 150, 0.8), level, Resampling(200, seed=seed))
        assert result.low is not None
        assert result.high is not None
        assert result.value is not None
        assert result.low <= result.value <= result.high
        held += result.low <= true <= result.high
    assert stats.binom.cdf(held, 100, 0.95) > 0.001


def test_the_same_seed_gives_the_same_interval_and_another_another() -> None:
    data = simulated(1, 60, 0.7)
    assert alpha(*data, resampling=Resampling(100)) == alpha(*data, resampling=Resampling(100))
    assert alpha(*data, resampling=Resampling(100, seed=2)) != alpha(
        *data, resampling=Resampling(100)
    )


@pytest.mark.parametrize("level", ["nominal", "ordinal", "ratio"])
def test_clusters_widen_the_interval_when_their_units_repeat_each_other(level: Any) -> None:
    units, values = simulated(3, 80, 0.7)
    copies = np.concatenate([units + 80 * copy for copy in range(5)])
    repeated, owners = np.tile(values, 5), np.tile(units, 5)
    alone = alpha(copies, repeated, level, Resampling(300))
    grouped = alpha(copies, repeated, level, Resampling(300), clusters=owners)
    assert grouped.value == alone.value
    assert grouped.items == 80
    widths = [r.high - r.low for r in (grouped, alone)]  # type: ignore[operator]
    assert widths[0] > 1.7 * widths[1]
