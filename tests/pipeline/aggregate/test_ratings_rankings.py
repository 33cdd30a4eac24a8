"""Ratings with severity taken out; rankings nearest to all, against every order there is."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.aggregate.rankings import combine_rankings
from pipeline.aggregate.ratings import combine_ratings


def test_median_mean_and_spread() -> None:
    done = combine_ratings([("i", "a", 1), ("i", "b", 2), ("i", "c", 9)], least=3, widest=5)
    (one,) = done.ratings
    assert (one.median, one.mean, one.spread, one.raters) == (2.0, 4.0, 8.0, 3)
    assert one.reason == "split"
    assert combine_ratings([("i", "a", 1)], least=2).ratings[0].reason == "low_support"


def test_several_ballots_of_a_rater_count_once() -> None:
    (one,) = combine_ratings([("i", "a", 1), ("i", "a", 3), ("i", "b", 5)]).ratings
    assert (one.mean, one.raters) == (3.5, 2)


def test_a_severe_rater_is_found_and_no_longer_costs_the_items_they_rated() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(60, 15, 300)
    offset = {"a": 0.0, "b": 6.0, "c": -12.0, "d": 6.0}
    rows = []
    for item in range(300):
        for who in random.choice(list(offset), 2, replace=False):
            rows.append((item, str(who), truth[item] + offset[str(who)] + random.normal(0, 3)))
    done = combine_ratings(rows)
    assert done.severity == pytest.approx(offset, abs=0.8)
    plain = np.array([one.mean for one in done.ratings]) - truth[[o.item for o in done.ratings]]
    fair = np.array([one.adjusted for one in done.ratings]) - truth[[o.item for o in done.ratings]]
    assert fair.std() < 0.5 * plain.std()


def test_ratings_that_are_none() -> None:
    with pytest.raises(ValueError, match="no ratings"):
        combine_ratings([])
    with pytest.raises(ValueError, match="rater a gave item i the rating nan"):
        combine_ratings([("i", "a", float("nan"))])


def test_the_capital_of_tennessee() -> None:
    """The textbook election: 42 % Memphis first, 26 % Nashville, 15 % Chattanooga, 17 % Knoxville."""
    orders = {"m": "MNCK", "n": "NCKM", "c": "CKNM", "k": "KCNM"}
    weights = {"m": 42, "n": 26, "c": 15, "k": 17}
    done = combine_rankings(orders, weights=weights)
    assert done.order == ("N", "C", "K", "M")
    assert (done.winner, done.method, done.reason) == ("N", "kemeny", "")
    # 393 of 600 pairs, the score Kemeny's order has in this election.
    assert done.agreement == pytest.approx(393 / 600)


def test_a_circle_has_no_winner_and_is_tied() -> None:
    done = combine_rankings({1: "abc", 2: "bca", 3: "cab"})
    assert (done.winner, done.reason) == (None, "tied")
    assert combine_rankings({1: "ab"}, least=2).reason == "low_support"


@given(st.dictionaries(st.integers(0, 5), st.permutations("abcd"), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_no_order_does_better(orders: dict[int, list[str]]) -> None:
    def agreed(order: tuple[str, ...]) -> int:
        at = {option: n for n, option in enumerate(order)}
        return sum(
            at[o[i]] < at[o[j]] for o in orders.values() for i in range(4) for j in range(i + 1, 4)
        )

    scores = sorted((agreed(order) for order in permutations("abcd")), reverse=True)
    done = combine_rankings(orders)
    assert agreed(done.order) == scores[0]
    assert (done.reason == "tied") == (scores[0] == scores[1])
    assert done.agreement == pytest.approx(scores[0] / (6 * len(orders)))


def test_many_options_go_by_borda() -> None:
    order = list(range(14))
    done = combine_rankings({"a": order, "b": order, "c": list(reversed(order))})
    assert (done.order, done.method, done.winner) == (tuple(order), "borda", 0)
    assert done.agreement == pytest.approx(2 / 3)


def test_bad_rankings_are_refused() -> None:
    with pytest.raises(ValueError, match="no rankings"):
        combine_rankings({})
    with pytest.raises(ValueError, match="rater a ranks an option twice"):
        combine_rankings({"a": "xx"})
    with pytest.raises(ValueError, match="weight -1"):
        combine_rankings({"a": "xy"}, weights={"a": -1})
