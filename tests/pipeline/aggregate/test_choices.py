"""Answers combined by each method: synthetic panels, ballots, ties, support, gold weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pipeline.aggregate.choices import METHODS, Ballot, accuracy_weight, combine


def ballots(answers: np.ndarray) -> list[Ballot]:
    return [Ballot(i, f"r{r}", int(v)) for i, row in enumerate(answers) for r, v in enumerate(row)]


def panel(seed: int, *skills: float, clones: float = 0.0, n: int = 1000) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, n)
    columns = [np.where(random.random(n) < skill, truth, 1 - truth) for skill in skills]
    if clones:
        columns += [np.where(random.random(n) < clones, truth, 1 - truth)] * 3
    return truth, np.stack(columns, axis=1)


def accuracy(done: Any, truth: Any) -> float:
    return float(np.mean([done.answers.get(i) == t for i, t in enumerate(truth)]))


def test_panel_a_weights_and_models_beat_equal_votes() -> None:
    got: dict[str, list[float]] = {method: [] for method in METHODS}
    for seed in range(5):
        truth, answers = panel(seed, 0.95, 0.95, 0.55, 0.55, 0.55)
        gold = {i: int(truth[i]) for i in range(50)}
        for method in METHODS:
            done = combine(ballots(answers), method, known=gold)
            assert done.withheld == ""
            got[method].append(accuracy(done, truth))
    mean = {method: float(np.mean(own)) for method, own in got.items()}
    assert mean["plurality"] == pytest.approx(0.876, abs=0.012)
    for method in METHODS[1:]:
        assert mean[method] > 0.93


def test_panel_b_certainty_of_clones_is_withheld_with_the_reason() -> None:
    truth, answers = panel(0, 0.85, 0.85, clones=0.70)
    for method in ("dawid_skene", "one_coin", "mace"):
        done = combine(ballots(answers), method)
        assert done.withheld.startswith("raters err together: r2 and r3 agree on 100%") or (
            "r0 and r1 agree on" in done.withheld
        )
        assert all(choice.certainty is None for choice in done.choices)
    assert accuracy(combine(ballots(answers), "dawid_skene"), truth) == pytest.approx(0.7, abs=0.03)


def test_certainty_is_told_where_raters_err_apart() -> None:
    truth, answers = panel(1, 0.9, 0.85, 0.8)
    done = combine(ballots(answers), "dawid_skene")
    sure = [c for c in done.choices if c.certainty is not None and c.certainty > 0.9]
    assert len(sure) > 500
    assert np.mean([truth[c.item] == c.value for c in sure]) > 0.9


def test_a_rater_speaks_with_the_plurality_of_its_ballots() -> None:
    given = [Ballot(1, "m", v, n) for n, v in enumerate("aab")]
    given += [Ballot(1, "split", v, n) for n, v in enumerate("ab")]
    given += [Ballot(1, "silent", None)]
    given += [Ballot(2, "split", v, n) for n, v in enumerate("ab")]
    one, two = combine(given).choices
    assert (one.value, one.votes, one.of, one.share) == ("a", 1, 1, 1.0)
    assert (two.value, two.reason, two.of) == (None, "undecided", 0)


def test_ties_and_low_support_are_named() -> None:
    tie = combine([Ballot(1, "x", "a"), Ballot(1, "y", "b")]).choices[0]
    assert (tie.value, tie.reason, tie.share) == (None, "tied", 0.5)
    few = combine([Ballot(1, "x", "a")], least=2).choices[0]
    assert (few.value, few.reason) == ("a", "low_support")
    thin = combine([Ballot(1, w, v) for w, v in zip("wxyz", "aabc", strict=True)]).choices[0]
    assert (thin.value, thin.reason, thin.share) == ("a", "low_support", 0.5)
    even = combine(
        [Ballot(i, w, v) for i in range(4) for w, v in zip("xy", "ab", strict=True)], "one_coin"
    )
    assert {c.reason for c in even.choices} == {"tied"}


def test_gold_weights_are_the_log_odds_of_accuracy() -> None:
    assert accuracy_weight(18, 20, 2) == pytest.approx(math.log(19 / 3))
    assert accuracy_weight(18, 20, 5) == pytest.approx(math.log(19 / 22 * 4 / (3 / 22)))
    assert accuracy_weight(4, 20, 2) == 0.0
    rows = [Ballot(i, "good", "a") for i in range(9)] + [
        Ballot(i, "bad", "ab"[i % 2]) for i in range(9)
    ]
    rows += [Ballot(9, "good", "a"), Ballot(9, "bad", "b"), Ballot(9, "new", "b")]
    done = combine(rows, "weighted", known=dict.fromkeys(range(9), "a"))
    assert done.weights["good"] == pytest.approx(math.log(10))
    assert done.weights["bad"] == pytest.approx(math.log(6 / 5))
    assert done.weights["new"] == pytest.approx((math.log(10) + math.log(6 / 5)) / 2)
    assert done.answers[9] == "a"


def test_when_all_weigh_nothing_their_votes_are_counted() -> None:
    rows = [Ballot(i, w, "b") for i in range(3) for w in "xyz"] + [Ballot(9, w, "b") for w in "xyz"]
    done = combine(rows, "weighted", known=dict.fromkeys(range(3), "a"))
    assert set(done.weights.values()) == {0.0}
    assert done.answers[9] == "b"


@pytest.mark.parametrize(
    ("rows", "method", "message"),
    [
        ([Ballot(1, "x", "a")], "magic", "unknown method 'magic'"),
        ([Ballot(1, "x", "a"), Ballot(1, "x", "b")], "plurality", "ballot 1 of item 1 twice"),
        ([Ballot(1, "x", "a")], "weighted", "need judgements of items whose answer is known"),
    ],
)
def test_what_cannot_be_combined_is_refused(rows: Any, method: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        combine(rows, method)


@pytest.mark.parametrize("method", METHODS[:1] + METHODS[2:])
def test_nothing_gives_nothing(method: Any) -> None:
    assert combine([], method).choices == ()
