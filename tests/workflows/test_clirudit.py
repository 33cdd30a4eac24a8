"""Documents pooled from several rankers, graded across languages, out and in again as TREC qrels."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from walk import SAMPLES, Person, Workflow, answers, walking

ROW = Workflow(
    name="CLIRudit, pooled relevance",
    preset="relevance",
    source="CLIRudit (dataset card, CC BY-NC 4.0)",
    shows="each document with the rankers that proposed it; TREC qrels are the same after a round trip",
    figure="fr 5 judged, es 4 judged; qrels read again and written again are equal",
)
pytestmark = pytest.mark.django_db
GRADES = {"q1/d1": "3", "q1/d4": "2", "q2/d2": "3", "q2/d5": "2", "q3/d3": "3", "q3/d6": "3"}


def says(card):
    query, document = card["target"]["fields"]
    assert (query["lang"], document["lang"]) == ("en", card["target"]["lang"])
    return {"grade": GRADES.get(card["item"]["id"], "0")}


def texts():
    """The queries and documents of the pool, as BEIR writes them."""
    found = {}
    for line in (SAMPLES / "clirudit.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        fields = {part["name"]: part["text"] for part in row["renditions"][0]["fields"]}
        systems = row["metadata"]["systems"]
        found[row["inputs"]["query"]] = {"text": fields["query"]}
        found[row["inputs"]["document"]] = {"text": fields["document"], "systems": systems}
    return "\n".join(json.dumps({"_id": key, **row}) for key, row in found.items()).encode()


def test_qrels_come_back_as_they_left():
    with walking(ROW, ["fr", "es"]) as walk:
        walk.take_in("clirudit.jsonl")
        walk.work()
        cards = walk.judge("grader", ["fr", "es"], Person(says))
        counts = Counter(card["target"]["lang"] for card in cards)
        assert max(counts.values()) - min(counts.values()) <= 1, "judged evenly over languages"
        found = walk.renditions()
        assert found["q1/d1", "fr"]["item"]["metadata"]["systems"] == ["bm25", "dense"]
        assert answers(found["q1/d4", "es"]) == {"grade": "2"}
        sent = walk.take_out("trec", decided_only="yes")
    (name,) = (name for name in sent if name.startswith("fr") and name.endswith(".qrels"))
    assert b"q1 0 d1 3\n" in sent[name]
    with walking(ROW, ["fr"], single_source="accept") as again:
        again.take_in(
            "fr.qrels", "trec-pair", language="fr", upload=sent[name], upload_pair=texts()
        )
        again.work()
        assert again.take_out("trec", decided_only="yes")[name] == sent[name]
    told = ", ".join(f"{tag} {counts[tag]} judged" for tag in ("fr", "es"))
    ROW.comes_to(f"{told}; qrels read again and written again are equal")
