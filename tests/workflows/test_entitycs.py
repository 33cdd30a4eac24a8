"""Sentences with an entity switched to another language, judged for grammar."""

from __future__ import annotations

import pytest
from walk import Person, Workflow, answers, share, walking

ROW = Workflow(
    name="EntityCS",
    preset="code-switching",
    source="arXiv 2210.12540",
    shows="offsets of the switched entity hold in every script; grammatical or not",
    figure="5 of 6, 95 % CI 35.9–99.6",
)
pytestmark = pytest.mark.django_db
LANGUAGES = ("sw", "ja", "ar", "el", "uk", "hi")


def says(card):
    (span,) = card["spans"]
    wrong = card["item"]["id"] == "e6"
    return {"grammatical": "no" if wrong else "yes", f"same@span:{span['key']}": "yes"}


def test_offsets_hold_in_every_script():
    with walking(ROW, LANGUAGES, blind_share=0.0, audit_share=0.0) as walk:
        walk.take_in("entitycs.jsonl")
        walk.work()
        walk.judge("polyglot", LANGUAGES, Person(says))
        found = {key: row for key, row in walk.renditions().items() if key[1] != "en"}
        for row in found.values():
            (span,) = row["reading"]["spans"]
            text = row["fields"][0]["text"]
            assert text[span["start"] : span["end"]] == span["surface"]
            assert span["source"] == "1"
        surfaces = [row["reading"]["spans"][0]["surface"] for row in found.values()]
        assert "東京大学" in surfaces
        ROW.comes_to(share([answers(row)["grammatical"] for row in found.values()], "yes"))
