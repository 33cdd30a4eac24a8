"""News and webhooks by program."""

from __future__ import annotations

from typing import Any

import pytest
from django_scopes import scope
from rest_framework.test import APIClient

from annotate.actions.notices import secret_of, tell
from annotate.models import Project, Webhook
from tests import factories as make

pytestmark = pytest.mark.django_db
WEBHOOKS = "/api/v1/projects/news/webhooks/"


@pytest.fixture
def program(project: Project) -> APIClient:
    client = APIClient()
    client.force_authenticate(make.make_member(project, role="manager"))
    return client


def test_news_are_listed_newest_first(project: Project, program: APIClient) -> None:
    with scope(project=project):
        for number in range(3):
            tell(project, "release.made", version=f"1.0.{number}")
    rows = program.get("/api/v1/projects/news/news/", {"size": 2}).json()
    assert [row["facts"]["version"] for row in rows["results"]] == ["1.0.2", "1.0.1"]
    assert "after=" in rows["next"]


def test_a_webhook_is_made_listed_and_removed(project: Project, program: APIClient) -> None:
    sent = {"url": "https://example.org/hook", "kinds": ["run.failed"]}
    made = program.post(WEBHOOKS, sent, format="json")
    assert made.status_code == 201, made.content
    with scope(project=project):
        assert secret_of(Webhook.objects.get()) == made.json()["secret"]
    (row,) = program.get(WEBHOOKS).json()
    assert "secret" not in row
    assert (row["url"], row["kinds"], row["is_enabled"]) == (sent["url"], sent["kinds"], True)
    assert program.delete(f"{WEBHOOKS}{row['id']}/").status_code == 204
    assert program.get(WEBHOOKS).json() == []


@pytest.mark.parametrize(
    "sent",
    [
        {"url": "https://me:pass@example.org/", "kinds": ["run.failed"]},
        {"url": "ftp://example.org/", "kinds": ["run.failed"]},
        {"url": "https://example.org/", "kinds": ["run.flown"]},
        {"url": "https://example.org/", "kinds": []},
    ],
)
def test_a_bad_webhook_is_refused(program: APIClient, sent: dict[str, Any]) -> None:
    answer = program.post(WEBHOOKS, sent, format="json")
    assert answer.status_code == 400
    assert set(answer.json()) <= {"url", "kinds"}
