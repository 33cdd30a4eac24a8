"""Responses scored by a rubric, by people and by a judge model; the judge is set against people."""

from __future__ import annotations

import json

import pytest
from walk import Person, Workflow, answers, model_server, walking

from annotate.models import Candidate

ROW = Workflow(
    name="CIA, Hercule",
    preset="rubric",
    source="arXiv 2410.13394",
    shows="feedback first, then a level; a judge model's reply without a level does not count",
    figure="linear kappa, Pearson: hi .89, .97 on 6; sw .71, .94 on 5",
)
pytestmark = pytest.mark.django_db
PEOPLE = {
    "hi": {"c1": 4, "c2": 5, "c3": 1, "c4": 5, "c5": 2, "c6": 4},
    "sw": {"c1": 5, "c2": 2, "c3": 4, "c4": 4, "c5": 5, "c6": 1},
}
JUDGE = {
    "mawingu": 5, "weka": 1, "mti": 4, "mahali": 5, "nyuki": 5, "bahari": None,
    "बादल": 4, "अंडे": 5, "पत्ते": 1, "जहाँ": 4, "मधुमक्खियाँ": 2, "समुद्र": 4,
}  # fmt: skip


def model(asked):
    """Knows each response by its first word; of one it only chats."""
    said = asked["messages"][-1]["content"].lower()
    level = next(level for word, level in JUDGE.items() if f"\n{word}" in said)
    assert "water rises" not in said
    if level is None:
        return "I rather like this response."
    return json.dumps({"feedback": "As the rubric says.", "answer": level})


def says(card):
    assert [note["wording"] for note in card["notes"]] == ["Criterion", "Reference answer"]
    levels = [o["wording"] for q in card["questions"] if q["key"] == "level" for o in q["options"]]
    assert levels[0] == "1 · cannot be understood"
    assert len(levels) == 5
    level = PEOPLE[card["target"]["lang"]][card["item"]["id"]]
    return {"feedback": "It reads as the rubric tells.", "level": str(level)}


def plain(number):
    return f"{number:.2f}".removeprefix("0")


def test_a_judge_is_measured_against_people(settings):
    with model_server(settings, model) as url, walking(ROW, ["hi", "sw"]) as walk:
        walk.add_machine("hercule", "judge", "llm", base_url=url, model="tiny")
        walk.take_in("hercule.jsonl")
        walk.work()
        states = Candidate.objects.filter(version__annotator__name="hercule")
        assert list(states.exclude(state="ok").values_list("state", flat=True)) == ["unparseable"]
        cards = walk.judge("reader", ["hi", "sw"], Person(says))
        assert not any(card["answers"] for card in cards), "what the judge said is not shown"
        walk.work()
        assert answers(walk.renditions()["c6", "sw"])["level"] == "1"
        told = [
            f"{row['language']} {plain(row['linear']['value'])}, {plain(row['pearson']['value'])} "
            f"on {row['items']}"
            for row in walk.quality()["judges"]
        ]
        ROW.comes_to(f"linear kappa, Pearson: {'; '.join(told)}")
