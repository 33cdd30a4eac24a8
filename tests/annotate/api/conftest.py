"""A project with its people, and programs that sign in with tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from annotate.actions.tokens import make_token
from annotate.models import Project
from tests import factories


@pytest.fixture(autouse=True)
def _empty_cache(settings: Any) -> None:
    """Guesses are counted in the cache; let each test begin with none."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def project(db: None) -> Project:
    return factories.make_project(slug="news")


@pytest.fixture
def program() -> Callable[[Any], APIClient]:
    """A client that sends a person's token; no session, no CSRF cookie."""

    def sign_in(user: Any) -> APIClient:
        client = APIClient(enforce_csrf_checks=True)
        _, token = make_token(user, days=1)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return client

    return sign_in


@pytest.fixture
def manager(project: Project, program: Callable[[Any], APIClient]) -> APIClient:
    return program(factories.make_member(project, role="manager", languages=(), name="mia"))


@pytest.fixture
def reviewer(project: Project, program: Callable[[Any], APIClient]) -> APIClient:
    return program(factories.make_member(project, name="rae"))


@pytest.fixture
def stranger(project: Project, program: Callable[[Any], APIClient]) -> APIClient:
    return program(factories.make_user("sol"))
