"""Mending and asking by token: what works, who may, and what the schema says of it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from knox.models import AuthToken
from rest_framework.test import APIClient

from annotate.models import Project
from tests import factories as make
from verify.models import Thread

MENDED = "Amina Diallo reside en Dakar."


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AuthToken.objects.create(user)[1]}")
    return client


@pytest.fixture
def program(project: Project) -> APIClient:
    return client_of(make.make_member(project))


@pytest.fixture
def keeper(project: Project) -> APIClient:
    return client_of(make.make_member(project, role="manager"))


def call(client: APIClient, project: Project, deed: str, **body: Any) -> Any:
    return client.post(f"/api/v1/projects/{project.slug}/{deed}/", body, format="json")


def look(client: APIClient, project: Project, what: str) -> Any:
    return client.get(f"/api/v1/projects/{project.slug}/{what}/")


def edit(seat: int, **fields: Any) -> dict[str, Any]:
    text = {"field": "text", "before": make.TARGET, "after": MENDED}
    return {"seat": seat, "client_id": str(uuid.uuid4()), "texts": [text], **fields}


def test_a_text_is_mended_and_its_siblings_after_it(project: Project, program: APIClient) -> None:
    make.make_task(project), make.make_task(project)
    seat = call(program, project, "claim").json()["card"]["seat"]
    answer = call(program, project, "mend", **edit(seat))
    assert answer.status_code == 200, answer.json()
    body = answer.json()
    assert body["card"]["target"]["fields"][0]["text"] == MENDED
    assert body["siblings"] == {"count": 1, "judged": 0}
    more = call(program, project, "mend/siblings", mended=body["mended"], count=1, judged=0)
    assert (more.status_code, more.json()["done"]) == (200, 1)
    assert more.json()["siblings"] == {"count": 0, "judged": 0}
    assert call(program, project, "mend", **edit(seat)).status_code == 409
    assert call(program, project, "mend", seat=seat).status_code == 422
    assert call(program, project, "mend/siblings", mended="x").status_code == 422


def test_a_question_is_asked_answered_and_read(
    project: Project, program: APIClient, keeper: APIClient
) -> None:
    make.make_task(project)
    seat = call(program, project, "claim").json()["card"]["seat"]
    sent = {"seat": seat, "client_id": str(uuid.uuid4()), "question": "Is Dakar a place here?"}
    asked = call(program, project, "threads", **sent)
    assert asked.status_code == 200, asked.json()
    assert call(program, project, "threads", **sent).json()["id"] == asked.json()["id"]
    assert Thread.objects.count() == 1
    (row,) = look(keeper, project, "threads").json()["results"]
    assert (row["question"], row["answer"]) == ("Is Dakar a place here?", "")
    number = row["id"]
    assert call(keeper, project, f"threads/{number}/answer", answer=" ").status_code == 422
    said = call(keeper, project, f"threads/{number}/answer", answer="Yes.")
    assert said.json()["answer"] == "Yes."
    assert look(keeper, project, "threads").json()["results"] == []
    every = keeper.get(f"/api/v1/projects/{project.slug}/threads/?all=1").json()
    assert len(every["results"]) == 1
    assert [a["answer"] for a in look(program, project, "threads/answers").json()["results"]] == [
        "Yes."
    ]
    assert look(keeper, project, "threads/answers").json()["results"] == []
    assert call(keeper, project, f"threads/{number}/read").json() == {"read": 0}
    assert call(program, project, f"threads/{number}/read").json() == {"read": 1}
    assert look(program, project, "threads/answers").json()["results"] == []
    assert call(program, project, "threads", **{**sent, "question": ""}).status_code == 422


@pytest.mark.parametrize(
    ("method", "deed", "reviewer"),
    [
        ("get", "threads", 403), ("post", "threads/1/answer", 403), ("get", "threads/answers", 200),
        ("post", "threads", 422), ("post", "threads/1/read", 200), ("post", "mend", 422),
        ("post", "mend/siblings", 422),
    ],
)  # fmt: skip
def test_who_may(
    project: Project, program: APIClient, method: str, deed: str, reviewer: int
) -> None:
    address = f"/api/v1/projects/{project.slug}/{deed}/"
    stranger = client_of(make.make_user())
    codes = [
        getattr(client, method)(address, format="json").status_code
        for client in (APIClient(), stranger, program)
    ]
    assert codes == [401, 404, reviewer]


def test_a_question_of_another_project_is_not_there(project: Project, keeper: APIClient) -> None:
    assert call(keeper, project, "threads/999999/answer", answer="Yes.").status_code == 404


def test_the_schema_describes_them() -> None:
    from drf_spectacular.generators import SchemaGenerator

    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    found = {
        method["operationId"]
        for path, methods in paths.items()
        if "/threads/" in path or "/mend/" in path
        for method in methods.values()
    }
    assert found == {
        "ask", "list_threads", "unread_answers", "answer_thread", "mark_answer_read", "mend",
        "mend_siblings",
    }  # fmt: skip
