"""TMX and XLIFF: texts come back as they are, languages are found, and hostile XML is refused."""

from __future__ import annotations

import io
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from format_samples import TEXTS, items_of, rich_export
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.formats.catalog import FORMATS, detect
from annotate.formats.contract import CardFacts, ReadOptions
from annotate.readings import Reading
from annotate.records import ExportRecord, FieldRecord, Loss, RowError

WRITTEN = {"tmx": "es/all.tmx", "xliff": "es/all.xlf"}
FACTS = CardFacts("sample")


def read(name: str, data: bytes | str, **options: Any) -> list[Any]:
    raw = data.encode() if isinstance(data, str) else data
    chosen = ReadOptions("en", options.pop("target_language", "es"), **options)
    return list(FORMATS[name].read(io.BytesIO(raw), chosen))


def export(source: str, target: str, ident: str = "a", **more: Any) -> ExportRecord:
    values = {
        "split": "", "rendition_origin": "machine", "reading": None, "origin": "", **more,
    }  # fmt: skip
    return ExportRecord(
        ident, language="es", fields=(FieldRecord("text", target),), source_language="en",
        source_fields=(FieldRecord("text", source),), **values,
    )  # fmt: skip


def written(name: str, folder: Path, *records: ExportRecord) -> tuple[bytes, list[Loss]]:
    losses = FORMATS[name].write(iter(records), folder, FACTS)
    return (folder / WRITTEN[name]).read_bytes(), losses


def said(item: Any) -> list[tuple[str, str, str]]:
    return [(r.language, r.origin, r.fields[0].text) for r in item.renditions]


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("script", TEXTS)
def test_every_script_comes_back(name: str, script: str, tmp_path: Path) -> None:
    record = export(TEXTS[script], TEXTS[script][::-1], split="dev set", group="d", position=3)
    FORMATS[name].write(iter([record]), tmp_path, FACTS)
    suffix = WRITTEN[name].rpartition(".")[2]
    data = (tmp_path / f"es/dev_set.{suffix}").read_bytes()
    (item,) = items_of(read(name, data))
    assert (item.external_id, item.split, item.group, item.position) == ("a", "dev set", "d", 3)
    assert said(item) == [
        ("en", "original", TEXTS[script]), ("es", "machine", TEXTS[script][::-1]),
    ]  # fmt: skip
    assert not item.metadata


# Every character that XML holds, its own marks and line ends among them.
_texts = st.text(
    st.one_of(
        st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"),
        st.sampled_from(list("<>&\"'\r\n\t]]>é\u0301😊क्षسَّא")),
    ),
    min_size=1, max_size=15,
).filter(lambda text: not text.isspace())  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
@settings(max_examples=100, deadline=None)
@given(source=_texts, target=_texts, ident=_texts, origin=st.sampled_from(["machine", "person"]))
def test_any_text_comes_back(tmp_path_factory, name, source, target, ident, origin) -> None:
    record = export(source, target, ident, rendition_origin=origin)
    data, losses = written(name, tmp_path_factory.mktemp("x"), record)
    (item,) = items_of(read(name, data))
    assert said(item) == [("en", "original", source), ("es", origin, target)]
    assert (item.external_id, losses) == (ident, [])


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_not_carried_is_counted(name: str, tmp_path: Path) -> None:
    bell = export("bell\x07", "x", "b")
    data, losses = written(name, tmp_path, replace(rich_export(), split=""), bell)
    counted = {loss.what: loss.count for loss in losses}
    assert counted["characters that XML cannot hold (U+FFFD instead)"] == 1
    assert (counted["spans"], counted["relations"], counted["judgements"]) == (6, 1, 2)
    assert counted["metadata, inputs and varieties"] == 3
    assert "source texts" not in counted
    assert said(items_of(read(name, data))[1])[0] == ("en", "original", "bell\ufffd")
    ElementTree.fromstring(data)


def test_a_unit_without_decision_is_translated_and_not_final(tmp_path: Path) -> None:
    rows = [export("a", "b"), export("c", "d", "e", reading=Reading(), origin="single")]
    data, _ = written("xliff", tmp_path, *rows)
    assert data.count(b'state="translated"') == data.count(b'state="final"') == 1


