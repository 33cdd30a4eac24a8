"""The gazetteer learns surfaces, holds back folds and matches the longest."""

from __future__ import annotations

import pytest

from annotate.prompts import ChoiceQuestion, LabelChoice
from annotate.readings import Reading
from annotate.spans import Span, anchored
from pipeline.folds import fold_of
from pipeline.label import gazetteer
from pipeline.label.artifact import ArtifactError
from pipeline.label.contract import Example, FitError, LabelTask

SETTINGS = dict(gazetteer.DEFAULTS)


def made(key: str, text: str, *names: tuple[str, str]) -> Example:
    spans = [Span(label, text.index(n), text.index(n) + len(n), surface=n) for n, label in names]
    return Example(key, "en", {"text": text}, Reading(spans=tuple(spans)))


def test_a_surface_counts_only_if_mostly_labelled() -> None:
    examples = [
        made("1", "May spoke .", ("May", "PER")),
        made("2", "In May it rains ."),
        made("3", "In May it pours ."),
        made("4", "Ana spoke .", ("Ana", "PER")),
    ]
    entries = gazetteer.learn(examples, SETTINGS)
    assert set(entries) == {("Ana",)}
    assert entries[("Ana",)] == gazetteer.Entry("PER", 1, 1)


def test_inside_a_longer_name_a_surface_is_not_a_counterexample() -> None:
    examples = [
        made("1", "New York is big .", ("New York", "LOC")),
        made("2", "York is old .", ("York", "LOC")),
        made("3", "The New York Times reported .", ("New York Times", "ORG")),
        made("4", "The New York Times wrote .", ("New York Times", "ORG")),
    ]
    entries = gazetteer.learn(examples, SETTINGS)
    assert {words: e.label for words, e in entries.items()} == {
        ("New", "York"): "LOC",
        ("York",): "LOC",
        ("New", "York", "Times"): "ORG",
    }


def test_the_longest_match_wins_and_offsets_are_code_points() -> None:
    examples = [
        made(str(n), "the New York Times and York", ("New York Times", "ORG")) for n in range(6)
    ] + [made(f"y{n}", "York wins", ("York", "LOC")) for n in range(30)]
    labeller = gazetteer.load(gazetteer.fit(examples).artifact)
    text = "😊 New York Times, York!"
    spans = labeller.read("k", {"text": text}).spans
    assert [(s.label, s.start, s.end) for s in spans] == [("ORG", 2, 16), ("LOC", 18, 22)]
    assert all(anchored(span, text) for span in spans)


def test_scripts_without_spaces_are_matched_inside_a_run() -> None:
    examples = [made(str(n), "我住在北京市。", ("北京", "LOC")) for n in range(8)]
    labeller = gazetteer.load(gazetteer.fit(examples).artifact)
    (span,) = labeller.read("k", {"text": "他从北京来"}).spans
    assert (span.start, span.end, span.surface) == (2, 4, "北京")


def test_an_item_is_labelled_by_the_part_not_fitted_on_it() -> None:
    """Each name occurs in one item only, so an honest labeller finds none of them."""
    examples = [made(f"i{n}", f"Name{n} came .", (f"Name{n}", "PER")) for n in range(40)]
    fitted = gazetteer.fit(examples)
    assert fitted.metrics["recall"] == 0.0
    labeller = gazetteer.load(fitted.artifact)
    found = {e.key: labeller.read(e.key, e.fields).spans for e in examples}
    assert not any(found.values())
    known = {name for part in labeller.parts for (name, *_) in part}
    assert known == {f"Name{n}" for n in range(40)}
    for fold, part in enumerate(labeller.parts):
        assert all(fold_of(f"i{name.removeprefix('Name')}") != fold for (name, *_) in part)


def test_fit_is_repeatable_and_survives_saving(toys: list[Example], task: LabelTask) -> None:
    first, second = gazetteer.fit(toys), gazetteer.fit(list(toys))
    assert first == second == gazetteer.fit(toys, {"precision": None, "least": ""})
    labelled = gazetteer.load(first.artifact).label([task])
    assert labelled[0].state == "ok"
    assert labelled[0].reading
    assert first.metrics["f1"] > 0.5
    assert first.fitted_on == 120


def test_only_allowed_labels_are_given(toys: list[Example]) -> None:
    labeller = gazetteer.load(gazetteer.fit(toys).artifact)
    task = LabelTask("n", "en", {"text": "In Lima , Ana Okafor ."}, (LabelChoice("LOC"),))
    (labelled,) = labeller.label([task])
    assert labelled.reading
    assert {s.label for s in labelled.reading.spans} == {"LOC"}


def test_a_choice_question_is_unsupported(toys: list[Example]) -> None:
    labeller = gazetteer.load(gazetteer.fit(toys).artifact)
    question = ChoiceQuestion("topic", "Which topic?", (LabelChoice("a"), LabelChoice("b")))
    (labelled,) = labeller.label([LabelTask("n", "en", {"text": "x"}, (), (question,))])
    assert labelled.state == "unsupported"
    assert labelled.reading is None
    assert labelled.reason


def test_bad_input_is_named() -> None:
    with pytest.raises(FitError, match="no labelled span"):
        gazetteer.fit([Example("1", "en", {"text": "a"}, Reading())])
    with pytest.raises(ArtifactError):
        gazetteer.load(b"\x80\x04.")
