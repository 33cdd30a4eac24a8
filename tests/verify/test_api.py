"""Judging by token: claim, submit, undo."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from knox.models import AuthToken
from rest_framework.test import APIClient

from annotate.models import Project
from tests import factories as make
from verify.models import Decision, Judgement


@pytest.fixture
def program(project: Project) -> APIClient:
    client = APIClient()
    token = AuthToken.objects.create(make.make_member(project))[1]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def call(client: APIClient, project: Project, deed: str, **body: Any) -> Any:
    return client.post(f"/api/v1/projects/{project.slug}/{deed}/", body, format="json")


def test_a_program_judges_and_takes_it_back(project: Project, program: APIClient) -> None:
    make.make_task(project)
    card = call(program, project, "claim", language="es").json()["card"]
    spans = [{**s, "shown": s["key"], "verdict": "right"} for s in card["spans"]]
    body = {"seat": card["seat"], "client_id": str(uuid.uuid4()), "outcome": "answered",
            "spans": spans}  # fmt: skip
    answer = call(program, project, "submit", **body)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["saved"] == Judgement.objects.get().pk
    assert Decision.objects.filter(is_current=True).count() == 1
    assert call(program, project, "undo").json()["card"]["seat"] == card["seat"]
    assert call(program, project, "undo").status_code == 409
    assert not Decision.objects.filter(is_current=True).exists()


def test_bad_input_and_strangers(project: Project, program: APIClient) -> None:
    make.make_task(project)
    assert call(program, project, "submit", seat=1).status_code == 422
    assert call(program, project, "claim", kind="rule").status_code == 422
    assert call(program, project, "claim", kind="adjudicate").status_code == 403
    assert call(program, project, "claim", language="de").status_code == 404
    assert call(APIClient(), project, "claim").status_code == 401
    stranger = APIClient()
    token = AuthToken.objects.create(make.make_user())[1]
    stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    assert call(stranger, project, "claim").status_code == 404


def test_the_schema_describes_the_three_deeds() -> None:
    from drf_spectacular.generators import SchemaGenerator

    schema = SchemaGenerator().get_schema(request=None, public=True)
    for deed in ("claim", "submit", "undo"):
        operation = schema["paths"][f"/api/v1/projects/{{slug}}/{deed}/"]["post"]
        assert operation["operationId"] == deed
        assert {"200", "404", "409", "422"} <= set(operation["responses"])
