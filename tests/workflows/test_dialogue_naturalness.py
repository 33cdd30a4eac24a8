"""Dialogues rated turn by turn and as a whole; nobody sees which were translated."""

from __future__ import annotations

from collections import defaultdict
from statistics import fmean

import pytest
from walk import Person, Workflow, answers, walking

ROW = Workflow(
    name="Naturalness of dialogues",
    preset="dialogue-naturalness",
    source="COD; Is translation helpful? (dialogue)",
    shows="every turn and the whole from 1 to 5, origin hidden from the rater and kept in the export",
    figure="turns: original 4.83, translated 2.50; whole: original 4.67, translated 2.00",
)
pytestmark = pytest.mark.django_db
# Turn 1, turn 2, the whole.
RATED = {
    "g1": (5, 5, 5), "g2": (5, 4, 4), "g3": (5, 5, 5), "g4": (2, 2, 2), "g5": (1, 4, 2),
    "g6": (3, 3, 2),
}  # fmt: skip


def says(card):
    assert "translated" not in str(card)
    assert [field["speaker"] for field in card["target"]["fields"]] == ["A", "B"]
    one, two, whole = RATED[card["item"]["id"]]
    return {"turn@field:turn 1": one, "turn@field:turn 2": two, "whole": whole}


def test_what_was_translated_is_rated_without_knowing():
    with walking(ROW, ["es"]) as walk:
        walk.take_in("dialogues.jsonl")
        walk.work()
        walk.judge("native", ["es"], Person(says))
        turns, wholes = defaultdict(list), defaultdict(list)
        for row in walk.renditions().values():
            made, said = row["item"]["metadata"]["made"], answers(row)
            wholes[made].append(said.pop("whole"))
            turns[made] += said.values()
        told = [
            f"{name}: " + ", ".join(f"{made} {fmean(rows[made]):.2f}" for made in sorted(rows))
            for name, rows in (("turns", turns), ("whole", wholes))
        ]
        ROW.comes_to("; ".join(told))
