"""Several ballots in rotated orders: a model that takes what stands first is found out."""

from __future__ import annotations

import json
import re

import pytest
from walk import Person, Workflow, answers, model_server, share, walking

from annotate.models import Consensus

ROW = Workflow(
    name="LLM-Align",
    preset="aligned-entities",
    source="arXiv 2412.04690",
    shows="options in another order on each ballot; who takes the first has no majority and is told",
    figure="first: first slot 100 %, 6 of 6 to people; reader: flips 0 %, right 6 of 6",
)
pytestmark = pytest.mark.django_db
RIGHT = {"al1": "b", "al2": "a", "al3": "c", "al4": "a", "al5": "b", "al6": "none"}
WORDS = {
    "Raubtier": "b", "Schweiz": "a", "Planet": "c", "Insel": "a", "Fabeltier": "b", "Film": "none",
}  # fmt: skip


def model(asked):
    """One takes the first option, the other knows."""
    system, said = (message["content"] for message in asked["messages"])
    first = re.findall(r"^- (\w+)", system, re.MULTILINE)[0]
    known = next(value for word, value in WORDS.items() if word in said)
    return json.dumps({"answer": first if asked["model"] == "first" else known})


def panel(walk, url, name):
    """Import and let one model vote in three ballots; its habits come once somebody has judged."""
    machine = walk.add_machine(name, "labeller", "llm", base_url=url, model=name)
    machine.ballots = 3
    machine.save()
    walk.take_in("llm_align.jsonl")
    walk.work()
    return dict(Consensus.objects.values_list("rendition__item__external_id", "route"))


def says(card):
    return {"same": RIGHT[card["item"]["id"]]}


def test_a_model_that_takes_the_first_is_found_out(settings):
    told = []
    with model_server(settings, model) as url:
        with walking(ROW, ["de"], single_source="accept", audit_share=0.0) as walk:
            routes = list(panel(walk, url, "first").values())
            walk.judge("native", ["de"], Person(says))
            walk.work()
            (habits,) = (r for r in walk.quality()["habits"]["de"] if r["rater"] == "first")
            assert habits["is_positional"]
            told.append(
                f"first: first slot {habits['first_slot']:.0%}, "
                f"{routes.count('person')} of {len(routes)} to people".replace("%", " %")
            )
        with walking(ROW, ["de"], single_source="accept", audit_share=1.0) as walk:
            assert set(panel(walk, url, "reader").values()) == {"accept"}
            walk.judge("auditor", ["de"], Person(says))
            walk.work()
            (habits,) = (r for r in walk.quality()["habits"]["de"] if r["rater"] == "reader")
            found = {key: answers(row)["same"] for (key, _), row in walk.renditions().items()}
            right = share([found[key] == RIGHT[key] for key in RIGHT], True).partition(",")[0]
            told.append(f"reader: flips {habits['flips']:.0%}, right {right}".replace("%", " %"))
    ROW.comes_to("; ".join(told))
