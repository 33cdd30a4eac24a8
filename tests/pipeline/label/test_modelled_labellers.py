"""Labellers with local models, which the tests train on one set of names and try on another."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest

from annotate.prompts import ChoiceQuestion, LabelChoice
from annotate.readings import Answer
from pipeline.backends.base import BackendRefused
from pipeline.label.contract import LabelTask
from pipeline.label.modelled import matched, renamed, running

toy = pytest.importorskip("toy")
tiny_labellers = pytest.importorskip("tiny_labellers")

LABELS = (LabelChoice("PER", "person"), LabelChoice("LOC", "location"), LabelChoice("OBJ"))
TOPIC = ChoiceQuestion("topic", "What is it about?", tuple(map(LabelChoice, tiny_labellers.TOPICS)))
NOUN = ChoiceQuestion(
    "object", "With what?", tuple(LabelChoice(f"o{n}", noun) for n, noun in enumerate(toy.NOUNS))
)


def built(factory: pytest.TempPathFactory, name: str, **options: bool) -> Path:
    folder = factory.mktemp(name)
    getattr(tiny_labellers, f"build_{name}")(folder, **options)
    return folder


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory, "tagger")


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory, "classifier")


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory, "classifier", several=True)


@pytest.fixture(scope="module")
def inference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory, "inference")


def sentences(count: int = 60) -> list[toy.Sentence]:
    """Sentences whose names occur in no training."""
    dice = random.Random(99)
    return [toy.sentence(dice, unseen=True) for _ in range(count)]


def task(row: toy.Sentence, number: int = 0, **fields: tuple) -> LabelTask:
    return LabelTask(f"i{number}", "en", {"text": " ".join(row.source)}, **fields)


def gold(row: toy.Sentence) -> set[tuple[str, str]]:
    return {(label, " ".join(row.source[slice(*here)])) for label, here, _ in row.spans}


def test_a_token_classifier_marks_names_it_never_saw(tagger: Path) -> None:
    rows = sentences()
    machine = running("tokens", {"model": str(tagger), "label_map": "PERSON=PER\nLOCATION=LOC"})
    results = machine.label([task(row, labels=LABELS) for row in rows])
    hits = made = there = 0
    for row, result in zip(rows, results, strict=True):
        assert result.state == "ok"
        found = {(span.label, span.surface) for span in result.reading.spans}
        for span in result.reading.spans:
            assert " ".join(row.source)[span.start : span.end] == span.surface
            assert 0 < span.score <= 1
        hits, made, there = hits + len(found & gold(row)), made + len(found), there + len(gold(row))
    assert 2 * hits / (made + there) >= 0.95


def test_labels_are_known_by_key_and_by_name(tagger: Path) -> None:
    """Without a map ``PERSON`` is the label whose name is person; one that is not known is left."""
    row = sentences(1)[0]
    machine = running("tokens", {"model": str(tagger)})
    (result,) = machine.label([task(row, labels=LABELS[:1])])
    assert {span.label for span in result.reading.spans} == {"PER"}
    with pytest.raises(BackendRefused, match="LOCATION, OBJ, PERSON, the project GPE"):
        machine.label([task(row, labels=(LabelChoice("GPE"),))])


def test_a_text_classifier_answers_what_it_knows(classifier: Path) -> None:
    rows = sentences()
    machine = running("texts", {"model": str(classifier)})
    results = machine.label([task(row, questions=(TOPIC,)) for row in rows])
    right = [r.reading.answers == (Answer("topic", "rendition", tiny_labellers.topic(row)),)
             for row, r in zip(rows, results, strict=True)]  # fmt: skip
    assert sum(right) >= 0.95 * len(rows)
    shares = json.loads(results[0].raw_reply)["topic"]
    assert set(shares) == set(tiny_labellers.TOPICS)
    assert sum(shares.values()) == pytest.approx(1, abs=0.001)


def test_what_a_text_classifier_cannot_answer_is_said(classifier: Path) -> None:
    rows = sentences()
    other = ChoiceQuestion("tone", "?", (LabelChoice("glad"),))
    part = ChoiceQuestion("topic", "?", (LabelChoice("water"), LabelChoice("sport")))
    machine = running("texts", {"model": str(classifier)})
    (result,) = machine.label([task(rows[0], questions=(TOPIC, other))])
    assert result.state == "unsupported"
    assert result.reason == "tone: the model tells water, music, home, no option here"
    assert [answer.question for answer in result.reading.answers] == ["topic"]
    states = {tiny_labellers.topic(row): machine.label([task(row, questions=(part,))])[0].state
              for row in rows}  # fmt: skip
    assert states == {"water": "ok", "music": "unsupported", "home": "unsupported"}
    (marked,) = machine.label([task(rows[0], labels=LABELS)])
    assert marked.state == "unsupported"


def test_several_labels_are_decided_one_by_one(several: Path) -> None:
    rows = sentences(20)
    question = ChoiceQuestion("topic", "?", TOPIC.options, kind="choices")
    machine = running("texts", {"model": str(several)})
    results = machine.label([task(row, questions=(question,)) for row in rows])
    right = [r.reading.answers[0].value == [tiny_labellers.topic(row)]
             for row, r in zip(rows, results, strict=True)]  # fmt: skip
    assert sum(right) >= 19


def test_zero_shot_answers_options_by_their_names(inference: Path) -> None:
    rows = sentences()
    machine = running("zero_shot", {"model": str(inference), "hypothesis": "with the {} ."})
    results = machine.label([task(row, questions=(NOUN,)) for row in rows])
    keys = {option.name: option.key for option in NOUN.options}
    right = [r.reading.answers[0].value == keys[next(n for n in toy.NOUNS if n in row.source)]
             for row, r in zip(rows, results, strict=True)]  # fmt: skip
    assert sum(right) >= 0.95 * len(rows)
    many = ChoiceQuestion("object", "?", NOUN.options, kind="choices")
    (result,) = machine.label([task(rows[0], questions=(many,))])
    assert result.reading.answers[0].value == [results[0].reading.answers[0].value]


def test_zero_shot_needs_a_model_of_inference(classifier: Path, inference: Path) -> None:
    machine = running("zero_shot", {"model": str(classifier)})
    with pytest.raises(BackendRefused, match="needs a model of natural language inference"):
        machine.label([task(sentences(1)[0], questions=(NOUN,))])
    with pytest.raises(BackendRefused, match=r"needs \{\} once"):
        running("zero_shot", {"model": str(inference), "hypothesis": "no place"})


def test_a_generating_model_is_asked_as_a_server_is(tiny_chat: Path) -> None:
    tasks = [LabelTask(f"i{n}", "en", {"text": text}, LABELS)
             for n, text in enumerate(["Ana arrived in Lima .", "Nobody came .", "Lima is far ."])]  # fmt: skip
    settings = {"model": str(tiny_chat), "max_tokens": 60}
    results = running("generation", settings).label(tasks)
    assert [result.state for result in results] == ["ok", "unsupported", "ok"]
    assert [(s.label, s.start, s.end) for s in results[0].reading.spans] == [("LOC", 15, 19)]
    assert results[0].tokens_in > results[0].tokens_out > 0
    alone = [running("generation", settings).label([one])[0] for one in tasks]
    assert [r.raw_reply for r in alone] == [r.raw_reply for r in results]


def test_a_prompt_too_long_for_the_model_is_declined_not_cut(tiny_chat: Path) -> None:
    long = LabelTask("i", "en", {"text": "Lima " * 3000}, LABELS)
    short = LabelTask("j", "en", {"text": "Lima ."}, LABELS)
    results = running("generation", {"model": str(tiny_chat), "max_tokens": 60}).label(
        [long, short]
    )
    assert [result.state for result in results] == ["refused", "ok"]
    assert "the model reads 4036" in results[0].reason


def test_models_are_loaded_once(classifier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running("texts", {"model": str(classifier)})
    monkeypatch.setattr("pipeline.backends.classifiers.loaded", time.sleep)
    running("texts", {"model": str(classifier)})


def test_names_of_labels() -> None:
    assert renamed("") == {}
    for wrong in ("PERSON", "PERSON=", "=PER"):
        with pytest.raises(BackendRefused, match="is not theirs=ours"):
            renamed(wrong)
    assert matched(("Person", "GPE", "X"), LABELS, {"gpe": "LOC"}) == {
        "Person": "PER",
        "GPE": "LOC",
    }
    with pytest.raises(BackendRefused, match="needs a setting 'model'"):
        running("texts", {})
