"""A project with a manager, an adjudicator, a reviewer, and people who have nothing to do with it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django_scopes import scope

from annotate.actions.items import add_items
from annotate.actions.projects import create_project, join
from annotate.readings import Reading
from annotate.records import IMPORTED, CandidateRecord, FieldRecord, ItemRecord, RenditionRecord
from annotate.spans import Span


def person(name, **fields):
    return get_user_model().objects.create_user(username=name, password="pass", **fields)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def people(db):
    names = ("manager", "adjudicator", "reviewer", "stranger")
    found = {name: person(name) for name in names}
    return SimpleNamespace(admin=person("admin", is_staff=True), **found)


@pytest.fixture
def project(people):
    made = create_project(
        name="News", source="en", targets=("es", "ar"), by=people.manager, slug="news"
    )
    join(made, people.reviewer, role="reviewer", languages=["es"])
    join(made, people.adjudicator, role="adjudicator", languages=["es"])
    return made


@pytest.fixture
def inside(project):
    """The project's scope, for looking at its rows."""
    with scope(project=project):
        yield project


@pytest.fixture
def manager(people):
    return browser(people.manager)


@pytest.fixture
def reviewer(people):
    return browser(people.reviewer)


@pytest.fixture
def stranger(people):
    return browser(people.stranger)


@pytest.fixture
def admin(people):
    return browser(people.admin)


def item_record(number, spanish=True):
    texts = {"en": "Amina lives in Dakar.", "es": "Amina vive en Dakar."}
    spans = (Span("PER", 0, 5, key="1"), Span("LOC", 15, 20, key="2"))
    labelled = (CandidateRecord(IMPORTED, Reading(spans=spans)),)
    renditions = [RenditionRecord("en", (FieldRecord("text", texts["en"]),), labelled)]
    if spanish:
        renditions.append(RenditionRecord("es", (FieldRecord("text", texts["es"]),)))
    return ItemRecord(f"news-{number:03}", tuple(renditions), line=number)


@pytest.fixture
def items(project):
    """Three items in English, two of them in Spanish."""
    with scope(project=project):
        records = [item_record(1), item_record(2), item_record(3, spanish=False)]
        for added in add_items(project, records):
            assert not added.errors
        return list(project.items.order_by("id"))


@pytest.fixture(autouse=True)
def clean_cache(db):
    cache.clear()
