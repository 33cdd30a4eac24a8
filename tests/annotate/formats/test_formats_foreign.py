"""Formats of other tools: what is written reads back, in every script, and every bad row says why."""

from __future__ import annotations

import io
import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from format_samples import TEXTS, items_of, rich_export, span
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.formats.catalog import FORMATS, detect
from annotate.formats.contract import CardFacts, Format, ReadOptions
from annotate.readings import Answer, Reading, Relation
from annotate.records import ExportRecord, FieldRecord, RowError
from annotate.spans import offsets_of

FACTS = CardFacts("sample")
# Where a writer puts the rows of Spanish items without a split.
WRITTEN = {
    "doccano": "es/all.jsonl", "label_studio": "es/all.json", "squad": "es/all.json",
    "tacred": "es/all.json", "csv": "es.csv", "xlsx": "es.xlsx",
}  # fmt: skip
OFFSETS = ("doccano", "label_studio", "csv", "xlsx")


def export(text: str, reading: Reading, ident: str = "a", **more: Any) -> ExportRecord:
    fields = more.pop("fields", (FieldRecord("text", text),))
    return ExportRecord(ident, "", "es", "original", fields, "en", (), reading, "single", **more)


def written(known: Format, folder: Path, *records: ExportRecord) -> bytes:
    assert known.write is not None
    known.write(iter(records), folder, FACTS)
    return (folder / WRITTEN[known.name]).read_bytes()


def read_back(known: Format, data: bytes, **options: Any) -> list[Any]:
    assert known.read is not None
    chosen = ReadOptions("es", unit=known.offsets, **options)
    return list(known.read(io.BytesIO(data), chosen))


def marks(item: Any) -> list[tuple[Any, ...]]:
    """The spans of an item's first candidate."""
    (rendition,) = item.renditions
    spans = rendition.candidates[0].reading.voted() if rendition.candidates else ()
    return [(s.field, s.start, s.end, s.label, s.surface) for s in spans]


def clusters(text: str) -> list[tuple[int, int]]:
    cuts = [
        i
        for i, (a, b) in enumerate(
            zip([-1, *offsets_of(text, "grapheme")], offsets_of(text, "grapheme"), strict=False)
        )
        if a != b
    ]
    return list(itertools.pairwise(cuts))


@pytest.mark.parametrize("name", OFFSETS)
@pytest.mark.parametrize("script", TEXTS)
def test_spans_of_every_script_come_back(name: str, script: str, tmp_path: Path) -> None:
    text = TEXTS[script]
    if name == "xlsx" and "\r" in text:
        pytest.skip("a workbook holds line feeds only")
    whole = span(text, 0, len(text), "ALL")
    first, last = clusters(text)[0], clusters(text)[-1]
    spans = (whole, span(text, *first, "ONE"), span(text, *last, "END"))
    reading = Reading(spans=tuple(replace(s, key=f"k{n}") for n, s in enumerate(spans)))
    known = FORMATS[name]
    (item,) = items_of(read_back(known, written(known, tmp_path, export(text, reading))))
    assert item.renditions[0].fields[0].text == text
    expected = [(s.field, s.start, s.end, s.label, s.surface) for s in reading.voted()]
    assert sorted(marks(item)) == sorted(expected)


characters = st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\0\ufffe\uffff")


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(characters, min_size=1, max_size=12).filter(lambda t: not t.isspace()),
    data=st.data(),
)
@pytest.mark.parametrize("name", OFFSETS)
def test_any_text_comes_back(name: str, text: str, data: Any, tmp_path_factory: Any) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    known = FORMATS[name]
    reading = Reading(spans=(span(text, start, end, key="1"),))
    folder = tmp_path_factory.mktemp("any")
    (item,) = items_of(read_back(known, written(known, folder, export(text, reading))))
    assert item.renditions[0].fields[0].text == text
    assert marks(item) == [("text", start, end, "PER", text[start:end])]


@pytest.mark.parametrize("name", OFFSETS)
def test_answers_and_relations_come_back(name: str, tmp_path: Path) -> None:
    text = "Ana 😊 vive en Roma"
    reading = Reading(
        (Answer("topic", "rendition", "travel"), Answer("tags", "rendition", ["a", "b"])),
        (span(text, 0, 3, key="1"), span(text, 14, 18, "LOC", key="2")),
        (Relation("lives_in", "1", "2"),),
    )
    known = FORMATS[name]
    (item,) = items_of(read_back(known, written(known, tmp_path, export(text, reading))))
    found = item.renditions[0].candidates[0].reading
    assert {(a.question, str(a.value)) for a in found.answers} == {
        ("topic", "travel"), ("tags", "['a', 'b']"),
    }  # fmt: skip
    (relation,) = found.relations
    ends = {s.key: s.surface for s in found.spans}
    assert (relation.label, ends[relation.head], ends[relation.tail]) == ("lives_in", "Ana", "Roma")


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_lost_is_told(name: str, tmp_path: Path) -> None:
    known = FORMATS[name]
    assert known.write is not None
    undecided = replace(rich_export("b"), reading=None)
    losses = known.write(iter([rich_export("a"), undecided]), tmp_path, FACTS)
    told = {loss.what: loss.count for loss in losses}
    assert told == {
        row["what"]: row["count"] for row in json.loads((tmp_path / "LOSSES.json").read_text())
    }
    if name == "squad":
        assert told["items without a question and a context"] == 1
        return
    assert told["judgements"] >= 2
    if name != "label_studio":
        assert told["renditions without a decision"] == 1
        assert told["candidates of annotators"] == 3


