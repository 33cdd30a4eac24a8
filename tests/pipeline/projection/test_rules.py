"""Rules: raw word tags repaired, each repair by its own case and named in the log."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conftest import spans_of

from pipeline.align.model import Alignment
from pipeline.projection import rules
from pipeline.projection.contract import Example
from pipeline.projection.edges import EVEN, Odds
from pipeline.projection.evidence import gather
from pipeline.projection.rules import repaired, tagged

SOURCE = "Red River and Black Sea ."
SPANS = spans_of(SOURCE, ("Red River", "LOC"), ("Black Sea", "LOC"))


@pytest.fixture
def evidence(model):
    """A pair whose links have these strengths by (target word, source word)."""

    def make(target, links):
        (found,) = gather(model, [Example(SOURCE, target, SPANS)])
        strength = np.zeros((len(found.target), len(found.source)))
        for place, value in links.items():
            strength[place] = value
        return replace(found, hmm=strength, alignment=Alignment(*[strength] * 4))

    return make


def mended(evidence, pieces, taken=frozenset(), odds=EVEN):
    """What the pieces of the first span come to, and the log."""
    place, log = repaired(evidence, SPANS[0], pieces, set(taken), odds)
    return (evidence.surface(*place) if place else None), log


def test_each_word_goes_to_the_span_it_is_linked_to_most(evidence):
    one = evidence(
        "Rio Rojo y Mar Negro .", {(0, 1): 1, (1, 0): 1, (3, 4): 1, (4, 3): 1, (2, 2): 1}
    )
    assert tagged(one, SPANS) == {"s0": [(0, 2)], "s1": [(3, 5)]}


def test_a_gap_between_two_pieces_is_filled(evidence):
    one = evidence("Rio de los Rojo y mas .", {(0, 1): 1, (3, 0): 1})
    assert mended(one, [(0, 1), (3, 4)]) == ("Rio de los Rojo", ["gap filled before 'Rojo'"])


def test_a_far_piece_is_dropped_and_named(evidence):
    one = evidence("Rio Rojo a b c d Rio .", {(0, 1): 1, (1, 0): 1, (6, 1): 0.5})
    assert mended(one, [(0, 2), (6, 7)]) == ("Rio Rojo", ["piece dropped: 'Rio'"])


def test_a_gap_that_belongs_to_another_span_is_not_filled(evidence):
    one = evidence("Rio Mar Rojo Negro .", {(0, 1): 1, (2, 0): 0.5, (1, 4): 1, (3, 3): 1})
    assert mended(one, [(0, 1), (2, 3)], {1, 3}) == ("Rio", ["piece dropped: 'Rojo'"])


def test_a_sign_at_the_edge_is_cut_off(evidence):
    one = evidence("Rio Rojo , si .", {(0, 1): 1, (1, 0): 1, (2, 0): 0.1})
    assert mended(one, [(0, 3)]) == ("Rio Rojo", ["sign cut off: ','"])


def test_an_article_is_known_by_its_odds_and_never_by_its_language(evidence):
    one = evidence("zu Rio Rojo .", {(0, 1): 0.1, (1, 1): 1, (2, 0): 1})
    assert mended(one, [(0, 3)]) == ("zu Rio Rojo", [])
    outside = Odds({"zu": -2.0}, {})
    assert mended(one, [(0, 3)], odds=outside) == ("Rio Rojo", ["article cut off: 'zu'"])


def test_what_is_not_linked_has_no_place(evidence):
    assert mended(evidence("a b .", {}), []) == (None, [])


def test_repairs_reach_the_log_of_a_projection(model, examples):
    made = rules.fit(model, examples).project_all(examples)
    assert all(isinstance(line, str) for row in made for line in row.log)
    assert sum(len(row.best()) for row in made) == 2 * len(examples)
