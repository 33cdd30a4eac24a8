"""The candidates projector: alternatives, joint placing, edge odds, and learning from corrections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conftest import PLACES, spans_of

from annotate.spans import Span
from pipeline.learn.correction import Correction, LearnError
from pipeline.learn.ranking import fitted, learn
from pipeline.projection import candidates, edges
from pipeline.projection.assignment import NOTHING, Choice, assign
from pipeline.projection.features import NAMES, describe


@pytest.fixture(scope="module")
def projector(model, examples):
    return candidates.fit(model, examples)


def choice(place, *rows, nothing=0.0):
    starts, ends, scores = zip(*rows, strict=True)
    return Choice(place, np.array(starts), np.array(ends), np.array(scores, float), nothing)


def test_a_place_is_given_once_and_the_sum_decides():
    first = choice((0, 1), (0, 1, 5.0), (3, 4, 4.5))
    second = choice((2, 3), (0, 1, 4.9), (3, 4, 1.0))
    assert assign([first, second]) == [1, 0]


def test_nested_source_spans_may_share_target_words():
    outer, inner = choice((0, 3), (0, 3, 5.0)), choice((1, 2), (1, 2, 5.0))
    assert assign([outer, inner]) == [0, 0]


def test_a_span_without_a_free_place_gets_nothing():
    rivals = [choice((0, 1), (0, 1, 5.0)), choice((2, 3), (0, 1, 3.0))]
    assert assign(rivals) == [0, NOTHING]


def test_assignment_equals_the_best_of_all_combinations():
    rng = np.random.default_rng(3)
    for _ in range(40):
        choices = [
            choice((n, n + 1), *[(s, s + w, rng.normal()) for s in range(4) for w in (1, 2)])
            for n in range(3)
        ]
        totals = {}
        for combo in np.ndindex(9, 9, 9):
            taken, total = set(), 0.0
            for row, option in zip(choices, combo, strict=True):
                if option == 8:
                    continue
                cells = set(range(row.starts[option], row.ends[option]))
                total += row.scores[option] if not cells & taken else -1e9
                taken |= cells
            totals[combo] = total
        best = assign(choices)
        mine = sum(c.scores[o] for c, o in zip(choices, best, strict=True) if o != NOTHING)
        assert mine == pytest.approx(max(totals.values()))


def test_repeated_names_get_a_place_each(projector):
    source = "Ana Silva sees Ana Silva ."
    spans = spans_of(source, ("Ana Silva", "PER"), ("Ana Silva", "PER"))
    made = projector.project(source, "Ana Silva mira Ana Silva .", spans)
    assert [(span.start, span.end) for span in made.best()] == [(0, 9), (15, 24)]


def test_alternatives_are_ranked_below_the_choice(projector, examples):
    made = projector.project_all(examples[:1])[0]
    ranks = [span.rank for span in made.spans if span.source == "s0"]
    assert ranks == list(range(1, len(ranks) + 1))
    assert len(ranks) > 1
    scores = [span.score for span in made.spans if span.source == "s0"]
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) <= 1 + 1e-5


def test_edge_odds_learn_that_the_article_stands_outside(projector):
    left, _ = projector.odds.of(["el", "rio", "ana"])
    assert left[1] < -1
    assert left[3] > 1


def test_edge_odds_by_hand():
    odds = edges.count([(("a", "b", "c"), 1, 2), (("a", "b"), 1, 2)])
    assert odds.left == {"a": pytest.approx(np.log(1 / 3)), "b": pytest.approx(np.log(3))}
    assert odds.right["c"] == pytest.approx(np.log(1 / 2))


def test_features_of_a_perfect_copy(projector, examples):
    evidence = candidates.gather(projector.model, examples[:1])[0]
    found = describe(evidence, (0, 2), projector.odds)
    rows = {
        (int(s), int(e)): n for n, (s, e) in enumerate(zip(found.starts, found.ends, strict=True))
    }
    copy = dict(zip(NAMES, found.features[rows[0, 2]], strict=True))
    assert copy["spelling"] == pytest.approx(1.0)
    assert copy["hmm"] > 0.9
    assert copy["case"] == 2


def corrections(examples, with_article):
    rows = []
    for example in examples:
        place = example.spans[1]
        surface = PLACES[place.surface]
        start = example.target_text.index(surface)
        begin = start - 3 if with_article else start
        gold = Span("LOC", begin, start + len(surface), key="g", source=place.key)
        rows.append(Correction(example, (gold,)))
    return rows


def test_weights_that_place_worse_are_learnt_back(projector, examples):
    spoilt = replace(projector, weights=projector.weights * np.where(
        np.array(NAMES) == "left_odds", -1.0, 0.2))  # fmt: skip
    learned = learn(spoilt, corrections(examples, with_article=False))
    assert learned.adopted
    assert learned.after > learned.before
    assert learned.spans == len(examples)


def test_a_custom_of_the_reviewers_is_learnt(projector, examples):
    learned = learn(projector, corrections(examples, with_article=True))
    assert learned.adopted
    made = learned.projector.project_all(examples[:1])[0].best()
    assert made[1].surface == "el Rio Rojo"


def test_weights_that_cannot_get_better_stay(projector, examples):
    learned = learn(projector, corrections(examples, with_article=False))
    assert not learned.adopted
    assert learned.projector is projector
    assert learned.before == 1.0


def test_learning_is_repeatable(projector, examples):
    rows = corrections(examples, with_article=True)
    one, two = (learn(projector, rows, seed=5).projector.weights for _ in range(2))
    assert one.tobytes() == two.tobytes()


def test_the_prior_holds_without_cases_and_the_slope_is_right():
    prior = np.array([1.0, -2.0])
    assert fitted(prior, []).tolist() == prior.tolist()
    features = np.array([[1.0, 0.0], [0.0, 1.0]])
    moved = fitted(prior, [(features, 1)])
    chance = 1 / (1 + np.exp(moved[0] - moved[1]))
    gap = (moved - prior) / 0.25
    np.testing.assert_allclose(gap, [-(1 - chance), 1 - chance], atol=1e-4)


def test_too_few_corrections_are_refused(projector, examples):
    with pytest.raises(LearnError, match="two texts"):
        learn(projector, corrections(examples[:1], with_article=False))
