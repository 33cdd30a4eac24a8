"""Claims and long premises carried over with the relations between them."""

from __future__ import annotations

import json
import re

import pytest
from walk import Person, Workflow, model_server, walking

ROW = Workflow(
    name="Argument mining, medical",
    preset="argument-mining",
    source="AbstRCT in Spanish (Yeginbergenova and Agerri 2023)",
    shows="spans of more than 50 words and the relations between spans, carried and confirmed",
    figure="4 spans, the longest of 61 words; 2 relations carried",
)
pytestmark = pytest.mark.django_db
BEGINNINGS = {
    "The medicine": ("El medicamento", " porque"), "because the": ("porque los", ".\n"),
    "The trial": ("El ensayo", ", así"), "its result": ("su resultado", ".\n"),
}  # fmt: skip


def model(asked):
    """Quotes the stretch of the translation that begins and ends as each phrase does."""
    said = asked["messages"][-1]["content"]
    translation = said.partition('"translation"')[2].partition("]]")[2].partition("[[end")[0]
    rows = []
    for number, phrase in re.findall(r'^(\d)\. \(\w+\) "(.+)"$', said, re.MULTILINE):
        begins, ends = next(pair for key, pair in BEGINNINGS.items() if phrase.startswith(key))
        start = translation.index(begins)
        quote = translation[start : translation.index(ends, start)]
        rows.append({"label": number, "quote": quote, "occurrence": 1})
    return json.dumps({"spans": rows})


def test_long_spans_and_relations_arrive(settings):
    with (
        model_server(settings, model) as url,
        walking(ROW, ["es"], blind_share=0.0, audit_share=0.0) as walk,
    ):
        walk.add_machine("quoter", "projector", "llm", base_url=url, model="tiny")
        walk.take_in("arguments.jsonl")
        walk.work()
        walk.judge("native", ["es"], Person(lambda card: {}))
        rows = [row["reading"] for (_, tag), row in walk.renditions().items() if tag == "es"]
        spans = [span for row in rows for span in row["spans"]]
        longest = max(len(span["surface"].split()) for span in spans)
        relations = [link for row in rows for link in row["relations"]]
        assert {link["label"] for link in relations} == {"supports"}
        ROW.comes_to(
            f"{len(spans)} spans, the longest of {longest} words; {len(relations)} relations carried"
        )
