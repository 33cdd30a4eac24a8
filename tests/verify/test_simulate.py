"""The routing simulator: counts by hand, limits that bite, and intervals that hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from annotate.forms.policy import DEFAULTS
from verify.simulate import Group, Rule, outcome, seldom_right

OPEN = Rule(max_entropy=9.0, min_voters=1)


def group(entropy: float = 0.0, *, n: int = 1, chance: float = 1.0, **more: Any) -> Group:
    """Texts that were judged with a chance; ``wrong`` and ``seconds`` are of one text."""
    kinds = more.pop("families", 2)
    given = {"voters": 3, "witnesses": frozenset((f"m{n}", str(n)) for n in range(kinds)), "machines": frozenset({"a", "b", "c"}),
             "labels": frozenset({"PER"}), "always": False, "wrong": 0.0, "seconds": 30.0, **more}  # fmt: skip
    weight = n / chance
    given |= {"wrong": given["wrong"] * weight, "seconds": given["seconds"] * weight}
    return Group(entropy, n=n, weight=weight, squares=n / chance**2, **given)


FOUR = [
    group(),
    group(wrong=1.0),
    group(1.0, wrong=1.0, seconds=60.0),
    group(0.5, labels=frozenset({"LOC"})),
]


def test_what_each_limit_sends_by_hand() -> None:
    strict = outcome(FOUR, Rule())
    assert (strict.seen, strict.hours, strict.error) == (2, pytest.approx(90 / 3600), 0.25)
    loose = outcome(FOUR, OPEN)
    assert (loose.seen, loose.hours, loose.error) == (0, 0, 0.5)
    by_label = outcome(FOUR, replace(OPEN, person_labels=frozenset({"PER"})))
    assert (by_label.seen, by_label.error) == (3, 0.0)
    by_voters = outcome(FOUR, replace(OPEN, min_voters=4))
    assert (by_voters.seen, by_voters.error, by_voters.judged) == (4, 0.0, 0)
    by_kinds = outcome(FOUR, replace(OPEN, min_families=3))
    assert by_kinds.seen == 4
    assert outcome([group(always=True)], OPEN).seen == 1
    assert outcome(FOUR, replace(OPEN, accept_unanimous=False)).seen == 2


def test_doubted_machines_do_not_agree_but_may_object() -> None:
    doubted = frozenset({"a", "b"})
    assert outcome([group()], Rule(doubted=doubted)).seen == 1
    assert outcome([group()], Rule(doubted=frozenset({"a"}))).seen == 0
    assert outcome([group(1.0)], Rule(max_entropy=2.0, doubted=frozenset({"a"}))).seen == 0
    assert seldom_right({"a": {"right": 50, "n": 100}}, 0.55) == frozenset()
    assert seldom_right({"a": {"right": 500, "n": 1000}}, 0.55) == {"a"}
    assert seldom_right({"a": {"right": 0, "n": 0}}, 0.55) == frozenset()


def test_one_machine_alone() -> None:
    lone = [group(voters=1, families=1)]
    assert outcome(lone, Rule()).seen == 1
    assert outcome(lone, Rule(single_source="accept", min_families=2)).seen == 0


def test_people_are_paid_for_each_seat() -> None:
    rule = Rule(overlap=2, disputed_overlap=3, accept_unanimous=False)
    assert outcome([group()], rule).hours == pytest.approx(2 * 30 / 3600)
    assert outcome([group(1.0)], rule).hours == pytest.approx(3 * 30 / 3600)
    audited = Rule(audit_share=0.5, audit_seats=2)
    assert outcome([group()], audited).hours == pytest.approx(30 / 3600)
    assert Rule.of(DEFAULTS).overlap == DEFAULTS["overlap"]


def test_a_text_stands_for_one_over_its_chance() -> None:
    groups = [
        group(n=9, chance=0.1),
        group(n=1, chance=0.1, wrong=1.0),
        group(1.0, n=50, wrong=1.0),
    ]
    got = outcome(groups, Rule())
    assert (got.texts, got.seen, got.judged) == (pytest.approx(150), 50, 10)
    assert got.error == pytest.approx(10 / 150)


def test_an_audit_costs_hours_and_takes_errors_out() -> None:
    plain, audited = (outcome(FOUR, Rule(audit_share=share)) for share in (0.0, 0.5))
    assert audited.seen == plain.seen + 1
    assert audited.error == plain.error / 2  # type: ignore[operator]


def test_no_error_found_is_not_no_error() -> None:
    clean = outcome([group(n=59)], Rule())
    assert clean.error == 0.0
    assert clean.high == pytest.approx(0.0611, abs=5e-4)  # Wilson at 0 of 59


@pytest.mark.parametrize("audit", [0.1, 0.3])
def test_the_interval_holds_the_true_error_of_the_set(audit: float) -> None:
    held = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        hard = random.random(2000) < 0.3
        wrong = random.random(2000) < np.where(hard, 0.5, 0.08)
        chance = np.where(hard, 1.0, audit)
        drawn = np.flatnonzero(random.random(2000) < chance)
        groups = [
            group(float(hard[n]), wrong=float(wrong[n]), chance=float(chance[n])) for n in drawn
        ]
        got = outcome(groups, Rule())
        true = (wrong & ~hard).mean()
        held += got.low <= true <= got.high  # type: ignore[operator]
    assert held >= 184  # 92 %; the frame's size is estimated too


def test_nothing_judged_is_refused() -> None:
    with pytest.raises(ValueError, match="no judged texts"):
        outcome([], Rule())
