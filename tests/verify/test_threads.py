"""Questions from the desk: asked about one's own text, answered by a manager, read where one works."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotate.models import Project
from tests import factories as make
from verify.actions import erase_person
from verify.models import Thread

QUESTION = "Is a harbour a place?"


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, project: Project, name: str, *args: Any, **body: Any) -> Any:
    url = reverse(f"verify:{name}", args=[project.slug, *args])
    return client.post(url, json.dumps(body), "application/json")


@pytest.fixture
def person(project: Project) -> Any:
    return make.make_member(project)


@pytest.fixture
def asked(project: Project, person: Any) -> Thread:
    make.make_task(project)
    client = signed_in(person)
    seat = client.get(reverse("verify:next", args=[project.slug])).json()["card"]["seat"]
    body = {"seat": seat, "client_id": str(uuid.uuid4()), "question": f" {QUESTION}\n"}
    for _ in range(2):  # sent twice, asked once
        assert post(client, project, "ask", **body).status_code == 200
    return Thread.objects.get()


def test_a_question_is_answered_and_read_where_it_was_asked(
    project: Project, person: Any, asked: Thread
) -> None:
    assert (asked.question, asked.rendition.language) == (QUESTION, "es")
    manager = signed_in(make.make_member(project, role="manager"))
    page = manager.get(reverse("verify:questions", args=[project.slug])).content.decode()
    assert QUESTION in page
    assert make.TARGET in page
    reviewer = signed_in(person)
    answers = reverse("verify:answers", args=[project.slug])
    assert reviewer.get(answers).json() == {"answers": []}
    url = reverse("verify:answer", args=[project.slug, asked.pk])
    assert manager.post(url, {"answer": "Yes, if it has a name."}).status_code == 302
    page = manager.get(reverse("verify:questions", args=[project.slug])).content.decode()
    assert QUESTION not in page
    assert QUESTION in manager.get(
        reverse("verify:questions", args=[project.slug]) + "?all"
    ).content.decode()  # fmt: skip
    said = reviewer.get(answers).json()["answers"]
    assert said == [{"pk": asked.pk, "question": QUESTION, "answer": "Yes, if it has a name."}]
    stranger = signed_in(make.make_member(project))
    assert stranger.get(answers).json() == {"answers": []}
    assert post(stranger, project, "answer-read", asked.pk).json() == {"read": 0}
    assert post(reviewer, project, "answer-read", asked.pk).json() == {"read": 1}
    assert reviewer.get(answers).json() == {"answers": []}
    manager.post(url, {"answer": "No."})
    assert len(reviewer.get(answers).json()["answers"]) == 1, "told again of another answer"


def test_what_cannot_be_asked_or_answered(project: Project, person: Any, asked: Thread) -> None:
    client = signed_in(person)
    own = {"seat": asked.rendition.assignments.get().pk, "client_id": str(uuid.uuid4())}
    for question, status in ((" ", 422), ("a" * 5001, 422), (7, 422)):
        assert post(client, project, "ask", **own, question=question).status_code == status
    other = signed_in(make.make_member(project))
    assert post(other, project, "ask", **own, question="Mine?").status_code == 409
    manager = signed_in(make.make_member(project, role="manager"))
    manager.post(reverse("verify:answer", args=[project.slug, asked.pk]), {"answer": " "})
    asked.refresh_from_db()
    assert (asked.answer, asked.answered_at) == ("", None)
    assert Thread.objects.count() == 1


def test_only_managers_see_what_is_asked(project: Project, person: Any, asked: Thread) -> None:
    for name, args in (("questions", []), ("answer", [asked.pk])):
        url = reverse(f"verify:{name}", args=[project.slug, *args])
        method = "get" if name == "questions" else "post"
        assert getattr(signed_in(person), method)(url).status_code == 403
        assert getattr(signed_in(make.make_user()), method)(url).status_code == 404
        assert getattr(Client(), method)(url).status_code == 302


def test_erasing_a_person_blanks_what_they_asked(
    project: Project, person: Any, asked: Thread
) -> None:
    erase_person(user=person)
    asked.refresh_from_db()
    assert asked.question == "(erased)"
    assert asked.rater.user is None
