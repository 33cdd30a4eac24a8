"""Web text inspected by four questions, long texts in excerpts; duplicates counted at the door."""

from __future__ import annotations

import pytest
from walk import Person, Workflow, answers, share, walking

ROW = Workflow(
    name="HPLT, FineWeb2",
    preset="web-text",
    source="arXiv 2511.01066, 2506.20920",
    shows="begin, middle and end of a long text; what the import noticed; shares by language",
    figure="wrong language: es 0 of 4, 95 % CI 0.0–60.2; sw 1 of 6, 95 % CI 0.4–64.1",
)
pytestmark = pytest.mark.django_db


def says(card):
    text = card["target"]["fields"][0]["text"]
    if text.startswith("The "):
        return {"wrong_language": "1"}
    return {
        "wrong_language": "0",
        "artefacts": str(int("|" in text)),
        "unnatural": "0",
        "porn": "0",
    }


def test_web_text_is_inspected_language_by_language():
    with walking(ROW, ["sw", "es"]) as walk:
        run = walk.take_in("webtext.jsonl")
        noticed = {row["kind"]: row["texts"] for row in run.report["sensors"]}
        assert noticed["same_text"] == 1
        assert noticed["near_duplicate"] == 1
        assert noticed["other_language"] == 1
        walk.work()
        cards = [card for tag in ("sw", "es") for card in walk.judge(tag, [tag], Person(says))]
        (long,) = (card["target"]["fields"][0] for card in cards if card["item"]["id"] == "w5")
        begin, middle, end = long["parts"]
        assert begin[0] == 0
        assert end[1] == len(long["text"])
        assert begin[1] < middle[0] < middle[1] < end[0]
        found = {key: answers(row) for key, row in walk.renditions().items()}
        assert found["w4", "sw"]["artefacts"] == "1"
        told = [
            f"{tag} {share([row['wrong_language'] for (_, t), row in found.items() if t == tag], '1')}"
            for tag in ("es", "sw")
        ]
        ROW.comes_to(f"wrong language: {'; '.join(told)}")
