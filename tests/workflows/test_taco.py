"""Instructions and responses translated there and back, each step kept; the response is scored."""

from __future__ import annotations

from statistics import fmean

import pytest
from walk import Person, Workflow, answers, model_server, walking

from annotate.models import Translation

ROW = Workflow(
    name="TaCo",
    preset="rubric",
    source="arXiv 2311.10797",
    shows="the translation and its way back stored as steps; the response scored by a rubric",
    figure="6 texts there, 6 back; mean level 3.67 of 3 responses",
)
pytestmark = pytest.mark.django_db
WORDS = {
    "Name three fruits.": "Nombra tres frutas.", "Apple, mango and banana.": "Manzana, mango y plátano.",
    "What boils water?": "¿Qué hierve el agua?", "Heat boils water.": "El calor hierve el agua.",
    "Give a greeting.": "Da un saludo.", "Good morning.": "Buenos días.",
}  # fmt: skip
LEVELS = {"t1": "5", "t2": "4", "t3": "2"}


def model(asked):
    """Translates both ways."""
    said = asked["messages"][-1]["content"]
    pairs = {**WORDS, **{there: here for here, there in WORDS.items()}}
    return next(translation for text, translation in pairs.items() if text in said)


def says(card):
    return {"feedback": "As the rubric has it.", "level": LEVELS[card["item"]["id"]]}


def test_each_step_of_the_translation_is_kept(settings):
    with model_server(settings, model) as url, walking(ROW, ["es"]) as walk:
        walk.add_machine("there", "translator", "llm", base_url=url, model="tiny")
        walk.add_machine("back", "translator", "llm", base_url=url, model="tiny", direction="back")
        walk.take_in("taco.jsonl")
        walk.work()
        steps = Translation.objects.filter(state="ok")
        there, back = (steps.filter(version__annotator__name=name) for name in ("there", "back"))
        for step in back.select_related("target", "source"):
            assert WORDS[step.target.text] == step.source.text
        walk.judge("native", ["es"], Person(says))
        levels = [
            int(answers(row)["level"])
            for (_, tag), row in walk.renditions().items() if tag == "es"
        ]  # fmt: skip
        ROW.comes_to(
            f"{there.count()} texts there, {back.count()} back; "
            f"mean level {fmean(levels):.2f} of {len(levels)} responses"
        )
