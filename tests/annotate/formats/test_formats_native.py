"""Native JSONL: what goes in comes out, and every bad row says what is wrong with it."""

from __future__ import annotations

import io
import json
import re
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from format_samples import (
    OPTIONS,
    TEXTS,
    items,
    items_of,
    read_all,
    span,
    unlined,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.formats.contract import ReadOptions
from annotate.formats.native import item_line, read, write_items
from annotate.formats.native.labels import _ANSWER_KEYS, _RELATION_KEYS, _SPAN_KEYS
from annotate.formats.native.rows import _CANDIDATE_KEYS, _FIELD_KEYS, _ITEM_KEYS, _RENDITION_KEYS
from annotate.readings import Reading
from annotate.records import FieldRecord, ItemRecord, RenditionRecord, RowError


@settings(max_examples=300, deadline=None)
@given(items())
def test_an_item_survives_writing_and_reading(item):
    line = item_line(item)
    assert "\n" not in line
    assert unlined(items_of(read_all(read, line))) == [item]


_KEYS = st.sampled_from(
    sorted(
        _SPAN_KEYS | _RELATION_KEYS | _ANSWER_KEYS | _FIELD_KEYS | _CANDIDATE_KEYS
        | _RENDITION_KEYS | _ITEM_KEYS | {"target", "es"}
    )
)  # fmt: skip
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 9)
    | st.floats(-1, 1)
    | st.sampled_from(["", "x", "en", "PER"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=1000, deadline=None)
@given(st.dictionaries(_KEYS, _VALUES, max_size=6))
def test_any_object_gives_an_item_or_an_error(row):
    base = {"text": "Ana", "spans": [row], "answers": [row], "candidates": [row]}
    for made in (row, base, {"text": "Ana"} | row, {"source": row}, {"renditions": [row, base]}):
        [found] = read_all(read, json.dumps(made))
        assert isinstance(found, ItemRecord | RowError)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_many_items_survive_with_either_line_end(ending):
    made = [
        ItemRecord(f"i{n}", (RenditionRecord("en", (FieldRecord("text", text),)),))
        for n, text in enumerate(TEXTS.values())
    ]
    stream = io.StringIO(newline="")
    assert write_items(made, stream) == len(made)
    data = "\ufeff" + stream.getvalue().replace("\n", ending) + ending
    found = items_of(read_all(read, data))
    assert unlined(found) == made
    assert [item.line for item in found] == list(range(1, len(made) + 1))


def test_short_form_with_spans_and_translations():
    row = {
        "id": 7,
        "text": "Ana in Rome",
        "spans": [[0, 3, "PER"], {"start": 7, "end": 11, "label": "LOC", "text": "Rome"}],
        "translations": {
            "es": "Ana en Roma",
            "sw": {"text": "Ana", "origin": "machine"},
            "de": None,
        },
    }
    [item] = items_of(read_all(read, json.dumps(row)))
    english, spanish, swahili = item.renditions
    assert item.external_id == "7"
    [candidate] = english.candidates
    assert candidate.annotator == "imported"
    assert [(s.start, s.end, s.label, s.surface) for s in candidate.reading.spans] == [
        (0, 3, "PER", "Ana"),
        (7, 11, "LOC", "Rome"),
    ]
    assert (spanish.language, spanish.fields[0].text) == ("es", "Ana en Roma")
    assert spanish.candidates == ()
    assert swahili.origin == "machine"


def test_labels_with_nothing_marked_differ_from_no_labels():
    rows = '{"id":"a","text":"x","spans":[]}\n{"id":"b","text":"x"}'
    labelled, plain = items_of(read_all(read, rows))
    assert labelled.renditions[0].candidates[0].reading == Reading()
    assert plain.renditions[0].candidates == ()


def test_source_and_target_form():
    row = '{"id":"a","source":{"text":"Ana"},"target":{"text":"Anna","spans":[[0,4,"PER"]]}}'
    [item] = items_of(read_all(read, row))
    assert [r.language for r in item.renditions] == ["en", "es"]
    assert item.renditions[1].candidates[0].reading.spans[0].surface == "Anna"


def test_target_without_a_language_is_an_error():
    row = '{"id":"a","source":"Ana","target":"Anna"}'
    [error] = read_all(read, row, ReadOptions("en"))
    assert error.column == "target.language"
    assert "choose a target language" in str(error)


def test_an_item_with_inputs_and_no_text_awaits_its_writer():
    [item] = items_of(read_all(read, '{"id":"a","inputs":{"outline":["x"]}}'))
    assert item.renditions == (RenditionRecord("en", ()),)


def test_alternatives_inherit_and_rank():
    row = {
        "id": "a",
        "text": "Ana Ruiz",
        "spans": [
            {"start": 0, "end": 8, "label": "PER", "source": "s1", "alternatives": [[0, 3], [4, 8]]}
        ],
    }
    [item] = items_of(read_all(read, json.dumps(row)))
    reading = item.renditions[0].candidates[0].reading
    assert [(s.surface, s.rank, s.label) for s in reading.alternatives("s1")] == [
        ("Ana", 2, "PER"),
        ("Ruiz", 3, "PER"),
    ]


def test_unknown_keys_are_kept_as_metadata():
    row = {
        "id": "a",
        "text": "Ana",
        "url": "u",
        "spans": [{"start": 0, "end": 3, "label": "PER", "w": 1}],
    }
    [item] = items_of(read_all(read, json.dumps(row)))
    assert item.metadata == {"url": "u", "spans[0].w": 1}


def test_ballots_are_numbered_when_they_are_not():
    row = {"id": "a", "text": "Ana", "candidates": [{"annotator": "m"}, {"annotator": "m"}]}
    [item] = items_of(read_all(read, json.dumps(row)))
    assert [c.ballot for c in item.renditions[0].candidates] == [1, 2]


@pytest.mark.parametrize("unit", ["utf16", "utf8", "grapheme", "codepoint"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_other_units_become_code_points(unit, text):
    import regex

    clusters = regex.findall(r"\X", text)
    first, rest = clusters[0], "".join(clusters[1:])
    size = {
        "utf16": lambda t: len(t.encode("utf-16-le")) // 2,
        "utf8": lambda t: len(t.encode()),
        "grapheme": lambda t: len(regex.findall(r"\X", t)),
        "codepoint": len,
    }[unit]
    row = {"id": "a", "text": text, "spans": [[size(first), size(text), "X"]]}
    [item] = items_of(read_all(read, json.dumps(row), replace(OPTIONS, unit=unit)))
    [found] = item.renditions[0].candidates[0].reading.spans
    assert (found.start, found.surface) == (len(first), rest)


def _spans(*spans, text="Ana 😊 in Rome"):
    return json.dumps({"id": "a", "text": text, "spans": list(spans)})


BAD = {
    "not JSON": ('{"id": 1,', "not valid JSON"),
    "a list": ("[1]", "expected a JSON object per line, found a list"),
    "no text": ('{"id":"a"}', "the row has no text"),
    "empty text": ('{"id":"a","text":"  "}', "the text is empty"),
    "text is a number": ('{"id":"a","text":3}', "expected a text, found the number 3"),
    "empty translation": ('{"id":"a","text":"x","translations":{"es":""}}', "translations.es.text"),
    "no language": ('{"id":"a","text":"x","translations":{"q!":"y"}}', "is not a language tag"),
    "language twice": ('{"id":"a","text":"x","translations":{"en":"y"}}', "two texts in en"),
    "NUL escaped": ('{"id":"a","text":"x\\u0000"}', "character 1 is NUL"),
    "NUL deep": ('{"id":"a","text":"x","m":{"k":["\\u0000"]}}', "m.k[0]"),
    "NUL raw": ('{"id":"a","text":"x\0"}', "NUL"),
    "surrogate": ('{"id":"a","text":"x\\ud83d"}', "half a surrogate pair (U+D83D)"),
    "infinite": ('{"id":"a","text":"x","m":1e999}', "too large"),
    "NaN": ('{"id":"a","text":"x","m":NaN}', "NaN is no JSON number"),
    "key twice": ('{"id":"a","text":"x","text":"y"}', "the key occurs twice"),
    "long id": (json.dumps({"id": "x" * 201, "text": "y"}), "at most 200"),
    "digits": ('{"id":"a","text":"x","m":' + "9" * 5000 + "}", "too many digits"),
    "nested": ('{"id":"a","text":"x","m":' + "[" * 100_000 + "}", "nested too deeply"),
    "end outside": (_spans([0, 99, "PER"]), "offset 99 lies outside the text (13 code points)"),
    "backwards": (_spans([3, 3, "PER"]), "enclose no text"),
    "not whole": (_spans([0, 3.0, "PER"]), "spans[0].end: expected a whole number"),
    "a truth value": (_spans([True, 3, "PER"]), "spans[0].start: expected a whole number"),
    "negative": (_spans([-1, 3, "PER"]), "offset -1 lies outside"),
    "surface": (
        _spans({"start": 10, "end": 14, "label": "LOC", "surface": "Rome"}),
        "offset 14 lies outside",
    ),
    "two numbers": (_spans([0, 3]), "a span in short form is [start, end, label]"),
    "no label": (_spans({"start": 0, "end": 3}), "expected a label, found nothing"),
    "no field": (
        _spans({"start": 0, "end": 3, "label": "PER", "field": "body"}),
        "there is no field 'body' on the target side (it has text)",
    ),
    "keys alike": (
        _spans(*({"start": 0, "end": 3, "label": "PER", "key": "k"} for _ in "ab")),
        "two spans have the same key",
    ),
    "missing with offsets": (
        _spans({"start": 0, "end": 3, "label": "PER", "anchor": "missing"}),
        "a missing span has no offsets",
    ),
    "relation": (
        '{"id":"a","text":"x","relations":[{"label":"r","head":"1","tail":"2"}]}',
        "no span of this reading has the key '1'",
    ),
    "answer": ('{"id":"a","text":"x","answers":[["q","nowhere",1]]}', "expected rendition, basis"),
    "ballot": (
        '{"id":"a","text":"x","candidates":[{"annotator":"m"},{"annotator":"m","ballot":1}]}',
        "'m' has ballot 1 already",
    ),
    "labels twice": ('{"id":"a","text":"x","spans":[],"reading":{}}', "give one or the other"),
    "labels beside renditions": (
        '{"id":"a","spans":[[0,1,"PER"]],"renditions":[{"language":"en","text":"x"}]}',
        "put it into one of these",
    ),
    "fields and text": ('{"id":"a","text":"x","fields":{"q":"y"}}', "the row also has fields"),
}  # fmt: skip


@pytest.mark.parametrize(("row", "cause"), BAD.values(), ids=BAD.keys())
def test_a_bad_row_is_an_error_and_the_next_one_is_read(row, cause):
    good = '{"id":"good","text":"Ana"}'
    before, error, after = read_all(read, f'{{"id":"0","text":"Ana"}}\n{row}\n{good}\n')
    assert isinstance(error, RowError)
    assert error.line == 2
    assert cause in str(error)
    assert isinstance(before, ItemRecord)
    assert after.external_id == "good"


def test_a_wrong_surface_names_the_unit_that_would_fit():
    # In UTF-16 the emoji counts two, so Rome begins one later than in code points.
    row = _spans(
        {"start": 10, "end": 14, "label": "LOC", "surface": "Rome"}, text="Ana 😊 in Rome!"
    )
    [error] = read_all(read, row)
    assert "hold 'ome!', not 'Rome'; they fit when counted in utf16" in str(error)
    [item] = items_of(read_all(read, row, replace(OPTIONS, unit="utf16")))
    assert item.renditions[0].candidates[0].reading.spans[0].start == 9


def test_an_offset_inside_a_character_is_an_error():
    [error] = read_all(read, _spans([0, 5, "X"]), replace(OPTIONS, unit="utf16"))
    assert "offset 5 lies inside a character" in str(error)


def test_unknown_labels_name_the_nearest_known_one():
    options = replace(OPTIONS, labels=frozenset({"PER", "LOC"}))
    [error] = read_all(read, _spans([0, 3, "per"]), options)
    assert "unknown label 'per'; did you mean 'PER'?" in str(error)


def test_ids_occur_once():
    first, error = read_all(read, '{"id":"a","text":"x"}\n{"id":"a","text":"y"}')
    assert isinstance(first, ItemRecord)
    assert (error.line, error.column) == (2, "id")


def test_bytes_that_are_not_utf8_are_placed():
    data = b'{"id":"a","text":"x"}\n{"id":"b","text":"\xe9"}\n{"id":"c","text":"y"}\n'
    _, error, last = read_all(read, data)
    assert error.line == 2
    assert f"byte {data.index(0xE9)} of the file (0xE9, byte 18 of the line)" in str(error)
    assert last.external_id == "c"


def test_utf16_is_one_error():
    [error] = read_all(read, '{"id":"a"}\n{"id":"b"}\n'.encode("utf-16"))
    assert "UTF-16; save it as UTF-8" in str(error)


class _Endless(io.RawIOBase):
    """A line of many megabytes that is made as it is read."""

    def __init__(self, size: int) -> None:
        self.left, self.tail = size, b'\n{"id":"b","text":"y"}\n'

    def readable(self):
        return True

    def readinto(self, buffer):
        part = b"x" * min(self.left, len(buffer))
        self.left -= len(part)
        if not part:
            part, self.tail = self.tail[: len(buffer)], self.tail[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def test_a_huge_line_is_refused_without_holding_it():
    tracemalloc.start()
    error, item = list(read(io.BufferedReader(_Endless(50_000_000)), OPTIONS))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.line == 1
    assert "more than 1,000,000 bytes" in str(error)
    assert (item.external_id, item.line) == ("b", 2)
    assert peak < 8_000_000


def test_the_limit_of_a_line_is_exact():
    row = '{"id":"a","text":"x"}'
    for ending in ("", "\n", "\r\n"):
        options = replace(OPTIONS, max_line_bytes=len(row))
        assert isinstance(read_all(read, row + ending, options)[0], ItemRecord)
        options = replace(OPTIONS, max_line_bytes=len(row) - 1)
        assert isinstance(read_all(read, row + ending, options)[0], RowError)


def test_a_named_field_takes_the_text():
    options = replace(OPTIONS, field="question")
    [item] = items_of(read_all(read, '{"id":"a","question":"Ana?","spans":[[0,3,"P"]]}', options))
    assert item.renditions[0].fields == (FieldRecord("question", "Ana?"),)
    assert item.renditions[0].candidates[0].reading.spans == (
        span("Ana?", 0, 3, "P", field="question"),
    )


def test_the_examples_of_the_manual_are_read():
    page = (Path(__file__).parents[3] / "docs/formats.md").read_text()
    short, full = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    first, second = items_of(read_all(read, short))
    assert [len(first.renditions), len(second.renditions)] == [3, 2]
    full = json.loads(full)
    full["renditions"][0]["candidates"][0]["spans"].append(
        {"start": 13, "end": 17, "label": "LOC", "key": "2"}
    )
    [item] = items_of(read_all(read, json.dumps(full)))
    assert item.renditions[0].candidates[0].reading.relations[0].tail == "2"
