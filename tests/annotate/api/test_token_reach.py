"""Tokens: one project or all, their last use, and how they end."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from annotate.actions.projects import join
from annotate.actions.tokens import make_token
from annotate.models import Project, TokenReach
from tests import factories

pytestmark = pytest.mark.django_db


def with_token(user: Any, **fields: Any) -> APIClient:
    client = APIClient()
    _, token = make_token(user, days=1, **fields)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def with_password(user: Any) -> APIClient:
    user.set_password("a long one")
    user.save()
    client = APIClient()
    said = base64.b64encode(f"{user.username}:a long one".encode()).decode()
    client.credentials(HTTP_AUTHORIZATION=f"Basic {said}")
    return client


def test_a_token_of_a_project_opens_nothing_else(project: Project) -> None:
    user = factories.make_member(project, role="manager", languages=(), name="mia")
    other = factories.make_project(slug="other")
    join(other, user, role="manager")
    client = with_token(user, project=project)
    assert client.get("/api/v1/projects/news/").status_code == 200
    assert client.get("/api/v1/projects/other/").status_code == 404
    for path in ("claim", "answers"):
        answer = client.generic(
            "POST" if path == "claim" else "GET", f"/api/v1/projects/other/{path}/"
        )
        assert answer.status_code == 404, path
    listed = client.get("/api/v1/projects/")
    assert listed.status_code == 403
    assert "news" in listed.json()["detail"]
    assert client.post("/api/v1/projects/", {}).status_code == 403
    assert client.post("/api/v1/setups/", {}).status_code == 403
    wide = with_token(user)
    assert wide.get("/api/v1/projects/other/").status_code == 200


def test_the_last_use_is_told_to_the_minute(project: Project) -> None:
    user = factories.make_member(project, name="rae")
    client = with_token(user, name="nightly")
    passwords = with_password(user)
    assert passwords.get("/api/v1/tokens/").json()[0]["used"] is None
    client.get("/api/v1/projects/news/")
    row = passwords.get("/api/v1/tokens/").json()[0]
    assert row["name"] == "nightly"
    assert row["project"] is None
    first = TokenReach.objects.get().used_at
    assert first is not None
    client.get("/api/v1/projects/news/")
    assert TokenReach.objects.get().used_at == first
    TokenReach.objects.update(used_at=timezone.now() - timedelta(hours=1))
    client.get("/api/v1/projects/news/")
    used = TokenReach.objects.get().used_at
    assert used is not None
    assert used > first


def test_a_token_is_made_for_a_project_that_one_is_in(project: Project) -> None:
    client = with_password(factories.make_member(project, name="rae"))
    factories.make_project(slug="other")
    made = client.post("/api/v1/tokens/", {"project": "news", "name": "script", "days": 3})
    assert made.status_code == 201, made.content
    assert made.json()["project"] == "news"
    assert made.json()["token"]
    assert client.post("/api/v1/tokens/", {"project": "other"}).status_code == 404


def test_a_token_made_before_names_were_kept_still_opens(project: Project) -> None:
    user = factories.make_member(project, name="rae")
    client = with_token(user)
    TokenReach.objects.all().delete()
    assert client.get("/api/v1/projects/news/").status_code == 200
    assert TokenReach.objects.get().used_at is not None
