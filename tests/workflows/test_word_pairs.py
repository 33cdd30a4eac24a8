"""Pairs of words of a dictionary, checked and exported as a table."""

from __future__ import annotations

import csv
import io

import pytest
from walk import Person, Workflow, share, walking

ROW = Workflow(
    name="Sinhala–English word pairs",
    preset="word-pairs",
    source="Sinhala–English alignment (datasets)",
    shows="right, wrong or one of several senses; the right word where it was wrong; a table of all",
    figure="4 of 6, 95 % CI 22.3–95.7",
)
pytestmark = pytest.mark.django_db
SAID = {"w2": {"pair": "many_senses"}, "w4": {"pair": "wrong", "better": "ආලෝකය"}}


def says(card):
    return SAID.get(card["item"]["id"], {"pair": "correct"})


def test_pairs_leave_as_a_table():
    with walking(ROW, ["si"]) as walk:
        walk.take_in("word_pairs.jsonl")
        walk.work()
        walk.judge("native", ["si"], Person(says))
        sent = walk.take_out("csv", decided_only="yes")
        (name,) = (name for name in sent if name.endswith(".csv"))
        rows = list(csv.DictReader(io.StringIO(sent[name].decode("utf-8-sig"))))
        assert any("ආලෝකය" in row.values() for row in rows)
        column = next(key for key in rows[0] if key.endswith("pair"))
        ROW.comes_to(share([row[column] for row in rows], "correct"))
