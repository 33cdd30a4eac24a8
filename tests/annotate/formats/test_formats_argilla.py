"""Argilla: agents and people apart, in the three shapes that responses come in, and back."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from format_samples import TEXTS, items_of, rich_export, span

from annotate.formats import argilla
from annotate.formats.catalog import detect
from annotate.formats.contract import CardFacts, ReadOptions
from annotate.readings import Answer, Reading
from annotate.records import ExportRecord, FieldRecord, RowError

FACTS = CardFacts("sample")
PLACE = {"start": 0, "end": 3, "label": "PER"}
RECORD = {
    "id": "r1",
    "status": "pending",
    "fields": {"text": "Ana met Sam.", "hint": "A greeting."},
    "metadata": {"source": "news"},
    "suggestions": [
        {"question_name": "names", "value": [PLACE], "score": 0.8, "agent": "tagger"},
        {"question_name": "topic", "value": "people", "score": None, "agent": "judge"},
    ],
    "responses": [],
    "vectors": {"v": [0.1]},
}


def rows(*records: Any, **options: Any) -> tuple[list[Any], Counter[str]]:
    chosen = ReadOptions("en", **options)
    data = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records)
    return list(argilla.read(io.BytesIO(data.encode()), chosen)), chosen.notes


def candidates(record: Any, **options: Any) -> dict[str, Reading]:
    (item,), _notes = rows(record, **options)
    return {c.annotator: c.reading for c in item.renditions[0].candidates}


def test_agents_are_candidates_of_their_own() -> None:
    (item,), _notes = rows(RECORD)
    found = {c.annotator: c.reading for c in item.renditions[0].candidates}
    assert [(s.surface, s.field, s.score) for s in found["tagger"].spans] == [("Ana", "text", 0.8)]
    assert found["judge"].answers == (Answer("topic", "rendition", "people"),)
    assert item.external_id == "r1"
    assert item.metadata == {"source": "news"}
    assert detect("x.jsonl", json.dumps(RECORD).encode()) == "argilla"


@pytest.mark.parametrize(
    "responses",
    [
        [{"question_name": "topic", "value": "art", "user_id": "u1", "status": "submitted"}],
        {"topic": [{"value": "art", "user_id": "u1"}]},
        [{"values": {"topic": {"value": "art"}}, "user_id": "u1", "status": "submitted"}],
    ],
    ids=["listed", "by question", "as the server answers"],
)
def test_people_answer_in_three_shapes(responses: Any) -> None:
    found = candidates(RECORD | {"suggestions": [], "responses": responses})
    assert found["u1"].answers == (Answer("topic", "rendition", "art"),)


def test_drafts_are_left_and_rankings_keep_their_order() -> None:
    draft = {"question_name": "topic", "value": "art", "user_id": "u1", "status": "draft"}
    ranking = [{"value": "b", "rank": 2}, {"value": "a", "rank": 1}]
    ranked = {"question_name": "best", "value": ranking, "agent": "judge"}
    (item,), notes = rows(RECORD | {"suggestions": [ranked], "responses": [draft]})
    (only,) = item.renditions[0].candidates
    assert only.reading.answers == (Answer("best", "rendition", ["a", "b"]),)
    assert notes == {"drafts and discarded responses, not imported": 1}


def test_units_of_the_page_are_taken_where_they_are_chosen() -> None:
    record = {"id": 1, "fields": {"text": "😊 Ana"}, "suggestions": [
        {"question_name": "names", "value": [{"start": 3, "end": 6, "label": "PER"}]},
    ]}  # fmt: skip
    (reading,) = candidates(record, unit="utf16").values()
    assert reading.spans[0].surface == "Ana"


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_script_comes_back(tmp_path: Path, text: str) -> None:
    reading = Reading(
        (Answer("topic", "rendition", ["x", "y"]),),
        (span(text, 0, 3), span(text, 4, 6, "LOC"), span("Nota", 0, 4, field="note")),
    )
    fields = (FieldRecord("text", text), FieldRecord("note", "Nota"))
    record = ExportRecord("a", "", "es", "original", fields, "en", (), reading, "single")
    argilla.write(iter([record]), tmp_path, FACTS)
    data = (tmp_path / "es/all.jsonl").read_bytes()
    (item,) = items_of(list(argilla.read(io.BytesIO(data), ReadOptions("es"))))
    (found,) = item.renditions[0].candidates
    assert found.annotator == "single"
    assert {s.place for s in found.reading.spans} == {s.place for s in reading.spans}
    assert found.reading.answers == reading.answers


def test_what_has_no_place_is_told(tmp_path: Path) -> None:
    told = {loss.what for loss in argilla.write(iter([rich_export()]), tmp_path, FACTS)}
    assert {"relations", "candidates of annotators", "judgements", "source texts"} <= told
    plain = ExportRecord(
        "b", "", "es", "original", (FieldRecord("text", "Ana"),), "en", (), Reading(), "single",
        inputs={"options": ["x"]}, variety="es-MX", metadata={"tokens": {"es": ["Ana"]}, "n": 1},
    )  # fmt: skip
    assert [(loss.what, loss.count) for loss in argilla.write(iter([plain]), tmp_path, FACTS)] == [
        ("inputs and varieties", 2)
    ]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"fields": {}}, "fields"),
        ({"fields": {"image": 5}}, "fields"),
        ({"suggestions": [5]}, "suggestions[0]"),
        ({"suggestions": [{"value": "x"}]}, "suggestions"),
        ({"metadata": []}, "metadata"),
        ({"responses": {"topic": ["x"]}}, "responses.topic[0]"),
    ],
)
def test_faults_name_their_place(change: Any, column: str) -> None:
    (fault,), _ = rows(RECORD | change)
    assert isinstance(fault, RowError)
    assert column in str(fault)
