"""JSON lists of any size: member by member, in bounded memory, each fault with its number."""

from __future__ import annotations

import io
import json
import re
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.formats import members as module
from annotate.formats.members import members
from annotate.records import RowError


class Trickle(io.BytesIO):
    """A stream that gives a few bytes at a time, so that every break falls somewhere."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self.most = most

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size, self.most) if size and size > 0 else self.most)


def read(data: bytes | str, most: int = 1 << 20) -> list[Any]:
    raw = data.encode() if isinstance(data, str) else data
    return list(members(Trickle(raw, most), "Test"))


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("añ😊]", max_size=3), inner),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    values=st.lists(_values, max_size=4), most=st.integers(1, 7), indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
)  # fmt: skip
def test_any_list_is_read_wherever_it_breaks(values, most, indent, ascii_only) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=ascii_only)
    assert read("\ufeff" + text + "\n", most) == list(enumerate(values, 1))


CASES = {
    "no list": ('{"a": 1}', [], 1, "expected a JSON list, as Test writes it"),
    "nothing": ("", [], 1, "expected a JSON list"),
    "no JSON": ("[1, 2, x]", [1, 2], 3, r"not valid JSON: Expecting value \(line 1\)"),
    "a line": ('[{"a": 1},\n\n {"a" 1}]', [{"a": 1}], 2, r"not valid JSON: .* \(line 3\)"),
    "no comma": ("[1 2]", [1], 1, r"expected , or \] \(line 1\)"),
    "breaks off": ("[1, 2", [1, 2], 2, r"expected , or \]"),
    "breaks off in a text": ('[1, "ab', [1], 2, "not valid JSON|breaks off"),
    "breaks off after a comma": ("[1,", [1], 2, "breaks off"),
    "goes on": ("[1] 2", [1], 1, "something follows the list"),
    "nested": ("[1, " + "[" * 100_000, [1], 2, "nested too deeply"),
    "digits": ("[1, " + "9" * 10_000 + "]", [1], 2, "too many digits"),
    "UTF-16": ("[1]".encode("utf-16"), [], 1, "byte 0 of the file is not UTF-8"),
    "Latin-1": (b'[1, "caf\xe9"]', [], 1, "byte 8 of the file is not UTF-8"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_ends_a_list_is_said_where_it_is(case: str) -> None:
    data, good, number, cause = CASES[case]
    *before, error = read(data)
    assert before == list(enumerate(good, 1))
    assert isinstance(error, RowError)
    assert error.line == number
    assert re.search(cause, str(error)), str(error)


def test_a_member_that_cannot_be_kept_hides_no_other() -> None:
    text = '[1, {"a": NaN}, {"a": 1, "a": 2}, "\\u0000", "\\ud800", 1e999, "\\ud83d\\ude0a", "end"]'
    rows = read(text, 3)
    assert [row for row in rows if not isinstance(row, RowError)] == [
        (1, 1), (7, "😊"), (8, "end"),
    ]  # fmt: skip
    errors = [str(row) for row in rows if isinstance(row, RowError)]
    for said, cause in zip(
        errors, ["NaN", "twice", "NUL", "half a surrogate", "too large"], strict=True
    ):
        assert cause in said
    assert [row.line for row in rows if isinstance(row, RowError)] == [2, 3, 4, 5, 6]


def test_a_member_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_MEMBER", 100_000)
    [error] = read('["' + "x" * 1_000_000 + '"]')
    assert "more than 100,000 characters" in str(error)


def test_memory_does_not_grow_with_the_list() -> None:
    peaks = []
    for count in (2_000, 40_000):
        data = (
            "[" + ",".join(json.dumps({"a": "x" * 100, "n": n}) for n in range(count)) + "]"
        ).encode()
        tracemalloc.start()
        found = sum(1 for _ in members(io.BytesIO(data), "Test"))
        # What BytesIO itself holds is not counted: it was there before.
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert found == count
    assert peaks[1] < 2 * peaks[0]
    assert peaks[1] < 3_000_000
