"""Panels: errors in common, habits, what is withheld, and which machines are worth paying for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pipeline.agree import Resampling
from pipeline.raters.health import Reply, health
from pipeline.raters.worth import worth

FEW = Resampling(100)


def answers(seed: int, n: int, skills: tuple[float, ...], clones: float = 0.0) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, n)
    columns = [np.where(random.random(n) < skill, truth, 1 - truth) for skill in skills]
    if clones:
        columns += [np.where(random.random(n) < clones, truth, 1 - truth)] * 3
    return truth, np.stack(columns, axis=1)


def replies(table: Any) -> list[Reply]:
    return [
        Reply(i, f"r{r}", "ok", int(v)) for i, row in enumerate(table) for r, v in enumerate(row)
    ]


def test_clones_are_one_voter_and_their_posterior_is_withheld() -> None:
    truth, table = answers(0, 500, (), clones=0.7)
    found = health(replies(table), dict(enumerate(truth.tolist())))
    assert found.effective == pytest.approx(1.0)
    assert found.correlation[0] == ("r0", "r1", pytest.approx(1.0))
    assert found.withheld.startswith("errors correlate by 1.00: 3 machines are worth 1.0 voters")


def test_panel_b_is_withheld_and_panel_a_is_not() -> None:
    truth, table = answers(1, 1000, (0.85, 0.85), clones=0.7)
    found = health(replies(table), dict(enumerate(truth.tolist())))
    assert found.withheld.startswith("errors correlate by")
    assert found.effective is not None
    assert found.effective < 3
    truth, table = answers(1, 1000, (0.95, 0.95, 0.55, 0.55, 0.55))
    found = health(replies(table), dict(enumerate(truth.tolist())))
    assert found.withheld == ""
    assert found.accuracy["r0"] == pytest.approx(0.95, abs=0.02)
    assert found.effective == pytest.approx(5, abs=0.6)


def test_too_little_known_is_a_reason_too() -> None:
    truth, table = answers(0, 20, (0.8, 0.8))
    assert (
        "only 20 items have a known answer"
        in health(replies(table), dict(enumerate(truth.tolist()))).withheld
    )
    assert "no machine answered" in health(replies(table), {}).withheld
    assert "one machine alone" in health(replies(table[:, :1]), dict(enumerate(truth))).withheld
    with pytest.raises(ValueError, match="no replies"):
        health([], {})


def test_a_stub_that_takes_the_first_slot_is_exposed_and_a_reader_is_not() -> None:
    options = ["a", "b", "c", "d"]
    given = []
    for item in range(60):
        for ballot in (1, 2, 3, 4):
            shown = options[(item + ballot) % 4 :] + options[: (item + ballot) % 4]
            given.append(Reply(item, "lazy", "ok", shown[0], shown, ballot))
            given.append(Reply(item, "reader", "ok", options[item % 4], shown, ballot))
    lazy, reader = health(given, {}).habits
    assert (lazy.first_slot, lazy.by_chance, lazy.is_positional, lazy.flips) == (
        1.0,
        0.25,
        True,
        1.0,
    )
    assert (reader.is_positional, reader.flips, reader.repeated) == (False, 0.0, 60)
    assert reader.first_slot == 0.25


def test_refusals_and_unparseable_replies_are_told_per_language() -> None:
    given = [Reply(n, "m", "refused" if n < 3 else "ok", "a", language="dz") for n in range(4)]
    given += [
        Reply(9 + n, "m", "unparseable" if n < 1 else "ok", "a", language="en") for n in range(4)
    ]
    given += [Reply(20, "m", "ambiguous", language="en")]
    whole, dz, en = health(given, {}).habits
    assert (whole.language, whole.ballots, whole.refused.rate) == ("", 9, pytest.approx(1 / 3))
    assert (dz.language, dz.refused.rate, dz.unparseable.rate) == ("dz", 0.75, 0.0)
    assert (en.refused.rate, en.unparseable.rate, en.other.rate) == (0.0, 0.2, 0.2)
    assert dz.refused.low < 0.75 < dz.refused.high
    assert dz.first_slot is None


def rows(table: Any, names: str = "abcdef") -> list[tuple[int, str, int]]:
    return [(i, names[r], int(v)) for i, row in enumerate(table) for r, v in enumerate(row)]


def test_clones_add_nothing_and_one_good_machine_is_the_advice() -> None:
    truth, table = answers(2, 600, (0.9,), clones=0.7)
    found = worth(
        rows(table),
        dict(enumerate(truth.tolist())),
        {"a": 2, "b": 1, "c": 1, "d": 1},
        resampling=FEW,
    )
    assert found.best == "a"
    assert found.best_fair == pytest.approx(0.9, abs=0.03)
    assert found.aggregates["plurality"].value == pytest.approx((table[:, 1] == truth).mean())
    assert found.advice.startswith("Pay for one machine, a:")
    assert "the panel costs 2.5 times as much" in found.advice
    by = {member.rater: member for member in found.members}
    assert by["b"].marginal == pytest.approx(by["c"].marginal)
    assert by["b"].cost == 600
    first = found.steps[0]
    assert (first.added, first.cost) == ("a", 1200)
    assert max(step.accuracy for step in found.steps) == pytest.approx(first.accuracy)


def test_independent_machines_are_worth_combining() -> None:
    truth, table = answers(3, 800, (0.75, 0.75, 0.75, 0.75, 0.75))
    found = worth(rows(table), dict(enumerate(truth.tolist())), resampling=FEW)
    plain = found.aggregates["plurality"]
    assert plain.value == pytest.approx(0.896, abs=0.03)
    assert plain.low is not None
    assert plain.high is not None
    assert plain.low < plain.value < plain.high
    assert found.advice.startswith("All 5 combined by")
    assert all(member.marginal is not None and member.marginal > 0 for member in found.members)
    grown = [step.accuracy for step in found.steps]
    assert grown[-1] == max(grown)


def test_hindsight_flatters_and_the_fair_figure_does_not() -> None:
    """Six machines that all guess: the best of 40 items looks good, picked fairly it does not."""
    truth, table = answers(5, 40, (0.5,) * 6)
    found = worth(rows(table), dict(enumerate(truth.tolist())), resampling=FEW)
    best = next(member for member in found.members if member.rater == found.best)
    assert best.accuracy.value is not None
    assert found.best_fair is not None
    assert best.accuracy.value > found.best_fair + 0.03


def test_gold_weights_are_learned_apart_from_what_is_scored() -> None:
    truth, table = answers(6, 500, (0.95, 0.95, 0.55, 0.55, 0.55))
    known = dict(enumerate(truth.tolist()))
    found = worth(rows(table), known, gold=range(50), resampling=FEW)
    assert found.known == 450
    weighted, plain = found.aggregates["weighted"].value, found.aggregates["plurality"].value
    assert weighted is not None
    assert plain is not None
    assert weighted > plain + 0.03
    assert "weighted" not in worth(rows(table), known, resampling=FEW).aggregates
    with pytest.raises(ValueError, match="beside the gold"):
        worth(rows(table), known, gold=range(500))


def test_prices_per_right_answer() -> None:
    truth, table = answers(3, 800, (0.75, 0.75, 0.75))
    found = worth(
        rows(table),
        dict(enumerate(truth.tolist())),
        {"a": 0.01, "b": 0.01, "c": 0.01},
        resampling=FEW,
    )
    for member in found.members:
        assert member.marginal is not None
        if member.marginal > 0:
            assert member.cost_per_right == pytest.approx(0.01 / member.marginal)
