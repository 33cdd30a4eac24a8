"""Mentions linked to concepts that are found by any alias, in the language or in English."""

from __future__ import annotations

import pytest
from walk import Person, Workflow, answers, walking

ROW = Workflow(
    name="Aliases and synonyms of concepts",
    preset="entity-linking",
    source="Massively multilingual lexical specialization",
    shows="a vocabulary with aliases per language; two names of a concept link to one key, or to none",
    figure="4 mentions: C27051 2, C2985 1, none 1",
)
pytestmark = pytest.mark.django_db
VOCABULARY = [
    {"key": "C27051", "names": {"en": "Myocardial infarction", "de": "Myokardinfarkt"},
     "aliases": {"de": ["Herzinfarkt"], "en": ["Heart attack"]}},
    {"key": "C2985", "names": {"en": "Diabetes"}, "aliases": {"de": ["Zuckerkrankheit"]}},
]  # fmt: skip


def test_names_of_one_concept_lead_to_one_key():
    with walking(ROW, ["de"], blind_share=0.0, audit_share=0.0) as walk:
        answer = walk.manager.post(
            f"/api/v1{walk.at.replace('/p/', '/projects/')}/concepts/",
            {"concepts": VOCABULARY},
            "application/json",
        )
        assert answer.status_code < 300, answer.content
        walk.take_in("concepts.jsonl")
        walk.work()

        def search(name):
            asked = walk.manager.get(f"{walk.at}/review/concepts/", {"q": name, "lang": "de"})
            return [row["key"] for row in asked.json()["concepts"]]

        def says(card):
            return {
                f"concept@span:{span['key']}": next(iter(search(span["surface"])), "none")
                for span in card["spans"]
            }

        assert search("heart att") == ["C27051"]
        walk.judge("coder", ["de"], Person(says))
        linked = [value for row in walk.renditions().values() for value in answers(row).values()]
        told = ", ".join(f"{key} {linked.count(key)}" for key in ("C27051", "C2985", "none"))
        ROW.comes_to(f"{len(linked)} mentions: {told}")
