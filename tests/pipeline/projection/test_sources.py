"""Labels of words from several sources: link masses, votes of forms, and how far a source is trusted."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from pipeline.align.model import fit
from pipeline.projection.sources import carried, vote


class Links:
    """Stands for an alignment: both directions see the same."""

    def __init__(self, matrix: list[list[float]]) -> None:
        self.hmm_forward = self.hmm_backward = np.sqrt(np.array(matrix))


def test_a_word_gets_the_labels_of_what_it_is_linked_to() -> None:
    links = Links([[0.81, 0.0, 0.09], [0.0, 0.0, 0.0]])
    assert carried(links, ["NOUN", "VERB", "NOUN"]) == [{"NOUN": pytest.approx(0.9)}, {}]
    assert carried(Links([[0.5, 0.25]]), ["A", "B"]) == [
        {"A": pytest.approx(0.5), "B": pytest.approx(0.25)}
    ]


def test_nothing_is_carried_from_an_empty_text() -> None:
    assert carried(Links(np.zeros((2, 0))), []) == [{}, {}]


def test_a_word_that_no_source_reaches_takes_its_form_s_label() -> None:
    found = vote([["rojo", "mar"], ["rojo"]], [[[{"ADJ": 1.0}, {"NOUN": 1.0}], [{}]]])
    assert found[1][0].label == "ADJ"
    assert found[1][0].sources == 0
    assert not found[1][0].is_unanimous


def test_a_form_that_nobody_reached_has_no_label() -> None:
    assert vote([["mar"]], [[[{}]], [[{}]]])[0][0].label == ""


def test_all_sources_alike_are_unanimous_and_one_dissenter_is_not() -> None:
    a, b = {"A": 1.0}, {"B": 1.0}
    alike, apart = vote([["x", "y"]], [[[a, a]], [[a, b]], [[a, a]]])[0]
    assert (alike.is_unanimous, alike.sources) == (True, 3)
    assert (apart.label, apart.is_unanimous) == ("A", False)


def test_a_source_that_the_others_contradict_counts_less() -> None:
    """One sure but careless source against two unsure ones that are right."""
    dice = random.Random(7)
    labels = [dice.choice("ABC") for _ in range(400)]
    careful = [{label: 0.6} for label in labels]
    careless = [{dice.choice("ABC"): 1.0} for _ in labels]
    texts = [[f"w{n}" for n in range(400)]]
    found = vote(texts, [[careful], [careful], [careless]])[0]
    right = sum(made.label == label for made, label in zip(found, labels, strict=True)) / 400
    assert right == 1.0


def test_parts_of_speech_of_a_toy_language() -> None:
    nouns = {"house": "casa", "dog": "perro", "tree": "bosque", "king": "monarca"}
    adjectives = {"white": "blanco", "small": "chico", "old": "viejo"}
    verbs = {"sees": "mira", "buys": "compra"}
    rows = itertools.product(nouns.items(), adjectives.items(), verbs.items(), nouns.items())
    pairs = [
        (["the", white, noun, sees, other], ["xa", casa, blanco, mira, perro])
        for (noun, casa), (white, blanco), (sees, mira), (other, perro) in rows
        if noun != other
    ]
    votes = [
        carried(alignment, ["DET", "ADJ", "NOUN", "VERB", "NOUN"])
        for alignment in fit(pairs).align_all(pairs)
    ]
    found = vote([target for _, target in pairs], [votes])
    expected = ["DET", "NOUN", "ADJ", "VERB", "NOUN"]
    assert all([word.label for word in text] == expected for text in found)
