"""News translated into fourteen languages: one item, fourteen siblings, each with its own state."""

from __future__ import annotations

import pytest
from walk import Person, Workflow, model_server, walking

ROW = Workflow(
    name="xMIND",
    preset="quick-translation",
    source="arXiv 2403.17876",
    shows="ids kept over all languages; what is judged in one language leaves the others as they are",
    figure="2 items, 28 siblings with the same ids; 2 decided, 26 open",
)
pytestmark = pytest.mark.django_db
# Those of the paper.
LANGUAGES = ("sw", "so", "zh", "vi", "id", "tr", "ta", "fi", "ka", "ht", "qu", "gn", "th", "ja")


def says(card):
    return {"meaning": "yes", "fluent": "yes", "task_holds": "yes"}


def test_one_item_has_fourteen_siblings(settings):
    def model(asked):
        return f"Tafsiri {len(asked['messages'][-1]['content'])}"

    with model_server(settings, model) as url, walking(ROW, LANGUAGES) as walk:
        walk.add_machine("translator", "translator", "llm", base_url=url, model="tiny")
        walk.take_in("xmind.jsonl")
        walk.work()
        walk.judge("native", ["sw"], Person(says))
        found = {key: row for key, row in walk.renditions().items() if key[1] != "en"}
        assert {tag for _, tag in found} == set(LANGUAGES)
        ids = {item for item, _ in found}
        decided = {key for key, row in found.items() if "decision" in row}
        assert {tag for _, tag in decided} == {"sw"}
        ROW.comes_to(
            f"{len(ids)} items, {len(found)} siblings with the same ids; "
            f"{len(decided)} decided, {len(found) - len(decided)} open"
        )
