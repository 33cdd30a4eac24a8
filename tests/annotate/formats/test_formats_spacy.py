"""spaCy: documents as its manual shows them, and back in every script, overlaps included."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from format_samples import TEXTS, items_of, rich_export, span

from annotate.formats import spacy
from annotate.formats.catalog import detect
from annotate.formats.contract import CardFacts, ReadOptions
from annotate.readings import Answer, Reading
from annotate.records import ExportRecord, FieldRecord, RowError

FACTS = CardFacts("sample")
# As Doc.to_json writes it.
MANUAL = {
    "text": "Apple is looking at buying U.K. startup",
    "ents": [{"start": 0, "end": 5, "label": "ORG"}, {"start": 27, "end": 31, "label": "GPE"}],
    "sents": [{"start": 0, "end": 39}],
    "tokens": [
        {"id": 0, "start": 0, "end": 5, "tag": "NNP", "pos": "PROPN", "dep": "nsubj", "head": 2},
    ],
    "spans": {"sc": [
        {"start": 27, "end": 31, "label": "GPE"}, {"start": 27, "end": 39, "label": "FIRM"},
    ]},
    "cats": {"BUSINESS": 0.93, "SPORT": 0.02},
}  # fmt: skip


def rows(*documents: Any) -> tuple[list[Any], Counter[str]]:
    options = ReadOptions("en")
    data = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in documents)
    return list(spacy.read(io.BytesIO(data.encode()), options)), options.notes


def returned(folder: Path, text: str, reading: Reading) -> tuple[Any, dict[str, Any]]:
    """What is read back of a text with a reading, and the line that was written."""
    record = ExportRecord(
        "a", "", "es", "original", (FieldRecord("text", text),), "en", (), reading, "single"
    )
    spacy.write(iter([record]), folder, FACTS)
    data = (folder / "es/all.jsonl").read_bytes()
    (item,) = items_of(list(spacy.read(io.BytesIO(data), ReadOptions("es"))))
    return item, json.loads(data)


def test_a_document_of_the_manual() -> None:
    (item,), notes = rows(MANUAL)
    reading = item.renditions[0].candidates[0].reading
    assert [(s.label, s.surface) for s in reading.spans] == [
        ("ORG", "Apple"), ("GPE", "U.K."), ("FIRM", "U.K. startup"),
    ]  # fmt: skip
    assert reading.answers == (Answer("label", "rendition", "BUSINESS"),)
    assert notes == {"analyses of tokens (tags, lemmas, heads), not imported": 1}
    assert detect("a.jsonl", json.dumps(MANUAL).encode()) == "spacy"


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_script_comes_back(tmp_path: Path, text: str) -> None:
    reading = Reading(
        (Answer("topic", "rendition", "x"),), (span(text, 0, 3), span(text, 4, 6, "LOC"))
    )
    item, line = returned(tmp_path, text, reading)
    found = item.renditions[0].candidates[0].reading
    assert item.renditions[0].fields[0].text == text
    assert [s.place for s in found.spans] == [s.place for s in reading.spans]
    assert found.answers == reading.answers
    assert "spans" not in line, "nothing overlaps"
    assert [text[one["start"] : one["end"]] for one in line["ents"]] == [text[0:3], text[4:6]]


def test_overlaps_are_kept_in_a_group_and_entities_stay_apart(tmp_path: Path) -> None:
    text = "Universidad de Buenos Aires"
    spans = (span(text, 15, 27, "LOC"), span(text, 0, 27, "ORG"))
    item, line = returned(tmp_path, text, Reading((), spans))
    assert line["ents"] == [{"start": 0, "end": 27, "label": "ORG"}]
    assert len(line["spans"]["sc"]) == 2
    found = item.renditions[0].candidates[0].reading
    assert {s.place for s in found.spans} == {s.place for s in spans}


def test_what_has_no_place_is_told(tmp_path: Path) -> None:
    losses = spacy.write(iter([rich_export()]), tmp_path, FACTS)
    told = {loss.what for loss in losses}
    assert {"relations", "links from spans to source spans", "candidates of annotators"} <= told
    cut = ExportRecord(
        "b", "", "es", "original", (FieldRecord("text", "Anamaría"),), "en", (),
        Reading((), (span("Anamaría", 0, 3),)), "single",
    )  # fmt: skip
    losses = spacy.write(iter([cut]), tmp_path, FACTS)
    assert [loss.count for loss in losses if "cut a token" in loss.what] == [1]


@pytest.mark.parametrize(
    ("document", "column"),
    [
        ({"text": "Ana", "ents": [5]}, "ents[0]"),
        ({"text": "Ana", "ents": [], "cats": {"X": "yes"}}, "cats.X"),
        ({"text": "Ana", "ents": [], "spans": []}, "spans"),
        ({"text": "Ana", "ents": [{"start": 0, "end": 9, "label": "PER"}]}, "spans[0]"),
        ({"ents": []}, "text"),
    ],
)  # fmt: skip
def test_faults_name_their_place(document: Any, column: str) -> None:
    (fault,), _ = rows(document)
    assert isinstance(fault, RowError)
    assert column in str(fault)
