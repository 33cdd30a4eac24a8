"""Passages sifted by usefulness, labelled by two models, rated by a judge and by people."""

from __future__ import annotations

import json

import pytest
from walk import Person, Workflow, answers, model_server, walking

from annotate.models import Candidate, Item

ROW = Workflow(
    name="FiNERweb",
    preset="label-rating",
    source="arXiv 2512.13884",
    shows="useless passages set aside; names that are not in the text refused; judge against people",
    figure="1 of 5 set aside; quadratic kappa judge and people: complete .92, faithful 1.00 on 4",
)
pytestmark = pytest.mark.django_db
NAMES = {
    "PER": ["Amina Diallo", "Otto Brandt", "Mina Sato", "Lena Vogel"],
    "LOC": ["Dakar", "Lima", "Graz", "Kioto", "Kyoto"],
    "ORG": ["Nordwind"],
}
PEOPLE = {"f1": ("5", "5"), "f3": ("4", "3"), "f4": ("5", "4"), "f5": ("2", "2")}
JUDGE = {"Amina": (5, 5), "Otto": (4, 3), "Mina": (5, 5), "Lena": (2, 2)}


def model(asked):
    """Sifter, two labellers and judge in one; the second labeller adds a name that nobody wrote."""
    system, said = (asked["messages"][place]["content"] for place in (0, -1))
    if "How useful" in system:
        return json.dumps({"feedback": "so", "answer": 1 if "|" in said else 4})
    if system.startswith("You judge"):
        levels = next((pair for name, pair in JUDGE.items() if name in said), (5, 5))
        wanted = levels["Was anything missing" in system]
        return json.dumps({"feedback": "so", "answer": wanted})
    text = said.partition("]]")[2]
    rows = [
        {"field": "text", "label": label, "quote": name, "occurrence": 1}
        for label, names in NAMES.items() for name in names if name in text
    ]  # fmt: skip
    if asked["model"] == "second" and "Lena" in said:
        rows.append({"field": "text", "label": "ORG", "quote": "Kivu Press", "occurrence": 1})
    return json.dumps({"spans": rows})


def says(card):
    faithful, complete = PEOPLE[card["item"]["id"]]
    return {"faithful@basis": faithful, "complete@basis": complete}


def test_a_judge_rates_what_two_models_marked(settings):
    with (
        model_server(settings, model) as url,
        walking(ROW, ["es"], blind_share=0.0, audit_share=0.0, accept_unanimous=False,
                usefulness_kept=0.0) as walk,
    ):  # fmt: skip
        walk.project.annotators.exclude(kind="imported").update(is_enabled=False)
        walk.add_machine("sifter", "judge", "llm", base_url=url, model="s", rates="usefulness")
        for name in ("first", "second"):
            walk.add_machine(name, "labeller", "llm", base_url=url, model=name)
        walk.add_machine("judge", "judge", "llm", base_url=url, model="j")
        walk.take_in("finerweb.jsonl")
        walk.work()
        aside = Item.objects.filter(usefulness__lt=2, is_kept=False)
        bad = Candidate.objects.filter(state="unsupported", rendition__language="es")
        assert bad.get().rendition.item.external_id == "f5"
        walk.judge("native", ["es"], Person(says))
        walk.work()
        found = walk.renditions()
        assert answers(found["f3", "es"])["complete@basis"] == "3"
        told = [
            f"{row['question']} {row['quadratic']['value']:.2f}".replace(" 0.", " .")
            for row in walk.quality()["judges"]
        ]
        count = walk.quality()["judges"][0]["items"]
        ROW.comes_to(
            f"{aside.count()} of 5 set aside; quadratic kappa judge and people: "
            f"{', '.join(told)} on {count}"
        )
