"""A request with an idempotency key may be sent again without being done again."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from django_scopes import scopes_disabled
from rest_framework.test import APIClient

from annotate.actions.tokens import forget_answers, make_token
from annotate.models import Answered, Project, Run
from tests import factories

pytestmark = pytest.mark.django_db

EXPORT = "/api/v1/projects/news/export/"


def post(client: APIClient, address: str, data: Any, key: str, **more: Any) -> Any:
    return client.post(address, data, headers={"Idempotency-Key": key}, **more)


def runs() -> int:
    with scopes_disabled():
        return Run.objects.count()


def test_a_repeat_gets_the_first_answer(manager: APIClient, project: Project) -> None:
    first = post(manager, EXPORT, {"format": "native"}, "k1")
    again = post(manager, EXPORT, {"format": "native"}, "k1")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert runs() == 1
    post(manager, EXPORT, {"format": "native"}, "k2")
    assert runs() == 2


def test_a_key_is_not_taken_for_another_request(manager: APIClient, project: Project) -> None:
    post(manager, EXPORT, {"format": "native"}, "k1")
    other = post(manager, EXPORT, {"format": "conll"}, "k1")
    assert other.status_code == 422
    assert "another request" in other.json()["detail"]
    assert runs() == 1


def test_a_refused_request_leaves_its_key_free(manager: APIClient, project: Project) -> None:
    assert post(manager, EXPORT, {"format": "no such"}, "k1").status_code == 400
    assert not Answered.objects.exists()
    assert post(manager, EXPORT, {"format": "native"}, "k1").status_code == 201
    assert post(manager, EXPORT, {"format": "native"}, "k" * 201).status_code == 400


def test_keys_are_a_persons_own(manager: APIClient, project: Project) -> None:
    post(manager, EXPORT, {"format": "native"}, "k1")
    ben = factories.make_member(project, role="manager", languages=(), name="ben")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(ben, days=1)[1]}")
    assert "Idempotent-Replayed" not in post(client, EXPORT, {"format": "native"}, "k1")
    assert runs() == 2


def test_uploads_and_new_projects_too(manager: APIClient, project: Project) -> None:
    for _ in range(2):
        file = SimpleUploadedFile("a.conll", b"Amina B-PER\n")
        done = post(manager, "/api/v1/projects/news/import/", {"upload": file}, "up")
        assert done.status_code == 201, done.content
    assert runs() == 1
    asked = {"name": "Twice", "source": "en", "targets": ["es"]}
    for _ in range(2):
        done = post(manager, "/api/v1/projects/", asked, "new", format="json")
        assert done.status_code == 201, done.content
    assert Project.objects.filter(name="Twice").count() == 1


def test_answers_are_forgotten_after_a_day(manager: APIClient, project: Project) -> None:
    post(manager, EXPORT, {"format": "native"}, "k1")
    assert forget_answers() == 0
    Answered.objects.update(answered_at=timezone.now() - timedelta(days=2))
    assert forget_answers() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_done_once() -> None:
    project = factories.make_project(slug="news")
    user = factories.make_member(project, role="manager", languages=(), name="mia")
    token = make_token(user, days=1)[1]
    together, answers = threading.Barrier(4), []

    def one() -> None:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        together.wait()
        answers.append(post(client, EXPORT, {"format": "native"}, "k1"))
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert runs() == 1
