"""WebAnno TSV: a file as INCEpTION writes it, and back in every script, stacked and inside tokens."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from format_samples import TEXTS, items_of, rich_export, span

from annotate.formats import webanno
from annotate.formats.catalog import detect
from annotate.formats.contract import CardFacts, ReadOptions
from annotate.formats.tokens import tokens_of
from annotate.formats.webanno.cells import escaped, plain, values
from annotate.readings import Reading
from annotate.records import ExportRecord, FieldRecord, RowError

FACTS = CardFacts("sample")
NER = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value"
FILE = f"""#FORMAT=WebAnno TSV 3.3
#T_SP={NER}
#T_SP=webanno.custom.Mark|note
#T_RL=webanno.custom.Link|role|BT_webanno.custom.Mark


#Sentence.id=1
#Text=😊 Ana lives in New York.
1-1\t0-2\t😊\t_\t_\t_\t_\t_\t
1-2\t3-6\tAna\t*\tPER\t_\t_\t_\t
1-3\t7-12\tlives\t_\t_\t_\t_\t_\t
1-4\t13-15\tin\t_\t_\t_\t_\t_\t
1-5\t16-19\tNew\t*[1]|*[2]\tLOC[1]|OTHER[2]\t_\tpart\t1-2\t
1-6\t20-24\tYork\t*[1]\tLOC[1]\t*\t_\t_\t
1-6.1\t20-22\tYo\t_\t_\t*[7]\t_\t_\t
1-7\t24-25\t.\t_\t_\t_\t_\t_\t

#Sentence.id=2
#Text=No\\, a\\_b.
2-1\t26-28\tNo\t_\t_\t_\t_\t_\t
"""


def rows(data: str, **options: Any) -> tuple[list[Any], Counter[str]]:
    chosen = ReadOptions("es", unit="utf16", **options)
    return list(webanno.read(io.BytesIO(data.encode()), chosen)), chosen.notes


def test_a_file_of_inception() -> None:
    (item, second), notes = rows(FILE)
    (candidate,) = item.renditions[0].candidates
    assert sorted((one.label, one.surface) for one in candidate.reading.spans) == [
        ("LOC", "New York"), ("Mark", "Yo"), ("Mark", "York"), ("OTHER", "New"), ("PER", "Ana"),
    ]  # fmt: skip
    assert second.renditions[0].fields[0].text == "No, a_b."
    assert notes == {webanno.reading.OTHER: 1}
    assert detect("a.tsv", FILE.encode()) == "webanno"


def test_offsets_that_count_something_else_are_refused() -> None:
    found = list(webanno.read(io.BytesIO(FILE.encode()), ReadOptions("es", unit="codepoint")))
    assert isinstance(found[0], RowError)
    assert "do offsets count codepoint in this file?" in found[0].cause


def test_cells_hold_what_they_were_given() -> None:
    for value in ("a_b", "x|y[2]", "a\\b", "tab\there", "two\nlines", "a->b;c*", "ẹ̀kọ́ 😊"):
        assert plain(escaped(value)) == value
        assert values(f"{escaped(value)}[3]|LOC[4]") == [(value, 3), ("LOC", 4)]
    assert values("_") == []


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "crlf"])
def test_every_script_comes_back(tmp_path: Path, name: str) -> None:
    text = TEXTS[name]
    first, last = (places := tokens_of(text))[0], places[-1]
    marks = (
        span(text, first[0], last[1]), span(text, *first, "LOC"), span(text, *last, "A_B|c"),
    )  # fmt: skip
    reading = Reading((), marks)
    records = [
        ExportRecord(ident, "", "es", "original", (FieldRecord("text", text),), "en", (), reading, "single")
        for ident in ("a", "b")
    ]  # fmt: skip
    webanno.write(iter(records), tmp_path, FACTS)
    data = (tmp_path / "es/all.tsv").read_bytes()
    options = ReadOptions("es", unit="utf16")
    items = items_of(list(webanno.read(io.BytesIO(data), options)))
    assert len(items) == 2
    for item in items:
        (found,) = item.renditions[0].candidates
        assert item.renditions[0].fields[0].text == text
        assert {one.place for one in found.reading.spans} == {one.place for one in marks}
    assert options.notes == {}


def test_inside_and_between_tokens(tmp_path: Path) -> None:
    text = "Anamaría de Roma"
    reading = Reading((), (span(text, 0, 3), span(text, 3, 11, "MID"), span(text, 9, 12, "GAP")))
    fields = (FieldRecord("text", text),)
    record = ExportRecord("a", "", "es", "original", fields, "en", (), reading, "single")
    losses = webanno.write(iter([record]), tmp_path, FACTS)
    (item,), _notes = rows((tmp_path / "es/all.tsv").read_text(encoding="utf-8"))
    (found,) = item.renditions[0].candidates
    assert [one.surface for one in found.reading.spans] == ["Ana", "maría de", "de"]
    assert [one.count for one in losses if "between tokens" in one.what] == [1]


def test_lines_of_a_text_stay_lines(tmp_path: Path) -> None:
    text = "Ana\nvive en Roma"
    fields = (FieldRecord("text", text),)
    reading = Reading((), (span(text, 12, 16, "LOC"),))
    record = ExportRecord("a", "", "es", "original", fields, "en", (), reading, "single")
    webanno.write(iter([record]), tmp_path, FACTS)
    (item,), _notes = rows((tmp_path / "es/all.tsv").read_text(encoding="utf-8"))
    assert item.renditions[0].fields[0].text == text
    assert item.renditions[0].candidates[0].reading.spans[0].surface == "Roma"


def test_what_has_no_place_is_told(tmp_path: Path) -> None:
    told = {loss.what for loss in webanno.write(iter([rich_export()]), tmp_path, FACTS)}
    assert {"relations", "answers", "ids of items", "source texts"} <= told


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("1-2\t3-6\tAna\t*\tPER\t_\t_\t_\t", "1-2\t3-6\tAna", "NamedEntity"),
        ("1-2\t3-6", "x\t3-6", "token"),
        ("3-6\tAna", "3-99\tAna", "token"),
        ("#Text=😊 Ana lives in New York.\n", "", "text"),
    ],
)
def test_faults_name_their_place_and_the_rest_is_read(old: str, new: str, column: str) -> None:
    (fault, second), _notes = rows(FILE.replace(old, new))
    assert isinstance(fault, RowError)
    assert column in str(fault)
    assert second.renditions[0].fields[0].text == "No, a_b."
