"""Code, JSON, addresses and formulas come through translation byte for byte."""

from __future__ import annotations

import pytest
from walk import Person, Workflow, answers, model_server, share, walking

ROW = Workflow(
    name="Selective translation",
    preset="quick-translation",
    source="arXiv 2507.14304",
    shows="what must not be translated is the same to the byte, whatever the model makes of it",
    figure="4 of 4, 95 % CI 39.8–100.0",
)
pytestmark = pytest.mark.django_db
KEPT = {
    "s1": ['{"id": 7}', "https://example.org/api"], "s2": ["`git pull`"], "s3": [r"$\pi r^2$"], "s4": [],
}  # fmt: skip


def says(card):
    return {"meaning": "yes", "fluent": "yes", "task_holds": "yes"}


def test_protected_parts_are_the_same_to_the_byte(settings):
    seen = []

    def model(asked):
        seen.append(asked["messages"][-1]["content"])
        return "Esto es una traducción."

    with model_server(settings, model) as url, walking(ROW, ["es"]) as walk:
        walk.add_machine("translator", "translator", "llm", base_url=url, model="tiny")
        walk.take_in("selective.jsonl")
        walk.work()
        walk.judge("native", ["es"], Person(says))
        found = {item: row for (item, tag), row in walk.renditions().items() if tag == "es"}
        assert all(answers(row)["meaning"] == "yes" for row in found.values())
        texts = {item: row["fields"][0]["text"] for item, row in found.items()}
        assert not any("git pull" in text for text in seen), "no model sees what is protected"
        whole = [all(part in texts[item] for part in parts) for item, parts in KEPT.items()]
        ROW.comes_to(share(whole, True))