TMX = """<?xml version="1.0"?><!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="EN-us"><prop type="x">y</prop></header><body>
<tu tuid="7" changedate="2020"><prop type="Domain">law</prop><note>see</note>
 <tuv xml:lang="en-US"><seg>A <bpt i="1">&lt;b&gt;</bpt>big<ept i="1">&lt;/b&gt;</ept> <hi>cat</hi>.</seg></tuv>
 <tuv xml:lang="es-MX" creationid="me"><seg>Un gato.</seg></tuv>
 <tuv lang="de"><seg>Eine Katze.</seg></tuv></tu>
<tu><tuv xml:lang="fr"><seg>seul</seg></tuv></tu>
<tu><tuv xml:lang="fr"><seg> </seg></tuv></tu>
<tu><tuv><seg>x</seg></tuv></tu>
<tu><tuv xml:lang="en"/></tu>
<tu/>
</body></tmx>"""


def test_a_memory_of_another_tool() -> None:
    options = ReadOptions("en", "es")
    rows = list(FORMATS["tmx"].read(io.BytesIO(TMX.encode()), options))
    item, alone, *errors = rows
    assert [(r.language, r.fields[0].text) for r in item.renditions] == [
        ("en", "A big cat."), ("es", "Un gato."), ("de", "Eine Katze."),
    ]  # fmt: skip
    assert (item.external_id, item.line, alone.external_id) == ("7", 3, "tu2")
    assert item.metadata == {
        "changedate": "2020", "properties": {"Domain": "law"}, "notes": ["see"],
        "variants": {"es": {"creationid": "me"}},
    }  # fmt: skip
    assert options.notes == {
        "inline codes in segments, left out of the text": 3,
        "texts in en-US, read as en": 1, "texts in es-MX, read as es": 1,
    }  # fmt: skip
    assert [str(error) for error in errors] == [
        "Line 8, renditions[0].text: the text is empty; give a text or leave the row out",
        "Line 9, xml:lang: a variant (tuv) names no language",
        "Line 10, seg: a variant (tuv) has no segment (seg)",
        "Line 11, tuv: the unit has no variant (tuv) in any language",
    ]


XLIFF_1 = """<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
<file original="one.txt" source-language="en" target-language="es" datatype="plaintext"><body>
<group><trans-unit id="1"><source>A <g id="1">cat</g><x id="2"/>.</source>
<target state-qualifier="leveraged-mt">Un gato.</target><note from="dev">n</note>
<alt-trans><target>Gato</target></alt-trans></trans-unit></group>
<trans-unit id="2"><source>Alone</source><target/></trans-unit>
<trans-unit id="3"><target>x</target></trans-unit></body></file>
<file original="two.txt" source-language="en" target-language="de" datatype="plaintext"><body>
<trans-unit id="1"><source>Two</source><target>Zwei</target></trans-unit></body></file></xliff>"""

XLIFF_2 = """<xliff version="2.0" srcLang="en" trgLang="es" xmlns="urn:oasis:names:tc:xliff:document:2.0">
<file id="f1"><unit id="u1"><notes><note category="c">hi</note></notes>
<segment id="s1"><source>A <pc id="1">cat</pc><cp hex="0007"/></source><target>Un gato</target></segment>
<ignorable><source> </source></ignorable>
<segment><source>Two.</source></segment></unit>
<unit id="u2" name="the name"><segment><source>Three</source><target>Tres</target></segment></unit>
<unit id="u3"><segment><source>N<cp hex="0000"/></source></segment></unit></file></xliff>"""


def test_xliff_1_of_another_tool() -> None:
    options = ReadOptions("en", "es")
    rows = list(FORMATS["xliff"].read(io.BytesIO(XLIFF_1.encode()), options))
    first, second, error, third = rows
    assert said(first) == [("en", "original", "A cat."), ("es", "machine", "Un gato.")]
    assert (first.external_id, first.group, first.metadata) == (
        "1", "one.txt", {"notes": [["dev", "n"]]},
    )  # fmt: skip
    assert said(second) == [("en", "original", "Alone")]
    assert str(error) == "Line 7, source: the unit has no source text"
    assert (third.external_id, third.group) == ("two.txt/1", "two.txt")
    assert said(third)[1] == ("de", "original", "Zwei")
    assert options.notes == {
        "inline codes in segments, left out of the text": 2,
        "alternative translations, left out": 1, "segments without a translation": 1,
    }  # fmt: skip


