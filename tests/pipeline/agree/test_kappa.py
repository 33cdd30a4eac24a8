"""Kappas against published tables and identities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.agree import Resampling, cohen, fleiss, gwet, per_cent

FLEISS = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip
TWO_BY_TWO = (["yes"] * 25 + ["no"] * 25, ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15)


def test_cohen_of_the_two_by_two_table() -> None:
    result = cohen(*TWO_BY_TWO)
    assert result.value == pytest.approx(0.40)
    assert (result.items, result.judgements) == (50, 100)


def test_fleiss_of_fourteen_raters() -> None:
    assert fleiss(FLEISS).value == pytest.approx(0.210, abs=0.0005)


def four_raters() -> np.ndarray:
    table = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
    counts = np.zeros((12, 5))
    for row in table:
        for unit, value in enumerate(row):
            if value != ".":
                counts[unit, int(value) - 1] += 1
    return counts


def test_gwet_of_krippendorffs_table_with_missing_data() -> None:
    """The figures that irrCAC documents for the four-rater table: 0.77544, of 0.81818 per cent."""
    counts = four_raters()
    assert per_cent(counts).value == pytest.approx(0.81818, abs=0.00001)
    assert gwet(counts).value == pytest.approx(0.77544, abs=0.00001)


@pytest.mark.parametrize(("weights", "power"), [("linear", 1), ("quadratic", 2)])
def test_weighted_gwet_is_what_its_definition_says(weights: Any, power: int) -> None:
    """AC2 by its formula (Gwet 2014, ch. 5): weighted pairs, chance T / (q (q - 1)) x spread."""
    counts, size = four_raters(), 5
    w = [[1 - (abs(k - j) / (size - 1)) ** power for j in range(size)] for k in range(size)]
    seen, shares = [], np.zeros(size)
    used = [row for row in counts if row.sum()]
    for row in used:
        r = row.sum()
        shares += row / r / len(used)
        if r >= 2:
            near = sum(
                row[k] * (sum(w[k][j] * row[j] for j in range(size)) - 1) for k in range(size)
            )
            seen.append(near / (r * (r - 1)))
    chance = sum(map(sum, w)) * sum(p * (1 - p) for p in shares) / (size * (size - 1))
    wanted = (np.mean(seen) - chance) / (1 - chance)
    assert gwet(counts, weights=weights).value == pytest.approx(wanted)
    assert gwet(counts, weights=weights, positions=[1, 2, 3, 4, 5]).value == pytest.approx(wanted)
    with pytest.raises(ValueError, match="2 positions for 5 values"):
        gwet(counts, weights=weights, positions=[1, 2])


def test_per_cent_agreement_by_hand() -> None:
    """Of three items one pair agrees wholly, one not; of three raters one pair of three does."""
    assert per_cent([[2, 0], [1, 1], [2, 1]]).value == pytest.approx((1 + 0 + 1 / 3) / 3)
    assert per_cent([[1, 0]]).reason == "no item has two judgements"


def test_gwet_stays_high_where_one_value_is_very_common() -> None:
    counts = np.array([[2, 0]] * 118 + [[1, 1]] * 7)
    agreed = fleiss(counts).value
    steady = gwet(counts).value
    assert agreed is not None
    assert steady is not None
    assert agreed < 0 < 0.9 < steady


answers = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=40)


@given(answers)
def test_quadratic_weights_give_lins_concordance(pairs: list[tuple[int, int]]) -> None:
    one, two = np.array(pairs).T
    spread = one.var() + two.var() + (one.mean() - two.mean()) ** 2
    assume(spread > 0)
    concordance = 2 * np.cov(one, two, bias=True)[0, 1] / spread
    got = cohen(one.tolist(), two.tolist(), "quadratic")
    assert got.value == pytest.approx(concordance, abs=1e-9)


@given(answers)
def test_linear_weights_average_the_two_way_splits(pairs: list[tuple[int, int]]) -> None:
    one, two = np.array(pairs).T
    seen = chance = 0.0
    for cut in range(4):
        a, b = one > cut, two > cut
        seen += float((a != b).mean())
        chance += float(a.mean() * (1 - b.mean()) + b.mean() * (1 - a.mean()))
    assume(chance > 1e-12)
    got = cohen(one.tolist(), two.tolist(), "linear", order=range(5))
    assert got.value == pytest.approx(1 - seen / chance, abs=1e-9)


def test_named_answers_need_their_order_for_weights() -> None:
    one, two = ["low", "mid", "high"], ["low", "high", "high"]
    assert cohen(one, two, "linear", order=["low", "mid", "high"]).value == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="need the order"):
        cohen(one, two, "linear")
    with pytest.raises(ValueError, match="lacks 'high'"):
        cohen(one, two, "linear", order=["low", "mid"])


def test_what_cannot_be_told_or_is_wrong() -> None:
    assert cohen([], []).reason == "the raters share no item"
    assert cohen(["a", "a"], ["a", "a"]).value is None
    assert fleiss([[3, 0], [3, 0]]).value is None
    assert fleiss(np.zeros((0, 2))).reason == "there is no item"
    assert gwet([[1, 0], [0, 1]]).reason == "no item has two judgements"
    with pytest.raises(ValueError, match="2 to 3 raters"):
        fleiss([[2, 0], [2, 1]])
    with pytest.raises(ValueError, match="1 and 2 answers"):
        cohen(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="table of items by values"):
        gwet([1, 2])


def test_intervals_lie_around_the_value_and_repeat() -> None:
    for result in (
        cohen(*TWO_BY_TWO, resampling=Resampling(500)),
        fleiss(FLEISS, Resampling(500)),
        gwet(FLEISS, Resampling(500)),
    ):
        assert result.low is not None
        assert result.high is not None
        assert result.value is not None
        assert result.low < result.value < result.high
    assert fleiss(FLEISS, Resampling(500)) == fleiss(FLEISS, Resampling(500))


def test_cohens_interval_has_the_width_of_the_large_sample_error() -> None:
    """The standard error of Fleiss, Cohen and Everitt (1969), formula 13, for the two-way table."""
    p = np.array([[20, 5], [10, 15]]) / 50
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    seen, chance = float(np.trace(p)), float(rows @ columns)
    same = sum(
        p[i, i] * ((1 - chance) - (rows[i] + columns[i]) * (1 - seen)) ** 2 for i in range(2)
    )
    other = (1 - seen) ** 2 * sum(
        p[i, j] * (columns[i] + rows[j]) ** 2 for i in range(2) for j in range(2) if i != j
    )
    rest = (seen * chance - 2 * chance + seen) ** 2
    error = float(np.sqrt((same + other - rest) / (50 * (1 - chance) ** 4)))
    result = cohen(*TWO_BY_TWO, resampling=Resampling(4000))
    assert result.low is not None
    assert result.high is not None
    assert (result.high - result.low) / (2 * 1.96) == pytest.approx(error, rel=0.08)
