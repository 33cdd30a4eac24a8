"""What helps to read a text: its romanised line, its neighbours, the glossary; for one's own seat only."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from annotate.actions.projects import add_annotator
from annotate.actions.texts import NewTranslation, save_aids, save_translations
from annotate.actions.versions import make_version
from annotate.models import Concept, Passage, Project
from tests import factories as make
from verify.models import Assignment
from verify.surroundings import neighbours, terms


@pytest.fixture
def seated(project: Project) -> tuple[Any, Assignment]:
    """A person and their seat in the middle of a document of nine paragraphs, told out of order."""
    for at in (4, 9, 1, 7, 2, 8, 3, 6, 5):
        make.make_rendition(
            project, external_id=f"d{at}", texts={"en": f"Source {at}.", "es": f"Texto {at}."},
            source_spans=(), group="doc", position=at,
        )  # fmt: skip
    make.make_rendition(project, external_id="other", group="elsewhere", position=5)
    rendition = make.models.Rendition.objects.get(item__external_id="d5", language="es")
    make.make_seats(rendition)
    user = make.make_member(project)
    rater = make.rater_for(project=project, user=user)
    seat = make.claim(project, rater)
    assert seat is not None
    return user, seat


def test_neighbours_are_the_nearest_in_order_with_both_sides(
    project: Project, seated: Any, django_assert_num_queries: Any
) -> None:
    _, seat = seated
    rater = seat.rater
    with django_assert_num_queries(1):
        found = neighbours(project=project, seat=seat.pk, rater=rater)
    assert [one["id"] for one in found] == ["d2", "d3", "d4", "d6", "d7", "d8"]
    assert [one["is_after"] for one in found] == [False] * 3 + [True] * 3
    assert (found[2]["source"], found[2]["target"]) == (["Source 4."], ["Texto 4."])


def test_a_text_without_a_group_has_no_neighbours(project: Project) -> None:
    make.make_task(project)
    make.make_task(project)
    rater = make.make_rater(project)
    seat = make.claim(project, rater)
    assert seat is not None
    assert neighbours(project=project, seat=seat.pk, rater=rater) == []


def test_the_page_asks_for_its_own_seat_and_gets_no_other(project: Project, seated: Any) -> None:
    user, seat = seated
    passage = Passage.objects.get(text="Texto 5.")
    save_aids({passage.pk: {"romanised": "Teksto 5."}}, 1)
    client = Client()
    client.force_login(user)
    url = reverse("verify:around", args=[project.slug, seat.pk])
    assert client.get(url).json()["returned"] == {}
    back = add_annotator(
        project, name="back", kind="translator", backend="llm", settings={"direction": "back"}
    )
    save_translations(
        project, [NewTranslation(passage.pk, "en", make_version(back).pk, "Text five.")]
    )
    body = client.get(url).json()
    assert body["romanised"] == {"source": {}, "target": {"text": "Teksto 5."}}
    assert body["returned"] == {"text": "Text five."}
    assert len(body["neighbours"]) == 6
    client.force_login(make.make_member(project))
    nothing = {"romanised": {"source": {}, "target": {}}, "returned": {}, "neighbours": []}
    assert client.get(url).json() == nothing
    client.force_login(make.make_user())
    assert client.get(url).status_code == 404


def test_the_glossary_gives_names_and_aliases_by_language(project: Project) -> None:
    Concept.objects.create(
        project=project, key="Q1", names={"en": "city", "es": "ciudad"},
        aliases={"en": ["town"], "es": "villa"}, description="A large place.",
    )  # fmt: skip
    Concept.objects.create(project=project, key="Q2", names={"fr": "ville"})
    assert terms(project) == [
        {
            "key": "Q1",
            "description": "A large place.",
            "names": {"en": ["city", "town"], "es": ["ciudad", "villa"]},
        }
    ]


def test_a_page_is_told_of_a_glossary_only_where_there_is_one(project: Project) -> None:
    client = Client()
    client.force_login(make.make_member(project))
    page = reverse("verify:desk", args=[project.slug])
    assert "terms" not in client.get(page).context["urls"]
    Concept.objects.create(project=project, key="Q1", names={"en": "city", "es": "ciudad"})
    address = client.get(page).context["urls"]["terms"]
    assert client.get(address).json()["terms"][0]["names"]["es"] == ["ciudad"]
    elsewhere = make.make_project(slug="elsewhere")
    with scope(project=elsewhere):
        assert terms(elsewhere) == []
