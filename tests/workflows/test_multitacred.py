"""Relations between two marked entities, translated; a lost entity waits for a person."""

from __future__ import annotations

import json
import re

import pytest
from walk import Person, Workflow, answers, model_server, share, walking

from annotate.models import Candidate, Translation

ROW = Workflow(
    name="MultiTACRED",
    preset="translated-relations",
    source="arXiv 2305.04582",
    shows="both entities carried over, a lost one set aside for a person; acceptable translations",
    figure="5 of 6, 95 % CI 35.9–99.6",
)
pytestmark = pytest.mark.django_db


def model(asked):
    """Translates by words, and loses Helix on the way; quotes the names that it finds."""
    said = asked["messages"][-1]["content"]
    names = re.findall(r"(Zola Mbeki|Ines Prado|Tariq Aziz|Lena Vogel|Otto Brandt|Mina Sato)", said)
    firms = re.findall(r"(Nordwind|Acme Labs|Bluebird|Kivu Press|Helix|Terra Nova)", said)
    if "You translate" in asked["messages"][0]["content"]:
        firm = "dort" if firms[0] == "Helix" else f"für {firms[0]}"
        return f"{names[0]} arbeitet im Frühling {firm}."
    quotes = [("1", names[0]), *([] if "dort" in said else [("2", firms[0])])]
    rows = [{"label": label, "quote": quote, "occurrence": 1} for label, quote in quotes]
    return json.dumps({"spans": rows})


def says(card):
    if card["item"]["id"] == "r5":
        return {"meaning": "no", "acceptable": "no", "errors": ["mt_error"]}
    return {"meaning": "yes", "acceptable": "yes"}


def test_a_translation_that_lost_its_tail_waits_for_a_person(settings):
    with (
        model_server(settings, model) as url,
        walking(ROW, ["de"], blind_share=0.0, planted_share=0.0) as walk,
    ):
        walk.project.annotators.exclude(kind="imported").update(is_enabled=False)
        walk.add_machine("translator", "translator", "llm", base_url=url, model="tiny")
        walk.add_machine("quoter", "projector", "llm", base_url=url, model="tiny")
        walk.take_in("multitacred.jsonl")
        walk.work()
        assert Translation.objects.filter(state="ok").count() == 6
        states = Candidate.objects.exclude(version__annotator__kind="imported").values_list(
            "rendition__item__external_id", "state"
        )
        assert {key for key, state in states if state == "manual"} == {"r5"}
        cards = walk.judge("native", ["de"], Person(says))
        assert len(cards) == 6
        assert [len(card["spans"]) for card in cards if card["item"]["id"] == "r5"] == [1]
        found = walk.renditions()
        decided = {key: answers(found[key, "de"]) for key, tag in found if tag == "de"}
        assert decided["r5"]["errors"] == ["mt_error"]
        assert len(found["r1", "de"]["reading"]["relations"]) == 1
        ROW.comes_to(share([row["acceptable"] for row in decided.values()], "yes"))