def test_doccano_counts_utf16_units_and_reads_all_its_forms() -> None:
    rows = [
        {"id": 7, "text": "😊 Ana", "label": [[3, 6, "PER"]], "source": "web"},
        {"text": "Ana in Rome", "entities": [
            {"id": 1, "start_offset": 0, "end_offset": 3, "label": "PER"},
            {"id": 2, "start_offset": 7, "end_offset": 11, "label": "LOC"}],
         "relations": [{"id": 1, "from_id": 1, "to_id": 2, "type": "lives_in"}]},
        {"text": "good", "label": ["positive"]},
        {"text": "on 5", "entities": [[3, 4, "NUM"]], "cats": ["a", "b"]},
    ]  # fmt: skip
    data = "\n".join(json.dumps(row) for row in rows).encode()
    found = items_of(read_back(FORMATS["doccano"], data))
    assert marks(found[0]) == [("text", 2, 5, "PER", "Ana")]
    assert (found[0].external_id, dict(found[0].metadata)) == ("7", {"source": "web"})
    assert found[1].renditions[0].candidates[0].reading.relations == (
        Relation("lives_in", "1", "2"),
    )
    assert found[2].renditions[0].candidates[0].reading.answers == (
        Answer("label", "rendition", "positive"),
    )
    assert found[3].renditions[0].candidates[0].reading.answers[0].value == ["a", "b"]
    wrong = read_back(
        FORMATS["doccano"], json.dumps({"text": "😊", "label": [[1, 2, "X"]]}).encode()
    )
    assert isinstance(wrong[0], RowError)
    assert "inside" in str(wrong[0])


def test_label_studio_tells_annotations_from_predictions() -> None:
    def mark(ident: str, start: int, end: int, label: str) -> dict[str, Any]:
        return {"id": ident, "from_name": "label", "to_name": "text", "type": "labels",
                "value": {"start": start, "end": end, "text": "", "labels": [label]}}  # fmt: skip

    task = {
        "id": 3, "data": {"text": "Ana in Rome", "url": "http://x/"},
        "annotations": [
            {"was_cancelled": True, "result": []},
            {"result": [mark("a", 0, 3, "ORG")]},
            {"ground_truth": True, "result": [
                mark("a", 0, 3, "PER"), mark("b", 7, 11, "LOC"),
                {"type": "relation", "from_id": "b", "to_id": "a", "direction": "left", "labels": ["lives_in"]},
                {"id": "a", "from_name": "kind", "to_name": "text", "type": "choices", "value": {"choices": ["real"]}},
                {"id": "z", "from_name": "stars", "to_name": "text", "type": "rating", "value": {"rating": 4}}]},
        ],
        "predictions": [{"model_version": "bert-1", "result": [mark("p", 0, 11, "PER")]}],
    }  # fmt: skip
    options = ReadOptions("en")
    read = FORMATS["label_studio"].read
    assert read is not None
    (item,) = items_of(list(read(io.BytesIO(json.dumps([task]).encode()), options)))
    said = {c.annotator: c.reading for c in item.renditions[0].candidates}
    assert list(said) == ["imported", "imported-2", "bert-1"]
    assert [s.label for s in said["imported"].spans] == ["PER", "LOC"]
    assert said["imported"].relations == (Relation("lives_in", "a", "b"),)
    assert set(said["imported"].answers) == {
        Answer("kind", "span:a", "real"),
        Answer("stars", "rendition", 4),
    }
    assert options.notes == {"cancelled annotations, not imported": 1}
    task["annotations"][2]["result"][0]["value"]["startOffset"] = 1
    (error,) = list(read(io.BytesIO(json.dumps([task]).encode()), ReadOptions("en")))
    assert "plain text" in str(error)


