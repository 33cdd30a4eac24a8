"""Names proposed by several sources: how right they are by the number of sources that agree."""

from __future__ import annotations

import pytest
from walk import Person, Workflow, answers, walking

ROW = Workflow(
    name="M-NTA, WikiKGE-10",
    preset="value-list",
    source="arXiv 2311.15781",
    shows="values marked right or wrong; precision and recall by agreeing sources, and what is left",
    figure="precision .538/.750/1.000/1.000, recall 1.000/.857/.714/.286 at 1/2/3/4 sources",
)
pytestmark = pytest.mark.django_db
WRONG = {
    "Ginebra Lago", "Kilimanyaro", "Cuadrado Rojo", "El hombre viejo y el mar", "Viejo mar",
    "Capa Ciudad",
}  # fmt: skip


def says(card):
    (question,) = (row for row in card["questions"] if row["key"] == "value")
    return {
        f"value@{row['target']}": "incorrect" if row["text"] in WRONG else "correct"
        for row in question["targets"]
    }


def thousandths(numbers):
    return "/".join(f"{number:.3f}".removeprefix("0") for number in numbers)


def test_the_more_sources_agree_the_more_often_a_name_is_right():
    with walking(ROW, ["es"]) as walk:
        walk.take_in("wikikge.jsonl")
        walk.work()
        cards = walk.judge("native", ["es"], Person(says))
        assert "labels" not in str([card["questions"] for card in cards]), "who proposed is hidden"
        walk.work()
        rows = walk.quality()["thresholds"]["es"]
        assert [row["left"] for row in rows] == [0, 5, 8, 11]
        decided = answers(walk.renditions()["Q3", "es"])
        assert (decided["value@option:v1"], decided["value@option:v2"]) == ("correct", "incorrect")
        precision = thousandths(row["precision"]["rate"] for row in rows)
        recall = thousandths(row["recall"] for row in rows)
        ROW.comes_to(f"precision {precision}, recall {recall} at 1/2/3/4 sources")
