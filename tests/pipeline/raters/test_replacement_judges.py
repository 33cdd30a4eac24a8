"""Machines against people: the alternative annotator test and judges who score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from pipeline.agree import Resampling
from pipeline.raters.judges import calibration, judge_against_people, pearson
from pipeline.raters.replacement import alternative_annotator, benjamini_yekutieli


def published(
    machine: Any, people: Any, score: Any, epsilon: float, q: float
) -> tuple[float, float]:
    """The procedure as the paper states it, step by step: leave one out, t-test, BY, means."""
    p, wins = [], []
    for person, own in people.items():
        leads, firsts = [], []
        for item, answer in own.items():
            others = [a[item] for name, a in people.items() if name != person and item in a]
            f, h = score(machine[item], others), score(answer, others)
            leads.append(int(h >= f) - int(f >= h))
            firsts.append(int(f >= h))
        p.append(stats.ttest_1samp(leads, epsilon, alternative="less").pvalue)
        wins.append(np.mean(firsts))
    # scipy's own adjusted p-values, an independent way to the same rejections.
    rejected = stats.false_discovery_control(p, method="by") <= q
    return float(np.mean(rejected)), float(np.mean(wins))


def accuracy(answer: Any, others: list[Any]) -> float:
    return float(np.mean([answer == other for other in others]))


def closeness(answer: Any, others: list[Any]) -> float:
    return -float(np.sqrt(np.mean([(answer - other) ** 2 for other in others])))


def toy(
    seed: int, noise: float, people: int = 4, items: int = 80, scale: bool = False
) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    truth = random.integers(1, 6, items) if scale else random.integers(0, 3, items)

    def said(error: float) -> dict[int, int]:
        wrong = random.random(items) < error
        moved = truth + random.choice([-1, 1], items) if scale else random.integers(0, 3, items)
        return dict(enumerate(np.where(wrong, moved, truth).tolist()))

    return said(noise), {f"p{n}": said(0.3) for n in range(people)}


@pytest.mark.parametrize("noise", [0.1, 0.3, 0.4, 0.8])
@pytest.mark.parametrize("epsilon", [0.1, 0.2])
def test_it_follows_the_published_procedure_on_choices(noise: float, epsilon: float) -> None:
    for seed in range(4):
        machine, people = toy(seed, noise)
        ours = alternative_annotator(machine, people, epsilon=epsilon)
        theirs = published(machine, people, accuracy, epsilon, 0.05)
        assert (ours.winning_rate, ours.advantage) == pytest.approx(theirs)
        assert ours.passes == (theirs[0] >= 0.5)


def test_it_follows_the_published_procedure_on_scores() -> None:
    for seed in range(4):
        machine, people = toy(seed, 0.3, scale=True)
        ours = alternative_annotator(machine, people, epsilon=0.1, scoring="closeness")
        theirs = published(machine, people, closeness, 0.1, 0.05)
        assert (ours.winning_rate, ours.advantage) == pytest.approx(theirs)


def test_a_good_machine_passes_and_a_guesser_does_not() -> None:
    good = alternative_annotator(*toy(1, 0.05), epsilon=0.2)
    assert good.passes
    assert good.winning_rate == 1.0
    assert good.advantage is not None
    assert good.advantage > 0.85
    bad = alternative_annotator(*toy(1, 0.95), epsilon=0.2)
    assert (bad.passes, bad.winning_rate) == (False, 0.0)


def test_one_person_by_hand() -> None:
    """Three people, three items, and a machine that is with the two others wherever it can be.

    Person a stands alone on item 3, so the machine wins there and ties on 1 and 2.
    """
    people = {
        "a": {1: "x", 2: "x", 3: "y"},
        "b": dict.fromkeys((1, 2, 3), "x"),
        "c": dict.fromkeys((1, 2, 3), "x"),
    }
    done = alternative_annotator(dict.fromkeys((1, 2, 3), "x"), people, least=2)
    a = done.people[0]
    assert (a.machine_wins, a.person_wins) == (1.0, pytest.approx(2 / 3))
    lead = stats.ttest_1samp([0, 0, -1], 0.15, alternative="less").pvalue
    assert a.p == pytest.approx(lead)
    b = done.people[1]
    assert (b.machine_wins, b.person_wins, b.p, b.beaten) == (1.0, 1.0, 0.0, True)
    assert done.winning_rate == pytest.approx(2 / 3)


def test_people_with_too_little_in_common_are_left_out() -> None:
    machine, people = toy(0, 0.1)
    people["late"] = {n: people["p0"][n] for n in range(10)}
    people["alone"] = {1000 + n: 0 for n in range(50)}
    done = alternative_annotator(machine, people)
    assert done.left_out == ("late", "alone")
    assert len(done.people) == 4
    none = alternative_annotator(machine, {"late": people["late"], "p0": people["p0"]})
    assert none.winning_rate is None
    assert not none.passes
    assert "no person has 30 items" in none.reason
    two = alternative_annotator(machine, {"p0": people["p0"], "p1": people["p1"]})
    assert "2 people only" in two.reason
    with pytest.raises(ValueError, match="epsilon 2"):
        alternative_annotator(machine, people, epsilon=2)
    with pytest.raises(ValueError, match="unknown scoring"):
        alternative_annotator(machine, people, scoring="taste")  # type: ignore[arg-type]


def test_the_false_discovery_rate_control_is_scipys() -> None:
    random = np.random.default_rng(0)
    for _ in range(200):
        p = (random.random(random.integers(1, 12)) ** 3).tolist()
        theirs = (stats.false_discovery_control(p, method="by") <= 0.05).tolist()
        assert benjamini_yekutieli(p, 0.05) == theirs
    assert benjamini_yekutieli([], 0.05) == []


def test_a_judge_is_set_against_people() -> None:
    people = [1, 2, 3, 4, 5, 3, 2, 4] * 10
    judge = [min(5, score + 1) for score in people]
    found = judge_against_people(judge, people, scale=[1, 2, 3, 4, 5], resampling=Resampling(200))
    assert found.bias == pytest.approx(7 / 8)
    assert found.exact == pytest.approx(1 / 8)
    assert found.pearson.value == pytest.approx(stats.pearsonr(judge, people).statistic)
    assert found.pearson.low is not None
    # They rise together, but the values are not the same: kappa sees it and r does not.
    assert found.linear.value is not None
    assert found.quadratic.value is not None
    assert found.linear.value < found.quadratic.value < found.pearson.value
    with pytest.raises(ValueError, match="1 and 2 scores"):
        judge_against_people([1], [1, 2])


def test_pearson_is_scipys_and_undefined_where_nothing_varies() -> None:
    random = np.random.default_rng(1)
    one = random.normal(1e6, 3, 200)
    two = one + random.normal(0, 3, 200)
    assert pearson(one.tolist(), two.tolist()).value == pytest.approx(
        stats.pearsonr(one, two).statistic
    )
    flat = pearson([1, 1, 1], [1, 2, 3])
    assert flat.value is None
    assert "same score" in flat.reason
    assert pearson([1], [2]).reason.startswith("fewer than two")


def test_the_interval_of_pearson_holds() -> None:
    held = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        one = random.normal(size=150)
        two = 0.6 * one + 0.8 * random.normal(size=150)
        got = pearson(one.tolist(), two.tolist(), Resampling(200, seed=seed))
        assert got.low is not None
        assert got.high is not None
        held += got.low <= 0.6 <= got.high
    assert stats.binom.cdf(held, 100, 0.95) > 0.001


def test_calibration_by_hand() -> None:
    found = calibration([0.9, 0.9, 0.9, 0.9, 0.55, 0.55], [True, True, True, False, True, False])
    assert [(b.items, round(b.said, 2), b.right) for b in found.bins] == [
        (2, 0.55, 0.5),
        (4, 0.9, 0.75),
    ]
    assert found.error == pytest.approx((2 * 0.05 + 4 * 0.15) / 6)
    assert found.brier == pytest.approx((3 * 0.01 + 0.81 + 0.45**2 + 0.55**2) / 6)
    assert calibration([1.0], [True]).bins[0].high == 1.0
    assert calibration([], []).error is None
    with pytest.raises(ValueError, match="outside 0 to 1"):
        calibration([80], [True])
    with pytest.raises(ValueError, match="1 certainties and 2 outcomes"):
        calibration([0.5], [True, False])
