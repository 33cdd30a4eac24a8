"""Relevance by three models: majority, splits to people, flips and missing evidence told."""

from __future__ import annotations

import json

import pytest
from walk import Person, Workflow, answers, model_server, share, walking

from annotate.models import Candidate, Consensus

ROW = Workflow(
    name="BETA-labelling",
    preset="relevance-panel",
    source="arXiv 2602.14488",
    shows="2 to 1 is a majority, 1 to 1 to 1 goes to people; evidence that is not there, flips; "
    "meaning kept and task still valid as two figures",
    figure="meaning kept 3 of 4, 95 % CI 19.4–99.4; task valid 4 of 4, 95 % CI 39.8–100.0",
)
pytestmark = pytest.mark.django_db
DOCUMENTS = {
    "বন্দরের": "yes yes partly", "ইলিশ": "no no no", "স্কুল": "yes partly no", "মেলায়": "no no yes",
    "চালের": "yes yes yes", "কৃষকেরা": "partly partly partly",
}  # fmt: skip


def model(asked):
    """Three models; the third changes its mind on rice, the second invents evidence for fish."""
    said, name = asked["messages"][-1]["content"], int(asked["model"][-1])
    word = next(word for word in DOCUMENTS if word in said)
    answer = DOCUMENTS[word].split()[name]
    if (name, word) == (2, "চালের") and asked.get("seed") == 2:
        answer = "no"
    invented = (name, word) == (1, "ইলিশ")
    return json.dumps({"answer": answer, "evidence": "the fish market" if invented else word})


def translated(card):
    kept = card["item"]["id"] != "t6"
    rest = {} if kept else {"errors": ["mt_error"]}
    return {"meaning": "yes" if kept else "no", "fluent": "yes", "task_holds": "yes", **rest}


def test_a_panel_votes_and_people_settle_the_rest(settings):
    with (
        model_server(settings, model) as url,
        walking(ROW, ["bn"], audit_share=0.0, blind_share=0.0) as walk,
    ):
        for n in range(3):
            machine = walk.add_machine(
                f"m{n}", "labeller", "llm", base_url=url, model=f"family-{n}", evidence=True
            )
            machine.family, machine.ballots = f"family {n}", 2
            machine.save()
        walk.take_in("beta.jsonl")
        walk.work()
        bad = Candidate.objects.filter(state="unsupported")
        assert set(bad.values_list("rendition__item__external_id", "version__annotator__name")) == {
            ("t2", "m1")
        }
        routes = dict(Consensus.objects.values_list("rendition__item__external_id", "route"))
        assert routes["t1"] == routes["t4"] == routes["t6"] == "accept"
        assert routes["t3"] == "person"
        walk.judge("reader", ["bn"], Person(lambda card: {"relevant": "partly"}))
        walk.work()
        found = {key: answers(row)["relevant"] for (key, _), row in walk.renditions().items()}
        assert (found["t1"], found["t3"], found["t4"]) == ("yes", "partly", "no")
        flips = {row["rater"]: row["flips"] for row in walk.quality()["habits"]["bn"]}
        assert flips["m2"] > flips["m0"] == 0
    second = Workflow("BETA, translated", "quick-translation", "", "", "")
    with walking(second, ["es"]) as walk:
        walk.take_in("beta_translated.jsonl")
        walk.work()
        walk.judge("native", ["es"], Person(translated))
        rows = [answers(row) for (_, tag), row in walk.renditions().items() if tag == "es"]
        kept, valid = (
            share([row[key] for row in rows], "yes") for key in ("meaning", "task_holds")
        )
        ROW.comes_to(f"meaning kept {kept}; task valid {valid}")