def test_label_studio_s_configuration_names_what_the_tasks_use(tmp_path: Path) -> None:
    from defusedxml.ElementTree import fromstring

    text = 'Ana & "Bo"'
    reading = Reading((Answer("topic", "rendition", "a<b"),), (span(text, 0, 3, 'P"R', key="1"),))
    written(FORMATS["label_studio"], tmp_path, export(text, reading))
    view = fromstring((tmp_path / "labelling-config.xml").read_text())
    assert [x.get("value") for x in view.iter("Label")] == ['P"R']
    assert [x.get("value") for x in view.iter("Choice")] == ["a<b"]
    (task,) = json.loads((tmp_path / "es/all.json").read_text())
    names = {e.get("name") for e in view.iter() if e.get("name")}
    assert {r["from_name"] for r in task["annotations"][0]["result"]} <= names


SQUAD = {
    "version": "v2.0",
    "data": [{"title": "Rome", "paragraphs": [{"context": "Ana lives in 😊 Rome.", "qas": [
        {"id": "q1", "question": "Where?", "answers": [
            {"text": "Rome", "answer_start": 15}, {"text": "Rome", "answer_start": 15},
            {"text": "in 😊 Rome", "answer_start": 10}]},
        {"id": "q2", "question": "When?", "answers": [], "is_impossible": True},
        {"id": "q3", "question": "Who?", "answers": [{"text": "Bo", "answer_start": 0}]}]}]}],
}  # fmt: skip


def test_squad_checks_each_answer_and_keeps_other_places(tmp_path: Path) -> None:
    known = FORMATS["squad"]
    first, second, wrong = read_back(known, json.dumps(SQUAD).encode())
    spans = first.renditions[0].candidates[0].reading.spans
    assert [(s.start, s.end, s.rank) for s in spans] == [(15, 19, 1), (10, 19, 2)]
    assert [f.name for f in first.renditions[0].fields] == ["context", "question"]
    assert second.renditions[0].candidates[0].reading.answers == (
        Answer("is_impossible", "rendition", "yes"),
    )
    assert isinstance(wrong, RowError)
    assert wrong.line == 3
    assert "'Ana', not" not in str(wrong)
    assert "not 'Bo'" in str(wrong)
    fields = first.renditions[0].fields
    record = export("", Reading(spans=(spans[0],)), "q1", fields=fields, group="Rome")
    again = json.loads(written(known, tmp_path, record))
    (qa,) = again["data"][0]["paragraphs"][0]["qas"]
    assert qa["answers"] == [{"text": "Rome", "answer_start": 15}]
    assert again["data"][0]["title"] == "Rome"


TACRED = {
    "id": "e1", "docid": "d", "relation": "per:city", "token": ["Ana", "-LRB-", "30", "-RRB-", "of", "New", "Rome"],
    "subj_start": 0, "subj_end": 0, "obj_start": 5, "obj_end": 6, "subj_type": "PERSON", "obj_type": "CITY",
    "stanford_pos": ["NNP"],
}  # fmt: skip


def test_tacred_s_ends_are_read_as_the_file_means_them(tmp_path: Path) -> None:
    known = FORMATS["tacred"]
    (item,) = items_of(read_back(known, json.dumps([TACRED]).encode()))
    assert item.renditions[0].fields[0].text == "Ana ( 30 ) of New Rome"
    assert [m[3:] for m in marks(item)] == [("PERSON", "Ana"), ("CITY", "New Rome")]
    exclusive = TACRED | {"subj_end": 1, "obj_end": 7}
    (same,) = items_of(read_back(known, json.dumps([exclusive]).encode(), token_ends="exclusive"))
    assert marks(same) == marks(item)
    (error,) = read_back(known, json.dumps([exclusive]).encode())
    assert "choose the other" in str(error)
    reading = item.renditions[0].candidates[0].reading
    record = export(
        item.renditions[0].fields[0].text, reading, "e1", group="d", metadata=item.metadata
    )
    (row,) = json.loads(written(known, tmp_path, record))
    expected = {k: v for k, v in TACRED.items() if k != "token"}
    assert {k: row[k] for k in expected} == expected
    assert row["token"] == ["Ana", "(", "30", ")", "of", "New", "Rome"]


def test_qrels_join_the_texts_and_come_back(tmp_path: Path) -> None:
    known = FORMATS["trec"]
    texts = [
        {"_id": "q1", "text": "where is Rome"},
        {"_id": "d1", "title": "Rome", "text": "A city."},
    ]
    lines = b"q1 0 d1 2\nq1 0 d9 0\nq1 0 d1 high\n"
    assert known.read_pair is not None
    assert known.write is not None
    rows = list(
        known.read_pair(
            io.BytesIO(lines),
            io.BytesIO("\n".join(map(json.dumps, texts)).encode()),
            ReadOptions("en"),
        )
    )
    item, absent, wrong = rows
    assert {f.name: f.text for f in item.renditions[0].fields} == {
        "query": "where is Rome", "document": "Rome\nA city.",
    }  # fmt: skip
    assert item.renditions[0].candidates[0].reading.answers == (Answer("grade", "rendition", "2"),)
    assert "no document 'd9'" in str(absent)
    assert "whole number" in str(wrong)
    record = export("", item.renditions[0].candidates[0].reading, item.external_id,
                    fields=item.renditions[0].fields, inputs=item.inputs)  # fmt: skip
    known.write(iter([record]), tmp_path, FACTS)
    assert (tmp_path / "es/all.qrels").read_text() == "q1 0 d1 2\n"


