"""Bounds that carry what judges miss, rates from unequal chances, and plans: coverage and tables."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pipeline.certify import (
    acceptance,
    certificate,
    missed_bound,
    plans,
    sequential,
    weighted_rate,
)


def test_perfect_judges_leave_nearly_the_bound_they_saw() -> None:
    bound = missed_bound(None, 300, 3, 4000, 4000)
    assert bound.catch == 1.0
    assert bound.seen == certificate(None, 300, 3, 0.975).upper
    assert bound.seen < bound.upper < 1.001 * bound.seen


def test_a_judge_who_misses_half_doubles_the_bound_and_more() -> None:
    bound = missed_bound(None, 300, 3, 40, 20)
    assert bound.rate == pytest.approx(0.02)
    assert bound.upper > 2 * bound.seen
    assert bound.upper == pytest.approx(
        stats.beta.ppf(0.975, 4, 297) / stats.beta.ppf(0.025, 20, 21)
    )


def test_without_planted_errors_nothing_is_bounded() -> None:
    bound = missed_bound(None, 300, 0, 0, 0)
    assert (bound.upper, bound.rate, bound.catch) == (1.0, None, None)
    assert "no planted error was judged" in bound.reason
    blind = missed_bound(None, 300, 5, 20, 0)
    assert blind.upper == 1.0
    assert "caught so few" in blind.reason
    with pytest.raises(ValueError, match="21 errors among 20"):
        missed_bound(None, 300, 0, 20, 21)


@pytest.mark.parametrize(
    ("rate", "catch"), [(0.02, 0.9), (0.02, 0.5), (0.10, 0.7), (0.005, 0.95), (0.3, 0.8)]
)
def test_the_bound_holds_as_often_as_it_says(rate: float, catch: float) -> None:
    """Exactly, over everything that 200 judged and 40 planted items can show."""
    n, planted = 200, 40
    held = 0.0
    for errors in range(n + 1):
        chance = stats.binom.pmf(errors, n, rate * catch)
        if chance < 1e-9:
            continue
        for caught in range(planted + 1):
            weight = chance * stats.binom.pmf(caught, planted, catch)
            if weight > 1e-9:
                held += weight * (missed_bound(None, n, errors, planted, caught).upper >= rate)
    assert held >= 0.95 - 1e-6


def simulated(seed: int, size: int, audit: float) -> tuple[list[tuple[bool, float]], float]:
    """A set whose hard items are all judged and are often wrong; the rest are audited."""
    random = np.random.default_rng(seed)
    hard = random.random(size) < 0.3
    wrong = random.random(size) < np.where(hard, 0.4, 0.04)
    chance = np.where(hard, 1.0, audit)
    seen = random.random(size) < chance
    return list(zip(wrong[seen].tolist(), chance[seen].tolist(), strict=True)), float(wrong.mean())


@pytest.mark.parametrize("audit", [0.05, 0.2])
def test_the_weighted_interval_holds_the_true_rate(audit: float) -> None:
    held, raw = 0, []
    for seed in range(200):
        judged, true = simulated(seed, 2000, audit)
        got = weighted_rate(judged, 2000)
        assert got.rate is not None
        assert got.low <= got.rate <= got.high
        held += got.low <= true <= got.high
        assert got.raw is not None
        raw.append(got.raw - true)
    assert held >= 185
    # The share of errors among what was judged is no estimate at all.
    assert min(raw) > 0.05


def test_varying_chances_hold_too() -> None:
    held = 0
    for seed in range(200):
        random = np.random.default_rng(1000 + seed)
        doubt = random.random(3000)
        wrong = random.random(3000) < 0.02 + 0.3 * doubt**2
        chance = 0.03 + 0.3 * doubt
        seen = random.random(3000) < chance
        got = weighted_rate(zip(wrong[seen].tolist(), chance[seen].tolist(), strict=True), 3000)
        held += got.low <= wrong.mean() <= got.high
        assert got.worth <= seen.sum()
    assert held >= 180


def test_equal_chances_are_a_plain_sample() -> None:
    got = weighted_rate([(k < 3, 0.1) for k in range(100)], 1000)
    assert got.rate == pytest.approx(0.03)
    assert got.worth == pytest.approx(100)
    exact = stats.binomtest(3, 100).proportion_ci(0.95, method="exact")
    assert (got.low, got.high) == pytest.approx((exact.low, exact.high), abs=1e-6)
    none = weighted_rate([(False, 0.1)] * 50, 500)
    assert (none.low, none.high) == pytest.approx((0.0, 0.071), abs=0.001)


def test_judging_everything_is_exact_and_judging_none_of_the_rest_is_nothing() -> None:
    whole = weighted_rate([(k < 3, 1.0) for k in range(10)], 10)
    assert (whole.rate, whole.low, whole.high) == (0.3, 0.3, 0.3)
    part = weighted_rate([(True, 1.0)] * 2, 10)
    assert (part.rate, part.low, part.high) == (None, 0.2, 1.0)
    assert "nothing is known of the rest" in part.reason
    with pytest.raises(ValueError, match="3 items cannot be judged in a frame of 2"):
        weighted_rate([(True, 1.0)] * 3, 2)
    with pytest.raises(ValueError, match="a chance of 0 cannot be"):
        weighted_rate([(True, 0.0)], 2)


def test_plans_with_more_errors_allowed_fail_a_good_lot_less_often() -> None:
    made = plans(0.05, 0.95, hoped=0.01)
    assert [(one.allowed, one.n) for one in made] == [
        (0, 59),
        (1, 93),
        (2, 124),
        (3, 153),
        (4, 181),
        (5, 208),
    ]
    chances = [one.passes for one in made]
    assert chances == sorted(chances)  # type: ignore[type-var]
    assert chances[0] == pytest.approx(0.99**59)
    assert [one.n for one in plans(0.02, frame_size=200, most=2)] == [90, 131, 162]
    assert [one.allowed for one in plans(0.02, frame_size=100)] == [0, 1, 2]


def test_the_chance_of_passing_is_that_of_the_draw() -> None:
    assert acceptance(59, 0, 0.05) == pytest.approx(0.95**59)
    assert acceptance(10, 1, 0.2, 20) == pytest.approx(stats.hypergeom.cdf(1, 20, 4, 10))
    assert acceptance(50, 3, 0.0) == 1.0


@pytest.mark.parametrize(
    ("good", "bad", "rates", "wanted"),
    [
        (0.02, 0.08, (0.01, 0.02, 0.05, 0.08, 0.12), (61, 82, 108, 60, 32)),
        (0.05, 0.15, (0.025, 0.05, 0.10, 0.15, 0.225), (37, 56, 79, 43, 21)),
    ],
)
def test_the_average_length_of_walds_test(
    good: float, bad: float, rates: tuple[float, ...], wanted: tuple[int, ...]
) -> None:
    """The published averages; the walk is the test's own score, checked against it at the end."""
    up, down = math.log(bad / good), math.log((1 - bad) / (1 - good))
    limit = math.log(19)
    for rate, mean in zip(rates, wanted, strict=True):
        draws = np.random.default_rng(7).random((3000, 1500)) < rate
        score = np.where(draws, up, down).cumsum(axis=1)
        ends = (np.abs(score) >= limit).argmax(axis=1)
        assert ends.mean() + 1 == pytest.approx(mean, rel=0.06)
        for walk in range(20):
            n = int(ends[walk]) + 1
            errors = int(draws[walk, :n].sum())
            said = sequential(n, errors, good, bad)
            assert said == ("refuse" if score[walk, n - 1] > 0 else "accept")
            before = sequential(n - 1, int(draws[walk, : n - 1].sum()), good, bad)
            assert before == "continue"
