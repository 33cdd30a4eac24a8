"""Every preset: its data are sound, a project comes of it, its card is shown, a judgement is taken."""

from __future__ import annotations

import ast
import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from annotate import presets
from annotate.actions.items import add_items
from annotate.actions.projects import create_project
from annotate.actions.runs import queue_run
from annotate.models import Project, Question, Rendition, Run
from annotate.questions import CHOOSING
from annotate.records import FieldRecord, ItemRecord, RenditionRecord
from pipeline.inline import work_off
from tests import factories as make
from tests.sources import modules, relative
from verify.models import Judgement

NAMES = presets.names()
PLAIN = {"source": {"text": "A."}, "target": {"text": "B."}}


def rows(condition: Any) -> list[str]:
    """The questions that a condition looks at."""
    if not condition:
        return []
    parts = [
        *condition.get("any", []),
        *condition.get("all", []),
        *filter(None, [condition.get("not")]),
    ]
    own = [condition["question"]] if "question" in condition else []
    return own + [key for part in parts for key in rows(part)]


@pytest.mark.parametrize("name", NAMES)
def test_its_data_are_sound(name: str) -> None:
    preset = presets.load(name)
    assert preset["title"]
    assert preset["description"]
    before: set[str] = set()
    for row in preset["questions"]:
        where = f"{name}: {row['key']}"
        assert row["kind"] in Question.Kind.values, where
        assert row.get("scope", "rendition") in Question.Scope.values, where
        assert row["wording"]["en"], where
        settings = row.get("settings", {})
        assert row["kind"] not in CHOOSING or row.get("options") or settings.get("from"), where
        assert set(rows(row.get("condition"))) <= before, f"{where} looks at what is asked later"
        keys = [option["key"] for option in row.get("options", [])]
        assert len(set(keys)) == len(keys), where
        if missing := settings.get("missing"):
            assert missing in [label["key"] for label in preset["labels"]], where
        before.add(row["key"])


def add_example(project: Project, example: dict[str, Any]) -> Rendition:
    """The item that a preset shows as an example, in two languages."""
    roles = example.get("roles", {})
    renditions = tuple(
        RenditionRecord(language, tuple(
            FieldRecord(field, text, roles.get(field, "labelled"), position)
            for position, (field, text) in enumerate(example[side].items())
        ))
        for language, side in (("en", "source"), ("es", "target"))
    )  # fmt: skip
    for added in add_items(
        project, [ItemRecord("1", renditions, inputs=example.get("inputs", {}))]
    ):
        assert not added.errors, added.errors
    return Rendition.objects.get(project=project, language="es")


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_a_project_is_made_of_it_and_judged(name: str) -> None:
    preset = presets.load(name)
    example = preset.get("example", PLAIN)
    project = create_project(name=name, source="en", targets=["es"], preset=name)
    user = make.make_member(project)
    with scope(project=project):
        rendition = add_example(project, example)
        if preset["policy"].get("unaided"):
            for stage in ("aggregate", "route"):
                assert work_off(queue_run(project, stage)).state == Run.State.DONE
        else:
            make.make_seats(rendition)
    client = Client()
    client.force_login(user)
    page = client.get(reverse("verify:desk", args=[project.slug]))
    assert page.status_code == 200
    card = page.context["card"]
    asked = {question["key"] for question in card["questions"]}
    assert asked == {row["key"] for row in preset["questions"] if row["kind"] != "spans"}
    spans = [
        {"key": f"e{n}", "verdict": "added", **span}
        for n, span in enumerate(example.get("spans", []))
    ]
    answers = [{"question": q, "target": t, "value": v} for q, t, v in example.get("answers", [])]
    body = {
        "seat": card["seat"],
        "client_id": str(uuid.uuid4()),
        "spans": spans,
        "answers": answers,
    }
    where = reverse("verify:submit", args=[project.slug])
    answer = client.post(where, json.dumps(body), "application/json")
    assert answer.status_code == 200, answer.json()
    with scope(project=project):
        reading = Judgement.objects.get(project=project).reading
        assert reading is not None
        assert reading.answers == example.get("answers", [])
        assert reading.spans.count() == len(spans)


def test_task_type_is_data() -> None:
    found = {
        f"{relative(path)}: {node.value}"
        for path in modules("annotate", "verify", "pipeline")
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in NAMES
    }
    assert not found