def test_a_table_s_columns_are_named_or_chosen() -> None:
    known = FORMATS["csv"]
    data = 'phrase;label;mood;note\r\n"Ana; Rome\nnew line";travel;glad;x\n\n=1+1;work;;\n'.encode(
        "utf-8-sig"
    )
    found = items_of(read_back(known, data, columns={"phrase": "text", "mood": "answer:mood"}))
    assert found[0].renditions[0].fields[0].text == "Ana; Rome\nnew line"
    assert {(a.question, a.value) for a in found[0].renditions[0].candidates[0].reading.answers} == {
        ("label", "travel"), ("mood", "glad"),
    }  # fmt: skip
    assert dict(found[0].metadata) == {"note": "x"}
    assert found[1].renditions[0].fields[0].text == "=1+1"
    (error,) = read_back(known, data)
    assert "no column is called text" in str(error)
    (error,) = read_back(known, data, columns={"fraze": "text"})
    assert "it has phrase, label, mood, note" in str(error)
    (error,) = read_back(known, data, columns={"phrase": "poem"})
    assert "nothing that a column can hold" in str(error)


def test_a_table_may_hold_both_sides_of_a_translation() -> None:
    data = b"id\tsource\ttarget\n1\tAna lives.\tAna vive.\n"
    read = FORMATS["csv"].read
    assert read is not None
    (item,) = items_of(list(read(io.BytesIO(data), ReadOptions("en", "es"))))
    assert [(r.language, r.fields[0].text) for r in item.renditions] == [
        ("en", "Ana lives."),
        ("es", "Ana vive."),
    ]


@pytest.mark.parametrize(
    "formula", ["=cmd|' /C calc'!A0", "+1+cmd", "-2+3", "@SUM(1)", "\t=1", "'=1"]
)
def test_no_cell_of_an_export_is_run_by_a_spreadsheet(formula: str, tmp_path: Path) -> None:
    known = FORMATS["csv"]
    data = written(known, tmp_path, export(formula, Reading()))
    import csv

    cells = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert not any(re.match(r"[=+\-@\t\r]", cell) for row in cells for cell in row)
    options: dict[str, Any] = {}
    (item,) = items_of(read_back(known, data, **options))
    assert item.renditions[0].fields[0].text == formula
    book = FORMATS["xlsx"]
    from openpyxl import load_workbook

    raw = written(book, tmp_path, export(formula, Reading()))
    sheet = load_workbook(io.BytesIO(raw)).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "inlineStr", "n"}
    (item,) = items_of(read_back(book, raw))
    assert item.renditions[0].fields[0].text.lstrip("'") == formula.lstrip("'")


def test_a_table_in_utf16_and_one_that_is_no_table() -> None:
    known = FORMATS["csv"]
    (item,) = items_of(read_back(known, "text\nनमस्ते\n".encode("utf-16")))
    assert item.renditions[0].fields[0].text == "नमस्ते"
    rows = read_back(known, b"text\ncaf\xe9\nok\n")
    assert "not UTF-8" in str(rows[0])
    assert not isinstance(rows[1], RowError)
    (error,) = read_back(known, b"")
    assert "empty" in str(error)
    (error,) = read_back(FORMATS["xlsx"], b"PK\x03\x04 no")
    assert "no zip archive" in str(error)


@pytest.mark.parametrize(
    ("filename", "head", "name"),
    [
        ("a.jsonl", b'{"text": "x", "label": [[0, 1, "A"]]}\n', "doccano"),
        ("a.jsonl", b'{"id": 1, "text": "x", "spans": [{"label": "A"}]}\n', "native"),
        ("a.json", b'[{"id": 1, "data": {"text": "x"}, "annotations": []}]', "label_studio"),
        ("a.json", json.dumps(SQUAD).encode(), "squad"),
        ("a.json", json.dumps([TACRED]).encode(), "tacred"),
        ("a.qrels", b"q1 0 d1 2\nq1 0 d2 0\n", "trec"),
        ("a.tsv", b"id\ttext\n", "csv"),
        ("a.xlsx", b"PK\x03\x04", "xlsx"),
        ("a.txt", b"Ana B-PER\nin O\nRome B-LOC\n\n", "conll"),
    ],
)
def test_a_file_is_recognised(filename: str, head: bytes, name: str) -> None:
    assert detect(filename, head) == name
