"""Topics given once in English hold for every aligned sentence until a native speaker says no."""

from __future__ import annotations

import pytest
from walk import Person, Workflow, answers, share, walking

ROW = Workflow(
    name="SIB-200",
    preset="carried-topics",
    source="arXiv 2309.07445",
    shows="topics labelled once and carried by sentence id; one language refused, the others untouched",
    figure="17 of 18, 95 % CI 72.7–99.9",
)
pytestmark = pytest.mark.django_db
LANGUAGES = ("es", "sw", "hi")
# The Swahili sentence of this id is about a match.
STRANGE = ("827", "sw")


def says(card):
    (carried,) = card["answers"]
    wrong = (card["item"]["id"], card["target"]["lang"]) == STRANGE
    return {"topic": "sports" if wrong else carried["value"]}


def test_a_topic_refused_in_one_language_stands_in_the_others():
    with walking(ROW, LANGUAGES, blind_share=0.0, audit_share=0.0) as walk:
        walk.take_in("sib200.jsonl")
        walk.work()
        cards = [card for tag in LANGUAGES for card in walk.judge(tag, [tag], Person(says))]
        assert len(cards) == 18
        assert all(card["answers"] for card in cards), "each card shows the carried topic"
        found = walk.renditions()
        topic = {key: answers(row)["topic"] for key, row in found.items()}
        assert topic["827", "en"] == topic["827", "es"] == topic["827", "hi"] == "politics"
        assert topic[STRANGE] == "sports"
        kept = [topic[item, tag] == topic[item, "en"] for item, tag in topic if tag != "en"]
        ROW.comes_to(share(kept, True))
