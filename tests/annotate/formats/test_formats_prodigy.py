"""Prodigy: tasks read back in every script; what people refused is not taken for a label."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from format_samples import TEXTS, items_of, rich_export, span, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotate.formats import prodigy
from annotate.formats.catalog import detect
from annotate.formats.contract import CardFacts, ReadOptions
from annotate.readings import Answer, Reading, Relation
from annotate.records import ExportRecord, FieldRecord, RowError

FACTS = CardFacts("sample")
# The example of Prodigy's manual for relations, with its token numbers.
MANUAL = {
    "text": "My mother’s name is Sasha Smith.",
    "tokens": [
        {"text": "My", "start": 0, "end": 2, "id": 0, "ws": True},
        {"text": "mother", "start": 3, "end": 9, "id": 1, "ws": False},
        {"text": "’s", "start": 9, "end": 11, "id": 2, "ws": True},
        {"text": "name", "start": 12, "end": 16, "id": 3, "ws": True},
        {"text": "is", "start": 17, "end": 19, "id": 4, "ws": True},
        {"text": "Sasha", "start": 20, "end": 25, "id": 5, "ws": True},
        {"text": "Smith", "start": 26, "end": 31, "id": 6, "ws": False},
        {"text": ".", "start": 31, "end": 32, "id": 7, "ws": False},
    ],
    "spans": [
        {"start": 3, "end": 9, "token_start": 1, "token_end": 1, "label": "ROLE"},
        {"start": 20, "end": 31, "token_start": 5, "token_end": 6, "label": "PERSON"},
    ],
    "relations": [
        {"head": 1, "child": 6, "label": "NAMED"},
        {"head": 0, "child": 1, "label": "POSS"},
    ],
    "answer": "accept",
    "_input_hash": 1886699658,
}


def rows(*tasks: Any) -> tuple[list[Any], Counter[str]]:
    options = ReadOptions("es")
    data = "".join(json.dumps(task, ensure_ascii=False) + "\n" for task in tasks)
    return list(prodigy.read(io.BytesIO(data.encode()), options)), options.notes


def returned(folder: Path, text: str, reading: Reading) -> Any:
    record = ExportRecord(
        "a", "", "es", "original", (FieldRecord("text", text),), "en", (), reading, "single"
    )
    prodigy.write(iter([record]), folder, FACTS)
    data = (folder / "es/all.jsonl").read_bytes()
    (item,) = items_of(list(prodigy.read(io.BytesIO(data), ReadOptions("es"))))
    return item


def test_the_example_of_the_manual() -> None:
    (item,), notes = rows(MANUAL)
    reading = item.renditions[0].candidates[0].reading
    assert item.external_id == "1886699658"
    assert [(s.label, s.surface) for s in reading.spans] == [
        ("ROLE", "mother"), ("PERSON", "Sasha Smith"),
    ]  # fmt: skip
    assert [(r.label, r.head, r.tail) for r in reading.relations] == [("NAMED", "1", "2")]
    assert notes == {"relations between tokens outside spans, not imported": 1}


@pytest.mark.parametrize("answer", ["reject", "ignore"])
def test_what_was_not_accepted_gives_a_text_without_labels(answer: str) -> None:
    (item,), notes = rows(MANUAL | {"answer": answer})
    assert item.renditions[0].candidates == ()
    assert notes == {f"labels of tasks answered {answer}, not imported": 1}


def test_choices_and_who_made_them() -> None:
    task = {"text": "Ana", "accept": ["x", "y"], "_annotator_id": "sam", "_timestamp": 5}
    (item,), _ = rows(task)
    (candidate,) = item.renditions[0].candidates
    assert candidate.annotator == "sam"
    assert candidate.reading.answers == (Answer("label", "rendition", ["x", "y"]),)
    assert item.metadata == {"_timestamp": 5}


@pytest.mark.parametrize(("task", "cause"), [
    ({"text": "Ana", "answer": "maybe"}, "answer: expected accept, reject or ignore"),
    ({"text": "Ana", "spans": [3]}, "spans[0]: expected an object"),
    ({"text": "Ana", "spans": {}}, "spans: expected a list"),
    ({"text": "Ana", "meta": 1}, "meta: expected an object"),
    ({"text": "Ana", "accept": [None]}, "accept: expected a category"),
    ({"text": "Ana", "spans": [{"start": 0, "end": 9, "label": "X"}]}, "lies outside the text"),
])  # fmt: skip
def test_a_bad_task_is_named_and_the_next_is_read(task: Any, cause: str) -> None:
    (error, item), _ = rows(task, {"text": "ok"})
    assert isinstance(error, RowError)
    assert error.line == 1
    assert cause in str(error)
    assert item.renditions[0].fields[0].text == "ok"


@pytest.mark.parametrize("script", TEXTS)
def test_every_script_comes_back(script: str, tmp_path: Path) -> None:
    text = TEXTS[script]
    whole = span(text, 0, len(text), "ALL", key="1")
    item = returned(tmp_path, text, Reading(spans=(whole,)))
    assert item.renditions[0].fields[0].text == text
    (found,) = item.renditions[0].candidates[0].reading.spans
    assert (found.start, found.end, found.label) == (0, len(text), "ALL")


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=texts, data=st.data())
def test_spans_relations_and_answers_come_back(text: str, data: Any, tmp_path: Path) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    spans = (span(text, start, end, "A", key="1"), span(text, 0, len(text), "B", key="2"))
    reading = Reading(
        (Answer("topic", "rendition", "x=y"),), spans, (Relation("in", "1", "2"),)
    )  # fmt: skip
    found = returned(tmp_path, text, reading).renditions[0].candidates[0].reading
    names = {s.key: s.label for s in found.spans}
    assert {s.place for s in found.spans} == {s.place for s in spans}
    assert [(r.label, names[r.head], names[r.tail]) for r in found.relations] == [("in", "A", "B")]
    assert found.answers == reading.answers


def test_what_is_lost_is_told(tmp_path: Path) -> None:
    losses = {loss.what for loss in prodigy.write(iter([rich_export()]), tmp_path, FACTS)}
    assert {"attributes of spans", "alternatives of spans", "candidates of annotators"} <= losses
    assert "answers about parts of a text" in losses


def test_tasks_are_recognised() -> None:
    assert detect("x.jsonl", json.dumps(MANUAL, ensure_ascii=False).encode()) == "prodigy"
