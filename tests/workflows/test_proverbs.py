"""A task of nobody's list: glosses of a proverb put in order by two people, who mostly agree."""

from __future__ import annotations

import pytest
from walk import Person, Workflow, answers, walking

ROW = Workflow(
    name="Glosses of proverbs",
    preset="proverb-glosses",
    source="no paper: one more task, made of a preset and a sample alone",
    shows="an order of an item's own options, by two people; where they differ an adjudicator settles",
    figure="2 of 3 orders agreed, 1 adjudicated; first: g1 g1 g3",
)
pytestmark = pytest.mark.django_db
ORDERS = {"sw-1": "g1 g3 g2", "sw-2": "g1 g2 g3", "sw-3": "g3 g1 g2"}


def one(card):
    return {"order": ORDERS[card["item"]["id"]].split()}


def other(card):
    return {"order": ["g1", "g3", "g2"]} if card["item"]["id"] == "sw-3" else one(card)


def test_orders_are_compared_and_settled():
    with walking(ROW, ["sw"], overlap=2, audit_share=0.0) as walk:
        walk.take_in("proverbs.jsonl")
        walk.work()
        walk.judge("one", ["sw"], Person(one))
        walk.judge("two", ["sw"], Person(other))
        settled = walk.judge("over", ["sw"], Person(one), role="adjudicator")
        found = walk.renditions()
        origins = [row["decision"]["origin"] for row in found.values()]
        assert origins.count("adjudicated") == len(settled)
        first = " ".join(answers(row)["order"][0] for _, row in sorted(found.items()))
        ROW.comes_to(
            f"{origins.count('agreed')} of {len(origins)} orders agreed, "
            f"{len(settled)} adjudicated; first: {first}"
        )
