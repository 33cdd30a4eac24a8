"""The page on workflows says what the tests walk, and every test says what it walks."""

from __future__ import annotations

import ast

import pytest

from annotate import presets
from tests.sources import functions, text
from tests.workflows import document

TESTS = document.tests()
FIELDS = {"name", "preset", "source", "shows", "figure"}


def test_the_page_is_what_the_tests_say() -> None:
    told = document.DOCUMENT.read_text(encoding="utf-8")
    assert told == document.document(), "run: python tests/workflows/document.py"


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_every_test_walks_a_row(path) -> None:
    row = document.row_of(path)
    assert row is not None, "no ROW"
    assert set(row) == FIELDS
    assert all(row.values())
    assert row["preset"] in presets.names()
    asserted = {
        node.func.attr
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert {"take_in", "judge", "comes_to"} <= asserted, "a walk is imported, judged and measured"
    assert asserted & {"renditions", "take_out"}, "and exported"
    assert row["figure"] not in text(path).partition("ROW = ")[2].partition(")\n")[2]


def test_every_row_has_a_name_of_its_own() -> None:
    names = [row["name"] for row in map(document.row_of, TESTS) if row]
    assert len(set(names)) == len(names) == len(TESTS)
