"""Facts that a sentence states, ticked; the file comes back with the same keys."""

from __future__ import annotations

import json

import pytest
from walk import Person, Workflow, walking

ROW = Workflow(
    name="XF2T, XAlign",
    preset="fact-coverage",
    source="arXiv 2209.11252",
    shows="proposed facts ticked or not, coverage, XAlign's keys in the export",
    figure="7 of 10 facts stated; 3 of 4 sentences covered",
)
pytestmark = pytest.mark.django_db
NOT_STATED = {"x1": ["f3"], "x2": ["f2"], "x3": ["f2"]}


def says(card):
    (question,) = (row for row in card["questions"] if row["key"] == "stated")
    assert "may be wrong" in question["help"]
    item = card["item"]["id"]
    facts = [option["key"] for option in question["options"]]
    stated = [key for key in facts if key not in NOT_STATED.get(item, ())]
    return {"stated": stated, "coverage": "partial" if item == "x2" else "complete"}


def test_ticked_facts_come_back_as_xalign():
    with walking(ROW, ["hi", "es"], blind_share=0.0, audit_share=0.0) as walk:
        walk.take_in("xalign.jsonl", "xalign")
        walk.work()
        walk.judge("native", ["hi", "es"], Person(says))
        sent = walk.take_out("xalign", decided_only="yes")
        rows = [
            json.loads(line)
            for name, content in sent.items() if name.endswith(".jsonl")
            for line in content.splitlines()
        ]  # fmt: skip
        medal = next(row for row in rows if row["id"] == "x2")
        assert medal["facts"] == [["medal", "gold", [["year", "1999"]]]]
        assert medal["other_facts"] == [["country", "Austria", []]]
        assert medal["complete_coverage"] == 0
        assert medal.keys() >= {"sentence", "language", "entity_name"}
        stated = sum(len(row["facts"]) for row in rows)
        asked = stated + sum(len(row.get("other_facts", [])) for row in rows)
        covered = sum(row["complete_coverage"] for row in rows)
        ROW.comes_to(
            f"{stated} of {asked} facts stated; {covered} of {len(rows)} sentences covered"
        )
