"""Certificates: published plans and intervals, and coverage of the stated confidence."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.certify import (
    certificate,
    finite_interval,
    interval,
    plan,
    sequential,
    two_point_plan,
    upper_bound,
    upper_count,
    wilson,
    wilson_size,
)

ENDLESS = """
.01 230/388/531/667/926 299/473/628/773/1049 459/662/838/1001/1307
.02 114/194/265/333/462 149/236/313/386/523 228/330/418/499/652
.05 45/77/105/132/184 59/93/124/153/208 90/130/165/198/259
.10 22/38/52/65/91 29/46/61/76/103 44/64/81/97/127
.20 11/18/25/32/45 14/22/30/37/50 21/31/39/47/62
"""


@pytest.mark.parametrize("line", ENDLESS.split("\n")[1:-1])
def test_zero_to_c_plans_of_a_lot_without_end(line: str) -> None:
    rate, *columns = line.split()
    for confidence, column in zip((0.90, 0.95, 0.99), columns, strict=True):
        wanted = [int(n) for n in column.split("/")]
        allowed = (0, 1, 2, 3, 5)
        assert [plan(float(rate), c, confidence) for c in allowed] == wanted


@pytest.mark.parametrize(
    ("frame", "rate", "wanted"),
    [
        (200, 0.02, [90, 131, 162]),
        (200, 0.05, [47, 72, 93]),
        (200, 0.10, [26, 40, 53]),
        (1000, 0.02, [132, 206, 269]),
        (1000, 0.05, [56, 88, 117]),
        (1000, 0.10, [28, 45, 59]),
    ],
)
def test_zero_to_c_plans_of_a_finite_lot(frame: int, rate: float, wanted: list[int]) -> None:
    assert [plan(rate, c, 0.95, frame) for c in (0, 1, 2)] == wanted


@pytest.mark.parametrize(
    ("errors", "n", "exact", "score"),
    [
        (0, 50, (0.0, 7.1), (0.0, 7.1)),
        (2, 100, (0.2, 7.0), (0.6, 7.0)),
        (17, 100, (10.2, 25.8), (10.9, 25.5)),
        (51, 300, (12.9, 21.7), (13.2, 21.7)),
    ],
)
def test_two_sided_intervals(
    errors: int, n: int, exact: tuple[float, float], score: tuple[float, float]
) -> None:
    one, two = interval(n, errors), wilson(n, errors)
    assert (round(100 * one.low, 1), round(100 * one.high, 1)) == exact
    assert (round(100 * two.low, 1), round(100 * two.high, 1)) == score
    for ours, method in ((one, "exact"), (two, "wilson")):
        theirs = stats.binomtest(errors, n).proportion_ci(0.95, method=method)
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_the_acceptable_share_of_a_hundred_judged_translations() -> None:
    accepted = interval(100, 83)
    assert (round(accepted.low, 3), round(accepted.high, 3)) == (0.742, 0.898)


def test_wilson_sizes_for_five_points() -> None:
    assert [wilson_size(p, 0.05) for p in (0.05, 0.10, 0.17, 0.50)] == [83, 141, 216, 381]


def test_plans_that_tell_good_from_bad() -> None:
    assert two_point_plan(0.02, 0.08) == (129, 5)
    assert two_point_plan(0.05, 0.15) == (93, 8)


def test_walds_test_needs_about_the_published_number_of_items() -> None:
    import numpy as np

    for true, wanted in ((0.02, 82), (0.08, 60)):
        lengths, wrong = [], 0
        for run in range(300):
            draws = np.random.default_rng(run).random(2000) < true
            errors = 0
            for n, error in enumerate(draws, start=1):
                errors += int(error)
                said = sequential(n, errors, 0.02, 0.08)
                if said != "continue":
                    break
            lengths.append(n)
            wrong += said == ("refuse" if true == 0.02 else "accept")
        assert np.mean(lengths) == pytest.approx(wanted, abs=8)
        assert wrong / 300 < 0.08


@given(st.integers(1, 400), st.data())
def test_the_bound_is_the_rate_at_which_so_few_errors_become_unlikely(
    n: int, data: st.DataObject
) -> None:
    errors = data.draw(st.integers(0, n - 1))
    upper = upper_bound(n, errors, 0.95)
    assert stats.binom.cdf(errors, n, upper) == pytest.approx(0.05, abs=1e-9)


@given(st.integers(1, 60), st.data())
def test_the_finite_bound_agrees_with_counting_all_samples(frame: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(0, frame))
    errors = data.draw(st.integers(0, n))
    possible = [
        bad
        for bad in range(errors, frame - n + errors + 1)
        if sum(comb(bad, k) * comb(frame - bad, n - k) for k in range(errors + 1))
        > 0.05 * comb(frame, n) * (1 + 1e-12)
    ]
    assert upper_count(frame, n, errors, 0.95) == max(possible)


@given(st.integers(1, 200), st.data())
def test_a_finite_frame_is_never_worse_than_one_without_end(
    frame: int, data: st.DataObject
) -> None:
    n = data.draw(st.integers(1, frame))
    errors = data.draw(st.integers(0, n))
    finite, endless = certificate(frame, n, errors, 0.9), certificate(None, n, errors, 0.9)
    assert finite.upper <= endless.upper + 1 / frame
    low, high = finite_interval(frame, n, errors)
    assert errors <= low <= high <= frame - (n - errors)


def test_judging_everything_leaves_no_doubt() -> None:
    bound = certificate(80, 80, 3, 0.99)
    assert (bound.upper_count, bound.upper, bound.method) == (3, 3 / 80, "hypergeometric")
    assert finite_interval(80, 80, 3) == (3, 3)


def test_an_empty_sample_proves_nothing() -> None:
    assert certificate(None, 0, 0, 0.95).upper == 1.0
    assert certificate(50, 0, 0, 0.95).upper_count == 50
    assert certificate(50, 0, 0, 0.95).rate is None


def test_the_plan_certifies_what_it_promises_and_no_smaller_one_does() -> None:
    for frame in (None, 137, 1000):
        for allowed in (0, 2):
            n = plan(0.07, allowed, 0.95, frame)
            assert certificate(frame, n, allowed, 0.95).upper <= 0.07
            assert certificate(frame, n - 1, allowed, 0.95).upper > 0.07


def test_certificates_hold_as_often_as_they_say() -> None:
    """Over all samples of a lot, the bound lies below the truth in at most 5 % of them."""
    frame, n = 120, 40
    for bad in (1, 4, 12, 30):
        missed = sum(
            stats.hypergeom.pmf(errors, frame, bad, n)
            for errors in range(min(bad, n) + 1)
            if upper_count(frame, n, errors, 0.95) < bad
        )
        assert missed <= 0.05


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: certificate(10, 11, 0, 0.95), "11 items cannot be drawn from a frame of 10"),
        (lambda: certificate(None, 5, 6, 0.95), "6 errors among 5 items"),
        (lambda: certificate(None, 5, -1, 0.95), "-1 errors"),
        (lambda: certificate(None, 5, 0, 95), "confidence is 95"),
        (lambda: interval(0, 0), "at least 1 item"),
        (lambda: plan(0.0), "rate is 0.0"),
        (lambda: plan(0.05, -1), "allowed is -1"),
        (lambda: plan(0.02, 5, 0.95, 100), "5 errors cannot certify"),
        (lambda: two_point_plan(0.1, 0.05), "must rise"),
        (lambda: sequential(3, 0, 0.1, 0.2, 0.7), "risk is 0.7"),
    ],
)
def test_what_cannot_be_is_refused(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
