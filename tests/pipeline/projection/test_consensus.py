"""Consensus: what voters add up to, scores that mean what they say, and votes of source languages."""

from __future__ import annotations

import random

import numpy as np
import pytest

from annotate.spans import Span
from pipeline.projection.consensus import Consensus, calibrated, from_sources, votes_for
from pipeline.projection.contract import Example, Projection
from pipeline.projection.cutting import cut

SKILL = {"good": 0.9, "fair": 0.75, "poor": 0.5}
PLACES = [(n, n + 1) for n in range(6)]
TARGET = "a b c d e f"


def voted(dice, right):
    """Where each voter sees the span: at its place as often as its skill says."""
    others = [place for place in PLACES if place != right]
    return {v: right if dice.random() < s else dice.choice(others) for v, s in SKILL.items()}


def cases(count, seed):
    dice = random.Random(seed)
    made = []
    for _ in range(count):
        right = dice.choice(PLACES)
        places = {}
        for voter, place in voted(dice, right).items():
            places.setdefault(place, []).append(voter)
        made.append((places, right))
    return made


def chosen(consensus, places):
    values = {place: consensus.value(voters) for place, voters in places.items()}
    best = max(values, key=values.get)
    total = 1 + sum(np.exp(value) for value in values.values())
    return best, float(np.exp(values[best]) / total)


def error(consensus, rows):
    """Expected calibration error over ten bins."""
    found = [(chance, best == right) for places, right in rows
             for best, chance in [chosen(consensus, places)]]  # fmt: skip
    bins = [[row for row in found if int(min(row[0], 0.999) * 10) == n] for n in range(10)]
    return sum(abs(sum(c for c, _ in rows) - sum(r for _, r in rows)) for rows in bins) / len(found)


def test_judgements_make_the_score_the_chance_of_being_right():
    held_back = cases(3000, 2)
    before, after = Consensus(), calibrated(cases(400, 1), list(SKILL))
    assert error(after, held_back) < 0.04
    assert error(after, held_back) < error(before, held_back)
    assert after.weights["good"] > after.weights["fair"] > after.weights["poor"]


def test_the_calibrated_consensus_is_no_worse_than_its_best_voter():
    rows = cases(3000, 3)
    consensus = calibrated(cases(400, 1), list(SKILL))
    right = sum(chosen(consensus, places)[0] == gold for places, gold in rows) / len(rows)
    assert right > SKILL["good"]


def test_without_judgements_the_weights_are_the_defaults():
    assert calibrated([], ["a"]).weights == pytest.approx(Consensus().weights | {"a": 1.6})


def test_few_judgements_move_the_weights_little():
    one = calibrated(cases(2, 1), list(SKILL))
    assert all(abs(weight - 1.6) < 1.0 for weight in one.weights.values())


def example():
    return Example("A", TARGET, (Span("X", 0, 1, key="s0", surface="A"),))


def projection(start, source="s0"):
    return Projection((Span("X", start, start + 1, surface=TARGET[start], source=source),))


def test_every_place_that_somebody_chose_is_kept():
    outputs = {"one": projection(0), "two": projection(4), "three": projection(4)}
    one = cut(example())
    assert votes_for(one, one.example.spans[0], outputs) == {
        (0, 1): ["one"], (2, 3): ["two", "three"],
    }  # fmt: skip
    made = Consensus().combined(one, outputs)
    assert [(s.rank, s.start) for s in made.spans] == [(1, 4), (2, 0)]
    assert made.spans[0].score > 0.75 > 0.3 > made.spans[1].score
    unanimous = Consensus().combined(one, {k: projection(4) for k in outputs})
    assert unanimous.best()[0].score > made.spans[0].score


def test_nobody_s_place_is_a_failure():
    made = Consensus().combined(cut(example()), {"one": Projection()})
    assert [failure.source for failure in made.failures] == ["s0"]


def test_source_languages_vote_on_the_spans_they_share():
    outputs = {"en": projection(0, "e1"), "fr": projection(4, "f7"), "it": projection(4, "i2")}
    pivots = {"en": {"e1": "s0"}, "fr": {"f7": "s0"}, "it": {"i2": "s0"}}
    made = Consensus().combined(cut(example()), from_sources(outputs, pivots))
    assert made.best()[0].start == 4
    assert not from_sources(outputs, {"en": {}, "fr": {}, "it": {}})["fr"].spans
