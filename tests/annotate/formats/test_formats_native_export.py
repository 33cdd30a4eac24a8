"""Native JSONL as an export: final readings, candidates, judgements and what is lost."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from format_samples import (
    items_of,
    read_all,
    rich_export,
)

from annotate.formats.contract import CardFacts, ReadOptions
from annotate.formats.native import read, write
from annotate.records import FieldRecord

FACTS = CardFacts("x")


def test_an_export_reads_back_with_final_readings_and_candidates(tmp_path):
    first, other = rich_export(language="es"), rich_export(language="pt-BR")
    assert write(iter([first, other, rich_export("b")]), tmp_path, FACTS) == []
    options = ReadOptions("en", "es")
    a, b = items_of(read_all(read, (tmp_path / "items.jsonl").read_bytes(), options))
    english, spanish, brazilian = a.renditions
    assert (a.external_id, b.external_id) == ("a1", "b")
    assert (a.split, a.group, a.position, a.variety) == ("train", "doc", 4, "es-MX")
    assert (a.metadata, a.inputs) == (first.metadata, first.inputs)
    assert english.fields == first.source_fields
    assert english.candidates[0].reading == first.source_reading
    assert (spanish.language, spanish.origin, brazilian.language) == ("es", "machine", "pt-BR")
    final, links, llm, before = spanish.candidates
    assert (final.annotator, final.reading) == ("imported", first.reading)
    assert (links, llm) == first.candidates[:2]
    assert (before.annotator, before.reading) == ("imported-original", first.candidates[2].reading)
    assert options.notes == {
        "decision in the file, not imported": 3,
        "judgements in the file, not imported": 6,
    }


def test_an_export_keeps_judgements_and_decisions_in_the_file(tmp_path):
    write(iter([rich_export()]), tmp_path, FACTS)
    row = json.loads((tmp_path / "items.jsonl").read_text())
    rendition = row["renditions"][1]
    assert rendition["decision"] == {"origin": "adjudicated", "gold": True}
    told, unsure = rendition["judgements"]
    assert (told["rater"], told["seconds"], told["mode"], told["round"]) == (
        "rater-7",
        7.5,
        "assisted",
        2,
    )
    assert told["verdicts"][1] == {"span": "2", "verdict": "boundary", "by": 2}
    assert unsure == {"rater": "rater-8", "outcome": "unsure", "round": 1}


def test_undecided_renditions_and_sources_are_written(tmp_path):
    record = replace(rich_export(), reading=None, origin="", gold=False, judgements=())
    source = replace(
        record, language="en", source_language="en", source_fields=(), rendition_origin="original",
        fields=record.source_fields, reading=record.source_reading, candidates=(),
    )  # fmt: skip
    assert write(iter([source, record]), tmp_path, FACTS) == []
    [item] = items_of(read_all(read, (tmp_path / "items.jsonl").read_bytes()))
    assert [r.language for r in item.renditions] == ["en", "es"]
    assert [c.annotator for c in item.renditions[1].candidates] == ["links", "llm", "imported"]


def test_source_texts_that_differ_are_reported(tmp_path):
    other = replace(rich_export(language="de"), source_fields=(FieldRecord("text", "Else"),),
                    source_reading=None, reading=None)  # fmt: skip
    [loss] = write(iter([rich_export(), other]), tmp_path, FACTS)
    assert (loss.what, loss.count, loss.example) == (
        "source texts or labels that differ between languages", 1, "a1",
    )  # fmt: skip


def test_renditions_must_come_item_by_item(tmp_path):
    records = [rich_export("a"), rich_export("b"), rich_export("a", "de")]
    with pytest.raises(ValueError, match="item 'a' do not follow one another"):
        write(iter(records), tmp_path, FACTS)
