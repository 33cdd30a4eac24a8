"""An item says whether it lacks a translation, whatever way renditions and languages come and go."""

from __future__ import annotations

import pytest
from django_scopes import scope

from annotate.actions.items import add_items
from annotate.actions.project_settings import set_targets
from annotate.actions.projects import create_project
from annotate.actions.texts import NewField, NewRendition, set_current
from annotate.models import Field, Item, Project
from annotate.records import FieldRecord, ItemRecord, RenditionRecord

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(db: None) -> Project:
    return create_project(name="Due", source="en", targets=["es"])


def due() -> list[str]:
    rows = Item.objects.filter(translate_due=True).order_by("external_id")
    return list(rows.values_list("external_id", flat=True))


def record(name: str, *languages: str) -> ItemRecord:
    return ItemRecord(
        name,
        renditions=tuple(
            RenditionRecord(tag, fields=(FieldRecord("text", f"{name} {tag}"),))
            for tag in languages
        ),
    )


def test_an_import_says_what_lacks(project: Project) -> None:
    with scope(project=project):
        list(add_items(project, [record("a", "en"), record("b", "en", "es")]))
        assert due() == ["a"]
        list(add_items(project, [record("a", "es")]))
        assert due() == []


def test_a_rendition_and_a_language_change_it(project: Project) -> None:
    with scope(project=project):
        list(add_items(project, [record("a", "en"), record("b", "en", "es")]))
        item = Item.objects.get(external_id="a")
        passage = Field.objects.get(rendition__item=item).passage_id
        set_current(project, [NewRendition(item.pk, "es", (NewField("text", passage),))])
        assert due() == []
        set_targets(project, ["es", "de"])
        assert due() == ["a", "b"]
        set_targets(project, ["es"])
        assert due() == []
