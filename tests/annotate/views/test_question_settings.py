"""A manager sets what is asked, on the page and by program; a vocabulary comes in by program."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from rest_framework.test import APIClient

from annotate import presets
from annotate.models import Concept, Project, Question
from annotate.question_checks import question_faults
from tests import factories as make

pytestmark = pytest.mark.django_db
KEPT = {"key": "kept", "kind": "choice", "wording": {"en": "Is it kept?"}, "options": ["yes", "no"]}
WHY = {"key": "why", "kind": "text", "wording": {"en": "Why?"}, "required": False,
       "condition": {"question": "kept", "is": "no"}}  # fmt: skip


@pytest.fixture
def project() -> Project:
    return make.make_project(slug="asked")


def program(project: Project, role: str = "manager") -> APIClient:
    client = APIClient()
    client.force_authenticate(make.make_member(project, role=role))
    return client


def keys(project: Project) -> list[str]:
    with scope(project=project):
        return list(Question.objects.values_list("key", flat=True))


def test_a_manager_edits_the_questions(project: Project) -> None:
    client = Client()
    client.force_login(make.make_member(project, role="manager"))
    where = reverse("annotate:questions", args=["asked"])
    page = client.get(where)
    seen = page.context["form"]["seen"].value()
    sent = {"questions": json.dumps([KEPT, WHY]), "seen": seen}
    assert client.post(where, sent).status_code == 302
    assert keys(project) == ["kept", "why"]
    assert "Is it kept?" in client.get(where).content.decode()
    assert client.post(where, sent | {"questions": "[]"}).status_code == 409
    seen = client.get(where).context["form"]["seen"].value()
    refused = client.post(where, {"questions": json.dumps([WHY, KEPT]), "seen": seen})
    assert "which is not asked before it" in refused.content.decode()
    assert (
        "This is no JSON" in client.post(where, {"questions": "[", "seen": seen}).content.decode()
    )
    assert keys(project) == ["kept", "why"]


def test_only_managers_set_questions(project: Project) -> None:
    client = Client()
    client.force_login(make.make_member(project))
    assert client.get(reverse("annotate:questions", args=["asked"])).status_code == 403


def test_a_program_sets_questions_and_reads_them_back(project: Project) -> None:
    client, where = program(project), "/api/v1/projects/asked/questions/"
    answer = client.put(where, {"questions": [KEPT, WHY]}, format="json")
    assert answer.status_code == 200, answer.json()
    assert client.get(where).json() == {"questions": [KEPT, WHY]}
    refused = client.put(where, {"questions": [{**KEPT, "kind": "quiz"}]}, format="json")
    assert refused.status_code == 400
    assert refused.json()["questions"][0].startswith("Question kept: its kind is none of")
    assert (
        client.put(where, {"questions": [WHY | {"condition": None}]}, format="json").status_code
        == 200
    )
    assert keys(project) == ["why"]


def test_a_vocabulary_comes_in_by_program(project: Project) -> None:
    client, where = program(project), "/api/v1/projects/asked/concepts/"
    rows = [{"key": "Q1", "names": {"en": "Dakar"}, "aliases": {"fr": ["Ville de Dakar"]}}]
    assert client.post(where, {"concepts": rows}, format="json").json() == {"stored": 1}
    rows[0]["names"] = {"en": "City of Dakar"}
    assert client.post(where, {"concepts": rows}, format="json").json() == {"stored": 1}
    assert client.get(where).json()["results"][0]["names"] == {"en": "City of Dakar"}
    with scope(project=project):
        assert Concept.objects.get().aliases == {"fr": ["Ville de Dakar"]}
    twice = client.post(where, {"concepts": rows * 2}, format="json")
    assert twice.json() == {"concepts": ["concept 'Q1' comes twice"]}
    nameless = client.post(where, {"concepts": [{"key": "Q2", "names": {}}]}, format="json")
    assert nameless.status_code == 400


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_asks_what_can_be_asked(name: str) -> None:
    assert question_faults(presets.load(name)["questions"]) == []


@pytest.mark.parametrize(
    ("part", "cause"),
    [
        ({"scope": "word"}, "its scope is none of"), ({"wording": {}}, "give its wording"),
        ({"wording": "x"}, "give its wording"), ({"required": 1}, "required is true or false"),
        ({"options": []}, "it has no options"), ({"options": ["a", "a"]}, "the same key"),
        ({"options": [{"wording": {"en": "a"}}]}, "every option needs a key"),
        ({"kind": "score", "options": ["a"]}, "anchors are numbers"), ({"colour": 1}, "no part 'colour'"),
        ({"settings": {"ties": 1}}, "'ties' cannot be 1"), ({"settings": {"tie": True}}, "'tie' cannot"),
        ({"settings": {"min": 3, "max": 2}}, "min 3 is not below max 2"),
        ({"settings": {"show": [{}]}}, "'show' cannot"), ({"settings": []}, "no object"),
        ({"condition": {"question": "kept"}}, "not asked before it"),
        ({"condition": {"any": [{"question": "x"}]}}, "not asked before it"),
        ({"condition": "no"}, "its condition is no object"), ({"wording": {"en": "\0"}}, "NUL"),
    ],
)  # fmt: skip
def test_a_fault_of_a_question_is_named(part: dict[str, Any], cause: str) -> None:
    faults = question_faults([{**KEPT, **part}])
    assert len(faults) == 1
    assert cause in faults[0]


def test_questions_need_keys_of_their_own() -> None:
    assert question_faults("x") == ["Give a list of questions."]
    assert question_faults([{"kind": "text"}])[0].startswith("Question 1: give it a key")
    assert question_faults([KEPT, KEPT]) == ["Question kept: its key is another's already."]
