"""Parquet and the library ``datasets``: what Vouch writes loads, and what others wrote is read."""

from __future__ import annotations

import datetime
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from format_samples import TEXTS, items_of, rich_export
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.formats.catalog import FORMATS
from annotate.formats.conll.tags import tagged
from annotate.formats.contract import CardFacts, ReadOptions
from annotate.formats.parquet import read, write
from annotate.formats.tokens import tokens_of
from annotate.readings import Answer
from annotate.records import ItemRecord, RowError

datasets = pytest.importorskip("datasets")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)


def read_table(table: pa.Table, **options: Any) -> list[Any]:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    buffer.seek(0)
    return list(read(buffer, ReadOptions("en", **options)))


def read_set(folder: Path, features: dict[str, Any], rows: dict[str, list[Any]], **options: Any):
    made = datasets.Dataset.from_dict(rows, features=datasets.Features(features))
    made.to_parquet(folder / "made.parquet")
    with (folder / "made.parquet").open("rb") as stream:
        return list(read(stream, ReadOptions("en", **options)))


def spans_of(item: ItemRecord) -> list[tuple[str, str]]:
    return [(s.label, s.surface) for s in item.renditions[0].candidates[0].reading.spans]


def test_an_export_loads_by_its_path_with_all_configurations(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    records = [
        rich_export("a"), replace(rich_export("b"), split="test"), rich_export("c", "sw"),
        replace(rich_export("d"), reading=None),
    ]  # fmt: skip
    write(iter(records), folder, CardFacts("x", tokens=True))

    def load(name: str) -> Any:
        return datasets.load_dataset(str(folder), name, cache_dir=str(tmp_path / "cache"))

    assert set(datasets.get_dataset_config_names(str(folder))) == {
        "default", "es", "sw", "judgements",
    }  # fmt: skip
    every = load("default")
    assert {name: len(rows) for name, rows in every.items()} == {"train": 2, "test": 1}
    first = every["train"][0]
    texts = {"target": first["text"], "source": first["source_text"]}
    for found in first["spans"]:
        if found["anchor"] == "text":
            assert texts[found["side"]][found["start"] : found["end"]] == found["surface"]
    assert len(first["tokens"]) == len(first["ner_tags"])
    # One row per judgement, undecided renditions included, each with its rater and its own labels.
    judged = load("judgements")
    assert {name: len(rows) for name, rows in judged.items()} == {"train": 6, "test": 2}
    told = judged["train"][0]
    assert (told["id"], told["rater"], told["outcome"]) == ("a", "rater-7", "answered")
    assert [s["label"] for s in told["spans"]] == ["PER", "LOC", "LOC", "ORG", "OMIT", "ERR"]
    assert set(judged["train"]["lang"]) == {"es", "sw"}


def test_tokens_and_tags_of_others(tmp_path: Path) -> None:
    names = ["O", "B-PER", "I-PER", "B-LOC"]
    features = {
        "id": datasets.Value("string"),
        "tokens": datasets.Sequence(datasets.Value("string")),
        "ner_tags": datasets.Sequence(datasets.ClassLabel(names=names)),
        "pos_tags": datasets.Sequence(datasets.ClassLabel(names=["N", "V"])),
    }
    rows = {
        "id": ["0", "1"], "tokens": [["Ana", "Ruiz", "'s", "😊", "Rome."], ["x"]],
        "ner_tags": [[1, 2, 0, 0, 3], [0]], "pos_tags": [[0, 0, 1, 0, 0], [1]],
    }  # fmt: skip
    first, second = items_of(read_set(tmp_path, features, rows))
    assert first.renditions[0].fields[0].text == "Ana Ruiz 's 😊 Rome."
    assert spans_of(first) == [("PER", "Ana Ruiz"), ("LOC", "Rome.")]
    assert first.metadata["pos_tags"] == ["N", "N", "V", "N", "N"]
    assert first.metadata["tokens"] == {"en": rows["tokens"][0]}
    assert (second.external_id, spans_of(second)) == ("1", [])


@settings(max_examples=40, deadline=None)
@given(text=st.sampled_from(sorted(TEXTS.values())), data=st.data())
def test_tags_of_any_script_are_spans(text: str, data: st.DataObject) -> None:
    places = tokens_of(text)
    first = data.draw(st.integers(0, len(places) - 1))
    end = data.draw(st.integers(first + 1, len(places)))
    table = pa.table({
        "text": [text], "tokens": [[text[a:b] for a, b in places]],
        "tags": [tagged(len(places), [(first, end, "X")])],
    })  # fmt: skip
    (item,) = items_of(read_table(table))
    (found,) = item.renditions[0].candidates[0].reading.spans
    assert (found.start, found.end) == (places[first][0], places[end - 1][1])
    assert item.renditions[0].fields[0].text == text


def test_classes_languages_and_translations_of_others(tmp_path: Path) -> None:
    features = {
        "text": datasets.Value("string"), "lang": datasets.Value("string"),
        "label": datasets.ClassLabel(names=["travel", "sport"]),
        "when": datasets.Value("timestamp[s]"),
    }  # fmt: skip
    rows = {
        "text": ["यात्रा", "b"], "lang": ["hi", "en"], "label": [0, -1],
        "when": [datetime.datetime(2026, 1, 2), None],
    }  # fmt: skip
    first, second = items_of(read_set(tmp_path, features, rows))
    assert (first.renditions[0].language, first.renditions[0].fields[0].text) == ("hi", "यात्रा")
    assert first.renditions[0].candidates[0].reading.answers == (
        Answer("label", "rendition", "travel"),
    )
    assert first.metadata == {"when": "2026-01-02T00:00:00"}
    assert not second.renditions[0].candidates

    table = pa.table({"translation": [{"es": "uno", "en": "one"}, {"es": None, "en": "two"}]})
    both, alone = items_of(read_table(table))
    assert [(r.language, r.fields[0].text) for r in both.renditions] == [
        ("en", "one"), ("es", "uno"),
    ]  # fmt: skip
    assert [r.language for r in alone.renditions] == ["en"]


def test_columns_can_be_named() -> None:
    table = pa.table({"phrase": ["Ana"], "mood": ["glad"], "n": [3]})
    (item,) = items_of(
        read_table(table, columns={"phrase": "text", "mood": "answer:mood", "n": "id"})
    )
    assert item.external_id == "3"
    assert item.renditions[0].candidates[0].reading.answers[0].value == "glad"


def test_columns_and_what_they_are_taken_for_are_told(tmp_path: Path) -> None:
    def told(data: bytes, **options: Any) -> list[tuple[str, str]]:
        header = FORMATS["parquet"].header
        assert header is not None
        return header(io.BytesIO(data), ReadOptions("en", **options))

    buffer = io.BytesIO()
    table = pa.table({"tokens": [["a"]], "tags": [["O"]], "lang": ["en"], "mood": ["x"]})
    pq.write_table(table, buffer)
    assert told(buffer.getvalue()) == [("lang", "language"), ("mood", "metadata")]
    found = told(buffer.getvalue(), columns={"mood": "answer:mood"})
    assert found[1] == ("mood", "answer:mood")
    assert told(b"PAR1 and no more PAR1") == []
    write(iter([rich_export()]), tmp_path, CardFacts("x"))
    ours = tmp_path / "data/es/train-00000-of-00001.parquet"
    assert told(ours.read_bytes()) == []


BAD = [
    ({"x": ["a"]}, "no column is called text; say which one holds the text"),
    ({"text": ["a\0b"]}, "NUL"),
    ({"text": [""]}, "the text is empty"),
    ({"text": [b"\xff"]}, "holds bytes"),
    ({"text": ["a"], "score": [float("nan")]}, "score: nan is no number"),
    ({"text": ["x" * 1_000_001]}, "more than 1,000,000 characters"),
    ({"text": ["ab"], "tokens": [["b"]]}, "the tokens are not, one after the other"),
    ({"tokens": [["b"]], "ner_tags": [[1]]}, "the tags are numbers"),
    ({"tokens": [["b"]], "ner_tags": [["O", "O"]]}, "a tag for each of the 1 tokens"),
    ({"tokens": [["b"]], "tags": [["NOUN"]]}, "'NOUN' is no tag"),
    ({"text": ["a"], "lang": ["klingonese"]}, "language"),
]


@pytest.mark.parametrize(("columns", "cause"), BAD)
def test_what_cannot_be_read_says_why(columns: dict[str, list[Any]], cause: str) -> None:
    [error] = read_table(pa.table(columns))
    assert isinstance(error, RowError)
    assert re.search(cause, str(error)), str(error)
    assert len(str(error)) < 300


def test_notes_of_the_file_that_make_no_sense_are_no_names() -> None:
    for raw in (b"{", b"[]", b'{"info": {"features": {"label": [3]}}}', b'{"info": 1}'):
        table = pa.table({"text": ["a"], "label": [1]}).replace_schema_metadata(
            {"huggingface": raw}
        )
        (item,) = items_of(read_table(table))
        assert item.renditions[0].candidates[0].reading.answers[0].value == 1


def test_options_are_told() -> None:
    assert "columns" in FORMATS["parquet"].options
