"""Whatever the schema allows may be sent by anybody: the server never breaks, and answers as it says."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django_scopes import scope
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from annotate.actions.tokens import make_token
from annotate.models import Project
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EXAMPLES = 5
CONFORMS = [status_code_conformance, content_type_conformance, response_schema_conformance]
# It waits for runs by design, for as long as it is asked to.
WAITS = "/api/v1/projects/{slug}/runs/{id}/wait/"


class _Undone(Exception):
    """Takes back what an example did."""


@pytest.fixture(autouse=True)
def _in_memory(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    # The test's connection outlives each request.
    monkeypatch.setattr(
        "django.db.backends.base.base.BaseDatabaseWrapper.close_if_unusable_or_obsolete",
        lambda self: None,
    )


@pytest.fixture
def project() -> Project:
    project = factories.make_project(slug="news")
    with scope(project=project):
        factories.make_rendition(project)
    return project


@pytest.mark.parametrize("role", ["manager", "reviewer", "stranger"])
def test_nothing_breaks_the_server(role: str, project: Project) -> None:
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    user = (
        factories.make_user() if role == "stranger" else factories.make_member(project, role=role)
    )
    token = make_token(user, days=1)[1]
    # A compressed answer is not unpacked by the client of the schema's checks.
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", get_wsgi_application())
    broken, astray, asked = set(), set(), 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path == WAITS:
            continue

        @seed(7)
        @settings(
            max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def send(case: Any) -> None:
            nonlocal asked
            if "slug" in (case.path_parameters or {}):
                case.path_parameters["slug"] = project.slug
            try:
                with transaction.atomic():
                    answer = case.call(headers=headers)
                    raise _Undone
            except _Undone:
                asked += 1
            if answer.status_code >= 500:
                broken.add((case.operation.label, answer.status_code))
            try:
                case.validate_response(answer, checks=CONFORMS)
            except FailureGroup as faults:
                astray.add((case.operation.label, answer.status_code, str(faults)[:900]))

        send()
    assert asked > 100
    assert not broken
    assert not astray, "\n\n".join(map(str, sorted(astray)))