def test_xliff_2_of_another_tool() -> None:
    options = ReadOptions("en", "es")
    rows = list(FORMATS["xliff"].read(io.BytesIO(XLIFF_2.encode()), options))
    first, second, third, error = rows
    assert said(first) == [("en", "original", "A cat\x07"), ("es", "original", "Un gato")]
    assert [i.external_id for i in (first, second, third)] == ["u1/s1", "u1/2", "the name"]
    assert first.metadata == {"notes": [["c", "hi"]]}
    assert "NUL" in str(error)
    assert options.notes["stretches between segments, left out"] == 1


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE tmx [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "' + f"&a{n - 1 or ''};" * 10 + '">' for n in range(1, 9))
    + '<!ENTITY x SYSTEM "file:///etc/passwd">]>'
)
HOSTILE = {
    "an expansion bomb": (BOMB + "<tmx><body>{}<tu>&a8;</tu></body></tmx>", "declares entities"),
    "a file of the server": (
        '<!DOCTYPE tmx [<!ENTITY x SYSTEM "file:///etc/passwd">]><tmx>{}<tu>&x;</tu></tmx>',
        "declares entities",
    ),
    "an endless unit": ("<tmx>{}<tu><note>" + "x" * 3_000_000, "more than 1,000,000 characters"),
    "a great attribute": ('<tmx>{}<tu a="' + "x" * 3_000_000 + '"/>', "more than 1,000,000 char"),
    "deep elements": ("<tmx>{}" + "<a>" * 100_000, "nested more than 100 deep"),
    "deep elements in a unit": ("<tmx>{}<tu>" + "<a>" * 100_000, "nested more than 100 deep"),
    "a tag that does not close": ("<tmx>{}<tu></tmx>", "not valid XML: mismatched tag"),
    "a file cut off": ("<tmx>{}<tu>", "not valid XML"),
    "NUL": ("<tmx>{}<tu>\0</tu></tmx>", "not valid XML"),
    "nothing": ("", "not valid XML: no element found"),
    "an unknown encoding": ('<?xml version="1.0" encoding="klingon"?><tmx>{}</tmx>', "encoding"),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("name", WRITTEN)
def test_hostile_files_are_one_error_in_little_time_and_memory(name: str, case: str) -> None:
    text, cause = HOSTILE[case]
    good = (
        '<tu><tuv xml:lang="en"><seg>x</seg></tuv></tu>'
        if name == "tmx"
        else '<trans-unit id="1"><source>x</source></trans-unit>'
    )
    if name == "xliff":
        text = text.replace("<tu", "<unit").replace("</tu>", "</unit>")
    data = text.replace("{}", good).encode()
    began = time.monotonic()
    tracemalloc.start()
    try:
        *before, error = read(name, data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(error, RowError)
    assert cause in str(error), str(error)
    assert len(str(error)) < 300
    assert all(not isinstance(row, RowError) for row in before)
    assert peak < 60_000_000
    assert time.monotonic() - began < 10


def test_utf_16_is_read_and_latin_1_by_its_declaration() -> None:
    text = '<?xml version="1.0" encoding="{}"?><tmx><tu tuid="é"><tuv xml:lang="es"><seg>é😊</seg></tuv></tu></tmx>'  # fmt: skip
    (item,) = items_of(read("tmx", text.replace("{}", "utf-16").encode("utf-16")))
    assert item.renditions[0].fields[0].text == "é😊"
    (other,) = items_of(
        read("tmx", text.replace("{}", "latin-1").replace("😊", "").encode("latin-1"))
    )
    assert other.external_id == "é"


def test_memory_does_not_grow_with_the_file() -> None:
    unit = (
        '<tu><tuv xml:lang="en"><seg>one</seg></tuv><tuv xml:lang="es"><seg>uno</seg></tuv></tu>\n'
    )
    peaks = []
    for count in (500, 5_000):
        stream = io.BytesIO(("<tmx><body>" + unit * count + "</body></tmx>").encode())
        tracemalloc.start()
        found = sum(1 for _ in FORMATS["tmx"].read(stream, ReadOptions("en")))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert found == count
    assert peaks[1] < 3 * peaks[0]


def test_files_are_recognised() -> None:
    assert detect("a.xml", TMX.encode()) == "tmx"
    assert detect("a.xml", XLIFF_1.encode()) == detect("a", XLIFF_2.encode()) == "xliff"
    assert detect("a", TMX.encode("utf-16")) == "tmx"
