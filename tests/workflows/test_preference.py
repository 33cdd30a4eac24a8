"""Two responses side by side in an order of the seat's own: A, B or a tie."""

from __future__ import annotations

from collections import Counter

import pytest
from walk import Person, Workflow, answers, share, walking

from verify.models import Assignment

ROW = Workflow(
    name="Preference pairs",
    preset="pairwise",
    source="arXiv 2307.12966",
    shows="A, B or a tie; the order of each pair is drawn, stored, and who wrote what is hidden",
    figure="written preferred in 9 of 10, 95 % CI 55.5–99.7; 2 ties",
)
pytestmark = pytest.mark.django_db
TIES, TRANSLATED = ("p6", "p12"), ("p2",)


def says(card):
    item = card["item"]["id"]
    assert "written" not in str(card["questions"])
    if item in TIES:
        return {"better": "tie"}
    return {"better": "c2" if item in TRANSLATED else "c1"}


def test_the_order_of_a_pair_is_drawn_and_kept():
    with walking(ROW, ["es"]) as walk:
        walk.take_in("preference.jsonl")
        walk.work()
        cards = walk.judge("native", ["es"], Person(says))
        seen = [
            [option["key"] for option in question["options"]][:2]
            for card in cards for question in card["questions"] if question["key"] == "better"
        ]  # fmt: skip
        kept = Assignment.objects.exclude(shown=None).values_list(
            "shown__options__better", flat=True
        )
        assert sorted(row[:2] for row in kept) == sorted(seen)
        assert Counter(row[0] for row in seen).keys() == {"c1", "c2"}, "either may stand first"
        said = [answers(row)["better"] for row in walk.renditions().values()]
        by = {"c1": "written", "c2": "translated"}
        chosen = [by[value] for value in said if value in by]
        ROW.comes_to(f"written preferred in {share(chosen, 'written')}; {said.count('tie')} ties")
