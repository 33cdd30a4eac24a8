"""Answers carried into translated contexts; only what a person passed is exported."""

from __future__ import annotations

import json
import re

import pytest
from walk import Person, Workflow, model_server, walking

from annotate.models import Candidate

ROW = Workflow(
    name="PAXQA",
    preset="extractive-qa",
    source="arXiv 2304.12206",
    shows="an answer is a stretch of the context in its language; unsure ones stay out of the export",
    figure="4 of 5 exported, each a substring of its context; 1 answer lost by the machine",
)
pytestmark = pytest.mark.django_db
ANSWERS = {
    "three countries": "tres países", "Kisumu": "Kisumu", "May 1932": "mayo de 1932",
    "Dorman Long": "la empresa Dorman", "between three countries": "entre tres países",
}  # fmt: skip


def model(asked):
    """Quotes the answers, one of them in words that are not there."""
    said = asked["messages"][-1]["content"]
    (phrase,) = re.findall(r'\(ANSWER\) "(.+?)"', said)
    row = {"label": "1", "quote": ANSWERS[phrase], "occurrence": 1}
    return json.dumps({"spans": [row]})


def says(card):
    return None if card["item"]["id"] == "qa5" else {"answerable": "yes"}


def marks(card):
    return [("context", "Dorman Long", "ANSWER")] if card["item"]["id"] == "qa4" else []


def test_only_answers_that_a_person_passed_are_exported(settings):
    with (
        model_server(settings, model) as url,
        walking(ROW, ["es"], blind_share=0.0, audit_share=0.0) as walk,
    ):
        walk.add_machine("quoter", "projector", "llm", base_url=url, model="tiny")
        walk.take_in("paxqa.jsonl")
        walk.work()
        states = Candidate.objects.filter(version__annotator__name="quoter")
        lost = states.filter(state="unsupported").values_list(
            "rendition__item__external_id", flat=True
        )
        assert list(lost) == ["qa4"]
        walk.judge("native", ["es"], Person(says, marks))
        sent = walk.take_out("squad", decided_only="yes", languages=["es"])
        (name,) = (name for name in sent if name.startswith("es"))
        found = {}
        for article in json.loads(sent[name])["data"]:
            for paragraph in article["paragraphs"]:
                for qa in paragraph["qas"]:
                    (answer,) = qa["answers"]
                    start, text = answer["answer_start"], answer["text"]
                    assert paragraph["context"][start : start + len(text)] == text
                    found[qa["id"]] = text
        assert found["qa3"] == "mayo de 1932"
        assert found["qa4"] == "Dorman Long"
        ROW.comes_to(
            f"{len(found)} of 5 exported, each a substring of its context; "
            f"{len(lost)} answer lost by the machine"
        )
