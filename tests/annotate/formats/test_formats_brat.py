"""brat: documents of a zip, marks in pieces, events; archives that must not be opened."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from format_samples import TEXTS, items_of, rich_export, span, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotate.formats import archives, brat
from annotate.formats.brat.names import quoted, unquoted
from annotate.formats.brat.reading import EVENTS, MERGED
from annotate.formats.catalog import detect
from annotate.formats.contract import CardFacts, ReadOptions
from annotate.readings import Reading, Relation
from annotate.records import ExportRecord, FieldRecord, RowError

FACTS = CardFacts("sample")
# The examples of brat's manual, in one document.
TEXT = "Sony and Ericsson formed a joint venture in North and South America."
ANN = """\
T1\tOrganization 0 4\tSony
T2\tMERGE-ORG 27 40\tjoint venture
T3\tOrganization 9 17\tEricsson
T4\tLocation 44 49;60 67\tNorth America
E1\tMERGE-ORG:T2 Org1:T1 Org2:T3
R1\tOrigin Arg1:T3 Arg2:T4
A1\tNegation E1
A2\tConfidence T1 L1
N1\tReference T1 Wikipedia:534366\tBarack Obama
#1\tAnnotatorNotes T1\tthis is unclear
*\tEquiv T1 T3
"""


def packed(*files: tuple[str | zipfile.ZipInfo, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return made.getvalue()


def rows(data: bytes, **more: Any) -> tuple[list[Any], Any]:
    options = ReadOptions("es", **more)
    return list(brat.read(io.BytesIO(data), options)), options.notes


def returned(folder: Path, text: str, reading: Reading, ident: str = "a") -> Any:
    record = ExportRecord(
        ident, "", "es", "original", (FieldRecord("text", text),), "en", (), reading, "single"
    )
    brat.write(iter([record]), folder, FACTS)
    name = quoted(ident)
    files = [
        (f"es/{name}.{end}", (folder / f"es/{name}.{end}").read_bytes()) for end in ("txt", "ann")
    ]
    (item,) = items_of(rows(packed(*files))[0])
    assert item.external_id == ident
    return item


def test_the_examples_of_the_manual() -> None:
    data = packed(("corpus/d1.txt", TEXT), ("corpus/d1.ann", ANN), ("corpus/annotation.conf", ""))
    assert detect("x.zip", data) == "brat"
    (item,), notes = rows(data)
    (candidate,) = item.renditions[0].candidates
    spans = {s.key: s for s in candidate.reading.spans}
    assert item.external_id == "d1"
    assert spans["T1"].attributes == {
        "Confidence": "L1", "references": ["Wikipedia:534366"], "notes": ["this is unclear"],
    }  # fmt: skip
    assert spans["T2"].attributes == {"Negation": True}
    assert spans["T4"].surface == "North and South America"
    assert spans["T4"].attributes == {"fragments": [[44, 49], [60, 67]]}
    assert {(r.label, r.head, r.tail) for r in candidate.reading.relations} == {
        ("Org1", "T2", "T1"), ("Org2", "T2", "T3"), ("Origin", "T3", "T4"),
    }  # fmt: skip
    assert notes == {
        MERGED: 1, EVENTS: 1, "lines that begin with *, not imported": 1,
        "files that are neither .txt nor .ann, not imported": 1,
    }  # fmt: skip


def test_pieces_attributes_and_notes_are_written_again(tmp_path: Path) -> None:
    (item,), _ = rows(packed(("d.txt", TEXT), ("d.ann", ANN)))
    reading = item.renditions[0].candidates[0].reading
    back = returned(tmp_path, TEXT, reading).renditions[0].candidates[0].reading
    assert [(s.place, s.attributes) for s in back.spans] == [
        (s.place, s.attributes) for s in sorted(reading.spans, key=lambda s: s.place)
    ]
    assert len(back.relations) == 3


@pytest.mark.parametrize(("ann", "cause"), [
    ("T1\tPER 0 99\tSony", "d.ann line 1: offset 99 lies outside the text"),
    ("\nT1\tPER 0 3\tSony", "d.ann line 2: the offsets hold 'Son', not 'Sony'"),
    ("T1\tPER 0", "expected a type, a start and an end"),
    ("T1\tPER 3 3\t", "enclose no text"),
    ("T1", "expected an id and what it says"),
    ("T1\tA 0 1\tS\nT1\tA 0 1\tS", "'T1' occurs twice"),
    ("R1\tx Arg1:T1 Arg2:T2", "there is no mark 'T1'"),
    ("T1\tA 0 1\tS\nR1\tx Arg1:T1", "a relation has two ends"),
    (b"T1\tA 0 1\t\xff", "byte 9 is not UTF-8"),
])  # fmt: skip
def test_a_bad_document_is_named_and_the_next_is_read(ann: str | bytes, cause: str) -> None:
    data = packed(("d.txt", TEXT), ("d.ann", ann), ("e.txt", "ok"))
    (error, item), _ = rows(data)
    assert isinstance(error, RowError)
    assert cause in str(error)
    assert (error.line, item.external_id) == (1, "e")


def test_annotations_without_their_text() -> None:
    (error,), _ = rows(packed(("d.ann", ANN)))
    assert "add the .txt file" in str(error)


def test_a_document_over_the_limit() -> None:
    (error,), _ = rows(packed(("d.txt", "x" * 101)), max_line_bytes=100)
    assert "more than 100 bytes" in str(error)


def _link() -> zipfile.ZipInfo:
    made = zipfile.ZipInfo("d.txt")
    made.external_attr = (stat.S_IFLNK | 0o777) << 16
    return made


@pytest.mark.parametrize(("data", "cause"), [
    (b"PK\x03\x04 nothing", "no zip archive"),
    (b"", "no zip archive"),
    (packed(("../d.txt", "x")), "unsafe path"),
    (packed(("/etc/d.txt", "x")), "unsafe path"),
    (packed(("C:/d.txt", "x")), "unsafe path"),
    (packed(("a/./d.txt", "x")), "unsafe path"),
    (packed((_link(), "/etc/passwd")), "holds a link"),
    (packed(("d.txt", b"\0" * 20_000_000)), "200 times its size"),
    (packed(("d.txt", "x")) + b"PK\x06\x07" + b"\0" * 16, "zip64"),
])  # fmt: skip
def test_an_archive_that_is_unsafe_is_one_error(data: bytes, cause: str) -> None:
    (error,), _ = rows(data)
    assert isinstance(error, RowError)
    assert cause in str(error)


def test_too_many_files_and_too_much_text(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(*((f"{n}.txt", "x" * 9) for n in range(5)))
    monkeypatch.setattr(archives, "MOST_ENTRIES", 4)
    assert "more than 4 files" in str(rows(data)[0][0]) or "list of files" in str(rows(data)[0][0])
    monkeypatch.setattr(archives, "MOST_ENTRIES", 50)
    monkeypatch.setattr(archives, "MOST_UNPACKED", 44)
    assert "unpacks to more than" in str(rows(data)[0][0])


@given(ident=texts)
def test_names_of_files_are_safe_and_lead_back(ident: str) -> None:
    name = quoted(ident)
    assert "/" not in name
    assert not name.startswith(".")
    assert unquoted(name) == ident


@pytest.mark.parametrize("script", TEXTS)
def test_every_script_comes_back(script: str, tmp_path: Path) -> None:
    text = TEXTS[script]
    item = returned(tmp_path, text, Reading(spans=(span(text, 0, len(text), "ALL", key="1"),)))
    assert item.renditions[0].fields[0].text == text
    (found,) = item.renditions[0].candidates[0].reading.spans
    assert (found.start, found.end, found.label) == (0, len(text), "ALL")


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=texts.filter(lambda t: not t.startswith("\ufeff")), data=st.data())
def test_marks_and_relations_come_back(text: str, data: Any, tmp_path: Path) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    spans = (span(text, start, end, "A", key="1"), span(text, 0, len(text), "B", key="2"))
    item = returned(tmp_path, text, Reading((), spans, (Relation("in", "1", "2"),)))
    found = item.renditions[0].candidates[0].reading
    names = {s.key: s.label for s in found.spans}
    assert item.renditions[0].fields[0].text == text
    assert {s.place for s in found.spans} == {s.place for s in spans}
    assert [(r.label, names[r.head], names[r.tail]) for r in found.relations] == [("in", "A", "B")]


def test_what_is_lost_is_told(tmp_path: Path) -> None:
    losses = {loss.what for loss in brat.write(iter([rich_export()]), tmp_path, FACTS)}
    assert {"answers", "alternatives of spans", "splits", "candidates of annotators"} <= losses
    assert "attributes of spans" not in losses
