"""The routing simulator: counts by hand, limits that bite, and intervals that hold."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy import stats

from pipeline.simulate import Known, Thresholds, by_language, frontier, simulate


def item(key: str, entropy: float = 0.0, **more: Any) -> Known:
    given = {
        "language": "es",
        "voters": 3.0,
        "labels": frozenset({"PER"}),
        "is_wrong": False,
        "seconds": 30.0,
    }
    return Known(key, entropy=entropy, **{**given, **more})


FOUR = [
    item("a"),
    item("b", is_wrong=True),
    item("c", 1.0, is_wrong=True, seconds=60),
    item("d", 0.5, labels=frozenset({"LOC"}), language="dz"),
]


def test_what_each_limit_sends_by_hand() -> None:
    strict = simulate(FOUR, Thresholds())
    assert (strict.seen, strict.hours, strict.error) == (2, pytest.approx(90 / 3600), 0.25)
    assert strict.accepted_error == 0.5
    loose = simulate(FOUR, Thresholds(max_entropy=1.0))
    assert (loose.seen, loose.hours, loose.error) == (0, 0, 0.5)
    by_label = simulate(FOUR, Thresholds(max_entropy=1.0, labels=frozenset({"PER"})))
    assert (by_label.seen, by_label.error) == (3, 0.0)
    by_tongue = simulate(FOUR, Thresholds(max_entropy=1.0, languages=frozenset({"dz"})))
    assert (by_tongue.seen, by_tongue.error) == (1, 0.5)
    by_voters = simulate(FOUR, Thresholds(max_entropy=1.0, min_voters=4))
    assert (by_voters.seen, by_voters.error, by_voters.reason) == (4, 0.0, "")


def test_an_item_stands_for_one_over_its_chance() -> None:
    drawn = [item(str(n), is_wrong=n == 0, chance=0.1) for n in range(10)]
    routed = [item(f"r{n}", 1.0, is_wrong=True) for n in range(50)]
    got = simulate([*drawn, *routed], Thresholds())
    assert (got.frame_size, got.seen) == (pytest.approx(150), 50)
    assert got.error == pytest.approx(10 / 150)
    scaled = simulate([*drawn, *routed], Thresholds(), frame_size=1500)
    assert scaled.seen == pytest.approx(500)
    assert scaled.hours == pytest.approx(500 * 30 / 3600)
    assert scaled.error == pytest.approx(10 / 150)
    assert "judge a larger audit" in got.reason


def test_an_audit_costs_hours_and_takes_errors_out() -> None:
    plain, audited = (simulate(FOUR, Thresholds(audit_share=share)) for share in (0.0, 0.5))
    assert audited.seen == plain.seen + 1
    assert audited.error == plain.error / 2  # type: ignore[operator]


def test_the_frontier_falls_in_hours_and_rises_in_errors() -> None:
    random = np.random.default_rng(0)
    items = []
    for n in range(400):
        entropy = float(random.choice([0.0, 0.6, 0.9, 1.5]))
        items.append(item(str(n), entropy, is_wrong=bool(random.random() < 0.05 + 0.3 * entropy)))
    outcomes = frontier(items, [1.5, 0.0, 0.6, 0.9])
    assert [o.thresholds.max_entropy for o in outcomes] == [0.0, 0.6, 0.9, 1.5]
    hours = [o.hours for o in outcomes]
    errors = [o.error for o in outcomes]
    assert hours == sorted(hours, reverse=True)
    assert errors == sorted(errors)  # type: ignore[type-var]
    assert outcomes[-1].hours == 0
    for outcome in outcomes:
        assert outcome.error_low <= outcome.error <= outcome.error_high  # type: ignore[operator]


def test_each_language_by_itself() -> None:
    dz, es = by_language(FOUR, Thresholds(), {"es": 300})
    assert (dz.language, dz.seen, dz.error) == ("dz", 1, 0.0)
    assert (es.language, es.frame_size, es.seen) == ("es", pytest.approx(300), pytest.approx(100))


def test_no_error_found_is_not_no_error() -> None:
    clean = simulate([item(str(n)) for n in range(59)], Thresholds())
    assert clean.error == 0.0
    assert clean.error_high == pytest.approx(stats.beta.ppf(0.975, 1, 59))


@pytest.mark.parametrize("audit", [0.1, 0.3])
def test_the_interval_holds_the_true_error_of_the_set(audit: float) -> None:
    held = 0
    for seed in range(150):
        random = np.random.default_rng(seed)
        hard = random.random(2000) < 0.3
        wrong = random.random(2000) < np.where(hard, 0.5, 0.08)
        chance = np.where(hard, 1.0, audit)
        drawn = np.flatnonzero(random.random(2000) < chance)
        items = [
            item(str(n), float(hard[n]), is_wrong=bool(wrong[n]), chance=float(chance[n]))
            for n in drawn
        ]
        got = simulate(items, Thresholds(), frame_size=2000, seed=seed)
        true = (wrong & ~hard).mean()
        held += got.error_low <= true <= got.error_high  # type: ignore[operator]
    assert held >= 135


def test_bad_items_are_refused_and_the_outcome_is_json() -> None:
    with pytest.raises(ValueError, match="no judged items"):
        simulate([], Thresholds())
    with pytest.raises(ValueError, match="no judged items"):
        simulate(FOUR, Thresholds(), language="xx")
    with pytest.raises(ValueError, match="item a has a chance of 0"):
        simulate([item("a", chance=0.0)], Thresholds())
    said = json.loads(
        json.dumps(simulate(FOUR, Thresholds(labels=frozenset({"B", "A"}))).as_dict())
    )
    assert said["thresholds"]["labels"] == ["A", "B"]
