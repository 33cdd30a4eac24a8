"""Which unit offsets count: told by surfaces, by what stands at the edges, or not at all."""

from __future__ import annotations

import io
import json

import pytest

from annotate.formats import native, units
from annotate.formats.contract import ReadOptions
from annotate.formats.units import find_unit, lies_well
from annotate.idranges import count, with_ids
from annotate.spans import UNITS, Span, offsets_of

TEXTS = ("😀😀 Ada left Kisumu", "Wu 吳 met Ada in Kisumu", "नमस्ते Ada in Kisumu")


def rows(unit, texts=TEXTS, surface=False):
    lines = []
    for number, text in enumerate(texts):
        at = offsets_of(text, unit)
        start, end = text.index("Ada"), text.index("Ada") + 3
        span = {"start": at[start], "end": at[end], "label": "PER"}
        if surface:
            span["text"] = "Ada"
        lines.append(json.dumps({"id": str(number), "text": text, "spans": [span]}))
    data = "\n".join(lines).encode()

    def read(tried):
        return native.read(io.BytesIO(data), ReadOptions(language="en", unit=tried))

    return read


@pytest.mark.parametrize("unit", UNITS)
def test_the_unit_in_which_spans_fall_on_words_is_found(unit):
    found = find_unit(rows(unit))
    assert (found.unit, found.is_told) == (unit, True)
    best = next(one for one in found.tried if one.unit == unit)
    assert (best.errors, best.spans, best.on_words) == (0, 3, 3)


def test_plain_ascii_tells_nothing_and_the_usual_unit_is_taken():
    found = find_unit(rows("codepoint", ("Ada left", "with Ada")), usual="utf16")
    assert (found.unit, found.is_told) == ("utf16", False)


def test_only_so_many_rows_are_looked_at():
    found = find_unit(rows("codepoint", ("Ada left",) * 2000))
    assert {one.spans for one in found.tried} == {500}


def test_only_so_much_time_is_spent(monkeypatch):
    monkeypatch.setattr(units, "MOST_SECONDS", -1.0)
    found = find_unit(rows("utf16"))
    assert found.is_told is False
    assert {one.spans for one in found.tried} == {0}


@pytest.mark.parametrize(
    ("text", "start", "end", "well"),
    [
        ("Ada left", 0, 3, True), ("Ada left", 0, 4, False), ("Ada left", 0, 2, False),
        ("(Ada)", 1, 4, True), ("e\u0301a", 0, 1, False), ("\u0627\u0644\u0642", 0, 3, True),
    ],
)  # fmt: skip
def test_where_a_span_lies_well(text, start, end, well):
    assert lies_well(text, Span("PER", start, end)) is well


def test_ranges_are_exact_whatever_order_ids_come_in():
    made = with_ids(with_ids([], [5, 3, 4]), [9, 6])
    assert made == [[3, 6], [9, 9]]
    assert count(made) == 5
    assert with_ids(made, [1, 2]) == [[3, 6], [9, 9], [1, 2]]
