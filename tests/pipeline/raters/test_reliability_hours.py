"""People: checks on their work, hard languages against able people, hours, pay and fatigue."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from pipeline.raters.difficulty import difficulty
from pipeline.raters.hours import PAUSE, Worked, fatigue, hours, pay
from pipeline.raters.reliability import twins


def test_one_who_scores_twins_equal_is_flagged_within_twelve_pairs() -> None:
    flat = twins([(70, 70)] * 12)
    assert (flat.p, flat.is_flagged, flat.drop) == (1.0, True, 0.0)
    assert flat.lower is not None
    assert flat.lower.rate == 0.0
    assert not twins([(70, 70)] * 5).is_flagged


def test_the_twins_test_is_wilcoxons_and_a_reader_passes() -> None:
    random = np.random.default_rng(0)
    good = random.uniform(60, 95, 12)
    bad = good - random.normal(30, 20, 12)
    found = twins(list(zip(good, bad, strict=True)))
    assert found.p == pytest.approx(stats.wilcoxon(good - bad, alternative="greater").pvalue)
    assert not found.is_flagged
    assert found.drop == pytest.approx(float((good - bad).mean()))
    assert twins([]).p is None


def answered(
    seed: int, abilities: dict[str, float], languages: dict[str, float], who: Any
) -> list[Any]:
    random = np.random.default_rng(seed)
    rows = []
    for person, own in who.items():
        for language in own:
            chance = 1 / (1 + np.exp(-(1.0 + abilities[person] + languages[language])))
            rows += [(person, language, bool(random.random() < chance)) for _ in range(300)]
    return rows


def test_a_hard_language_is_told_from_weak_people_by_those_who_do_both() -> None:
    """A weak person works in the easy language only: raw shares make it look as hard as the other."""
    abilities = {"ana": 0.8, "ben": 0.8, "cem": -1.6}
    languages = {"es": 0.8, "dz": -0.8}
    who = {"ana": ("es", "dz"), "ben": ("es", "dz"), "cem": ("es",)}
    found = difficulty(answered(0, abilities, languages, who))
    assert found.is_linked
    assert found.reason == ""
    effect = {one.name: one for one in (*found.people, *found.languages)}
    assert effect["ana"].effect - effect["cem"].effect == pytest.approx(2.4, abs=0.5)
    assert effect["es"].effect - effect["dz"].effect == pytest.approx(1.6, abs=0.45)
    assert effect["cem"].answers == 300
    assert effect["es"].fair - effect["dz"].fair > effect["es"].raw - effect["dz"].raw
    assert 0 < effect["cem"].error < 1.2


def test_languages_without_a_common_person_cannot_be_told_apart() -> None:
    found = difficulty([("ana", "es", True), ("ben", "dz", False)] * 20)
    assert not found.is_linked
    assert "cannot be told apart" in found.reason
    with pytest.raises(ValueError, match="no answers"):
        difficulty([])


def test_the_fit_is_the_maximum_of_the_penalised_likelihood() -> None:
    from scipy import optimize

    rows = answered(2, {"a": 1.0, "b": -1.0}, {"x": 0.3, "y": -0.3}, {"a": "xy", "b": "xy"})
    found = difficulty(rows)
    at = {"a": 1, "b": 2, "x": 3, "y": 4}

    def loss(effects: Any) -> float:
        whole = 0.125 * float((effects[1:] ** 2).sum()) + 0.5e-6 * effects[0] ** 2
        for person, language, right in rows:
            eta = effects[0] + effects[at[person]] + effects[at[language]]
            whole += float(np.log1p(np.exp(-eta if right else eta)))
        return whole

    best = optimize.minimize(loss, np.zeros(5), method="BFGS").x
    ours = [one.effect for one in (*found.people, *found.languages)]
    assert ours == pytest.approx(best[1:], abs=1e-3)


def test_perfect_answers_stay_finite() -> None:
    found = difficulty([("ana", "es", True)] * 50)
    assert found.people[0].effect < 5
    assert found.people[0].fair > 0.9


def test_active_time_leaves_out_pauses_and_what_was_hidden() -> None:
    assert Worked("a", "es", 0, 40, 15).active == 25
    assert Worked("a", "es", 0, 4000).active == PAUSE
    assert Worked("a", "es", 0, 5, 9).active == 0


def test_hours_per_language_and_what_is_left() -> None:
    rows = [Worked(who, "es", n, 20 if who == "a" else 40) for who in "ab" for n in range(10)]
    rows += [Worked("a", "dz", n, 60) for n in range(10)]
    dz, es = hours(rows, {"es": 360, "dz": 60})
    assert (dz.language, dz.items, dz.people, dz.hours, dz.hours_left) == (
        "dz",
        10,
        1,
        pytest.approx(1 / 6),
        1.0,
    )
    assert (es.median, es.mean, es.hours_left) == (30.0, 30.0, 3.0)
    half = 12.706 * np.std([20, 40], ddof=1) / np.sqrt(2)
    assert es.hours_left_high == pytest.approx(3 * (30 + half) / 30, rel=1e-3)
    assert es.hours_left_low == 0.0
    assert (dz.hours_left_low, dz.hours_left_high) == (0.0, 2.0)


def test_the_published_worked_example_of_a_fair_price() -> None:
    """Floor 9.19 an hour, 21 times of which the sixteenth is 26 minutes: 3.98 per task."""
    minutes = [*range(11, 27), 30, 31, 32, 33, 34]
    assert sorted(minutes)[15] == 26
    found = pay([60 * m for m in minutes], 3.98, 9.19)
    assert (found.fair_price, found.is_met, found.people) == (3.98, True, 21)
    assert found.hourly == pytest.approx(3.98 * 60 / 21)
    # The median person is above the floor at 3.30, and yet a quarter and more are not.
    less = pay([60 * m for m in minutes], 3.30, 9.19)
    assert less.hourly > 9.19
    assert not less.is_met
    with pytest.raises(ValueError, match="no times"):
        pay([], 1, 1)
    with pytest.raises(ValueError, match="a time is 0 or less"):
        pay([0], 1, 1)


def session(
    rater: str, start: float, seconds: list[float], caught: list[bool | None] | None = None
) -> list[Worked]:
    at, made = start, []
    for n, taken in enumerate(seconds):
        at += taken
        made.append(Worked(rater, "es", at, taken, caught=caught[n] if caught else None))
    return made


def test_people_who_get_faster_and_slip_are_told_to_rest() -> None:
    rows = []
    for n in range(6):
        caught: list[bool | None] = [k < 20 for k in range(40)]
        rows += session(f"p{n}", n * 1e6, [50 - 0.5 * k for k in range(40)], caught)
    found = fatigue(rows)
    assert (found.sessions, found.items) == (6, 240)
    assert (found.first, found.last) == (pytest.approx(47.75), pytest.approx(32.75))
    assert found.trend == pytest.approx(-1.0, abs=0.01)
    assert (found.caught_first, found.caught_second) == (1.0, 0.0)
    assert "overlook more" in found.advice


def test_steady_work_gives_no_alarm_and_short_sessions_tell_nothing() -> None:
    random = np.random.default_rng(0)
    steady = fatigue(session("a", 0, random.uniform(20, 40, 60).tolist(), [True] * 60))
    assert steady.advice == "no change within sessions that luck would not explain"
    faster = fatigue(session("a", 0, [60 - k for k in range(40)]))
    assert "get faster" in faster.advice
    assert faster.caught_first is None
    slower = fatigue(session("a", 0, [20 + k for k in range(40)]))
    assert "get slower" in slower.advice
    assert fatigue(session("a", 0, [20] * 5)).sessions == 0


def test_a_long_pause_begins_a_new_session() -> None:
    rows = session("a", 0, [30] * 10) + session("a", 5000, [30] * 10)
    assert fatigue(rows).sessions == 2
