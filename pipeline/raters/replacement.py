"""Replacement: may a machine stand in for people? The alternative annotator test.

Calderon, N., Reichart, R. and Dror, R. (2025), The alternative annotator test for LLM-as-a-judge.
ACL. Each person is left out in turn: does the machine agree with the others at least as well?
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from scipy import stats

Scoring = Literal["accuracy", "closeness"]

EPSILON = {"expert": 0.2, "skilled": 0.15, "crowd": 0.1}
"""What a person's advantage may cost before they are worth it, by how well trained they are."""

LEAST_ITEMS = 30
LEAST_PEOPLE = 3


@dataclass(frozen=True, slots=True)
class Against:
    """The machine against one person over ``items`` both judged.

    ``machine_wins`` and ``person_wins`` are the shares on which either agrees with the other people
    at least as well (ties count for both). ``p`` tests that the person is ahead by epsilon or more;
    ``beaten`` that this is rejected, all people taken together.
    """

    person: str
    items: int
    machine_wins: float
    person_wins: float
    p: float
    beaten: bool


@dataclass(frozen=True, slots=True)
class Replacement:
    """The outcome. The machine ``passes`` when it beats half of the people or more
    (``winning_rate``); ``advantage`` is the chance that it serves as well as a person drawn at
    random, which is what machines are compared by. ``left_out`` are people with too few items.
    ``reason`` says why there is no verdict, or what weakens it.
    """

    epsilon: float
    least: int
    people: tuple[Against, ...]
    winning_rate: float | None
    advantage: float | None
    passes: bool
    left_out: tuple[str, ...]
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The outcome as JSON values."""
        return asdict(self)


def alternative_annotator(
    machine: Mapping[Any, Any],
    people: Mapping[str, Mapping[Any, Any]],
    *,
    epsilon: float = EPSILON["skilled"],
    scoring: Scoring = "accuracy",
    q: float = 0.05,
    least: int = LEAST_ITEMS,
) -> Replacement:
    """Test a machine against people; each maps items to answers.

    ``accuracy`` scores an answer by the share of the other people who gave it, ``closeness`` by
    minus the root mean squared distance from theirs. Items with two people or more count. People
    with fewer than ``least`` items are left out. The false discovery rate is held at ``q`` whatever
    the dependence (Benjamini and Yekutieli 2001). To be done per task and language: the same model
    passes one and fails another. Raises ValueError for an epsilon or q outside 0 to 1 and an
    unknown scoring.
    """
    if not 0 <= epsilon < 1 or not 0 < q < 1:
        raise ValueError(f"epsilon {epsilon} and q {q} must lie within 0 to 1")
    if scoring not in ("accuracy", "closeness"):
        raise ValueError(f"unknown scoring {scoring!r}; use accuracy or closeness")
    score = _accuracy if scoring == "accuracy" else _closeness
    judges: dict[Any, list[str]] = {}
    for person, own in people.items():
        for item in own:
            judges.setdefault(item, []).append(person)
    usable = {item for item, who in judges.items() if len(who) > 1 and item in machine}
    compared, left_out = [], []
    for person, own in people.items():
        items = [item for item in own if item in usable]
        if len(items) < max(2, least):
            left_out.append(person)
            continue
        wins = np.array(
            [
                _wins(
                    score(machine[item], others := _others(item, person, judges, people)),
                    score(own[item], others),
                )
                for item in items
            ]
        )
        compared.append((person, wins, _behind(wins, epsilon)))
    if not compared:
        why = f"no person has {max(2, least)} items or more in common with others and the machine"
        return Replacement(epsilon, least, (), None, None, False, tuple(left_out), why)
    return _verdict(compared, tuple(left_out), epsilon, q, least)


def _others(
    item: Any,
    person: str,
    judges: Mapping[Any, Sequence[str]],
    people: Mapping[str, Mapping[Any, Any]],
) -> list[Any]:
    return [people[other][item] for other in judges[item] if other != person]


def _accuracy(answer: Any, others: Sequence[Any]) -> float:
    return sum(answer == other for other in others) / len(others)


def _closeness(answer: Any, others: Sequence[Any]) -> float:
    return -math.sqrt(sum((answer - other) ** 2 for other in others) / len(others))


def _wins(machine: float, person: float) -> tuple[bool, bool]:
    return machine >= person, person >= machine


def _behind(wins: Any, epsilon: float) -> float:
    """How likely so small a lead of the person would be if it really were epsilon or more."""
    lead = wins[:, 1].astype(float) - wins[:, 0]
    if lead.std() == 0:
        return 0.0 if lead[0] < epsilon else 1.0
    return float(stats.ttest_1samp(lead, epsilon, alternative="less").pvalue)


def _verdict(
    compared: Sequence[tuple[str, Any, float]],
    left_out: tuple[str, ...],
    epsilon: float,
    q: float,
    least: int,
) -> Replacement:
    rejected = benjamini_yekutieli([p for _, _, p in compared], q)
    people = tuple(
        Against(person, len(wins), float(wins[:, 0].mean()), float(wins[:, 1].mean()), p, beaten)
        for (person, wins, p), beaten in zip(compared, rejected, strict=True)
    )
    rate = sum(rejected) / len(rejected)
    few = f"{len(people)} people only; {LEAST_PEOPLE} or more make the verdict dependable"
    reason = few if len(people) < LEAST_PEOPLE else ""
    advantage = float(np.mean([one.machine_wins for one in people]))
    return Replacement(epsilon, least, people, rate, advantage, rate >= 0.5, left_out, reason)


def benjamini_yekutieli(p: Sequence[float], q: float) -> list[bool]:
    """Which hypotheses are rejected with a false discovery rate of ``q``, however they depend.

    >>> benjamini_yekutieli([0.001, 0.5, 0.012], 0.05)
    [True, False, True]
    """
    m = len(p)
    harmonic = sum(1 / k for k in range(1, m + 1))
    order = sorted(range(m), key=lambda n: p[n])
    passed = [k for k, n in enumerate(order, start=1) if p[n] <= k * q / (m * harmonic)]
    rejected = set(order[: max(passed, default=0)])
    return [n in rejected for n in range(m)]
