"""The classifier learns a toy set, is held back by folds, repeats and survives saving."""

from __future__ import annotations

import numpy as np
import pytest

from annotate.readings import Reading
from annotate.spans import Span, anchored
from pipeline.align.tokens import tokenise
from pipeline.folds import fold_of
from pipeline.label import catalog, classifier
from pipeline.label.artifact import ArtifactError
from pipeline.label.contract import Example, FitError, FittedLabeller, LabelTask
from pipeline.label.tags import best_path, tagged, untagged

QUICK = {"steps": 60, "hidden": 32, "rate": 5e-3}


@pytest.fixture(scope="session")
def fitted(toys: list[Example]) -> FittedLabeller:
    return classifier.fit(toys, QUICK)


def test_held_out_f1_beats_chance(fitted: FittedLabeller) -> None:
    """Trained on half of 120 sentences; a tagger that knew nothing would stand near 0."""
    assert fitted.metrics["f1"] > 0.6
    assert set(fitted.metrics["per_label"]) == {"LOC", "PER"}
    assert fitted.fitted_on == 120


def test_labels_cannot_be_learnt_from_noise(toys: list[Example]) -> None:
    """With each reading given to another sentence, held-out scores collapse: nothing leaks."""
    moved = [
        Example(e.key, e.language, e.fields, Reading(spans=tuple(
            s for s in toys[(n * 7 + 3) % len(toys)].reading.spans if (s.end or 0) <= len(e.fields["text"])
        )))
        for n, e in enumerate(toys)
    ]  # fmt: skip
    clean = [
        Example(e.key, e.language, e.fields, Reading(spans=tuple(
            Span(s.label, s.start, s.end) for s in e.reading.spans
        )))
        for e in moved
    ]  # fmt: skip
    assert classifier.fit(clean, QUICK).metrics["f1"] < 0.3


def test_saving_keeps_every_answer(fitted: FittedLabeller, task: LabelTask) -> None:
    labeller = catalog.load("classifier", fitted.artifact)
    (first,) = labeller.label([task])
    (again,) = catalog.load("classifier", fitted.artifact).label([task], ballot=2)
    assert first == again
    assert first.state == "ok"
    assert first.reading
    text = task.fields["text"]
    assert {(s.label, s.surface) for s in first.reading.spans} == {
        ("PER", "Ana Okafor"),
        ("LOC", "Lima"),
    }
    assert all(anchored(span, text) and 0 < (span.score or 0) <= 1 for span in first.reading.spans)


def test_two_fits_are_byte_equal(toys: list[Example]) -> None:
    some = {**QUICK, "steps": 8}
    assert classifier.fit(toys, some) == classifier.fit(toys, some)


def test_a_part_knows_no_feature_of_its_own_fold(toys: list[Example]) -> None:
    """A word that stands in one item only is unknown to the network that labels that item."""
    marked = [
        Example(e.key, e.language, {"text": e.fields["text"] + f" qq{n}zz qq{n}zz"}, e.reading)
        for n, e in enumerate(toys)
    ]
    labeller = classifier.load(classifier.fit(marked, {**QUICK, "steps": 2}).artifact)
    for number, example in enumerate(marked):
        known = labeller.parts[fold_of(example.key)].vocabulary
        other = labeller.parts[1 - fold_of(example.key)].vocabulary
        assert f"w=qq{number}zz" not in known
        assert f"w=qq{number}zz" in other


def test_empty_and_endless_texts_are_labelled(fitted: FittedLabeller, task: LabelTask) -> None:
    labeller = classifier.load(fitted.artifact)
    long = "Ana Okafor arrived in Lima . " * 200
    readings = labeller.read([("a", {"text": ""}), ("b", {"text": long}), ("c", {"text": " \n"})])
    assert readings[0].spans == ()
    assert readings[2].spans == ()
    assert readings[1].spans
    assert all(anchored(s, long) for s in readings[1].spans)


def test_bad_input_is_named(toys: list[Example]) -> None:
    with pytest.raises(FitError, match="too few"):
        classifier.fit([e for e in toys if not e.reading.spans] + [toys[0]], QUICK)
    with pytest.raises(ArtifactError, match="header"):
        classifier.load(b"PK\x03\x04 not a model")
    with pytest.raises(ArtifactError, match="gazetteer"):
        classifier.load(catalog.fit("gazetteer", toys).artifact)


def test_tags_and_spans_are_each_others_inverse() -> None:
    text = "Ana Okafor met Bela Silva in New York ."
    tokens = tokenise(text)
    spans = [Span("PER", 0, 10), Span("PER", 15, 25), Span("LOC", 29, 37)]
    tags = tagged(tokens, spans, ["LOC", "PER"])
    back = [(tokens[a].start, tokens[b - 1].end, n) for a, b, n in untagged(tags)]
    assert back == [(0, 10, 1), (15, 25, 1), (29, 37, 0)]


def test_best_path_is_the_best_legal_path() -> None:
    """Against trying every path of four words and five tags."""
    from itertools import product

    def legal(path: tuple[int, ...]) -> bool:
        before = (0, *path)
        return all(
            t == 0 or t % 2 == 1 or p in (t - 1, t) for p, t in zip(before, path, strict=False)
        )

    dice = np.random.default_rng(5)
    for _ in range(20):
        scores = dice.normal(size=(4, 5)).astype(np.float32)
        paths = [p for p in product(range(5), repeat=4) if legal(p)]
        best = max(paths, key=lambda p: sum(scores[at, tag] for at, tag in enumerate(p)))
        assert tuple(best_path(scores)) == best
