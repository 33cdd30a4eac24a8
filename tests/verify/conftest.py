"""A project whose scope is active, for every test of people's work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django_scopes import scope

from annotate.models import Project
from tests import factories


@pytest.fixture
def project(db: None) -> Iterator[Project]:
    project = factories.make_project(slug="work")
    with scope(project=project):
        yield project
