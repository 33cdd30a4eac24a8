"""Events in Basque: a trigger, and typed arguments that hang on it."""

from __future__ import annotations

import pytest
from walk import Person, Workflow, walking

ROW = Workflow(
    name="EusIE",
    preset="event-extraction",
    source="EusIE (dataset card)",
    shows="triggers and their arguments as relations that keep their ends through review and export",
    figure="3 events with 7 arguments: agent 2, patient 2, place 2, time 1",
)
pytestmark = pytest.mark.django_db


def test_arguments_stay_with_their_trigger():
    with walking(ROW, ["eu"], blind_share=0.0, audit_share=0.0) as walk:
        walk.take_in("eusie.jsonl")
        walk.work()
        cards = walk.judge("linguist", ["eu"], Person(lambda card: {}))
        assert sum(len(card["relations"]) for card in cards) == 7
        found = [row["reading"] for row in walk.renditions().values()]
        counts: dict[str, int] = {}
        events = 0
        for reading in found:
            labels = {span["key"]: span["label"] for span in reading["spans"]}
            events += list(labels.values()).count("EVENT")
            for relation in reading["relations"]:
                assert labels[relation["head"]] == "EVENT"
                counts[relation["label"]] = counts.get(relation["label"], 0) + 1
        told = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        ROW.comes_to(f"{events} events with {sum(counts.values())} arguments: {told}")
