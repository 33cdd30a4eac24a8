"""The list of projects, and making one."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse
from django_scopes import scope

from annotate.models import Membership, Project

NEW = "/projects/new/"
GOOD = {
    "name": "Letters", "source": "en", "targets": "sw, pt_br", "preset": "ner-projection",
    "labels": "PER Person\nSHIP A ship", "description": "",
}  # fmt: skip


def test_each_sees_their_own(project, items, manager, stranger, admin):
    assert b"3 items" in manager.get("/").content
    assert b"No projects yet" in stranger.get("/").content
    assert b"News" in admin.get("/").content
    assert Client().get("/").status_code == 302


def test_the_list_costs_the_same_for_many(people, manager, django_assert_max_num_queries):
    from annotate.actions.projects import create_project

    for number in range(5):
        create_project(name=f"P{number}", source="en", targets=("es",), by=people.manager)
    with django_assert_max_num_queries(15):
        assert manager.get("/").content.count(b'class="card project"') == 5


def test_making_one_from_a_preset(people, stranger):
    answer = stranger.post(NEW, GOOD)
    project = Project.objects.get(name="Letters")
    assert answer.url == reverse("annotate:project", args=[project.slug])
    with scope(project=project):
        tags = project.languages.order_by("role", "tag").values_list("tag", "role")
        assert list(tags) == [("en", "source"), ("pt-BR", "target"), ("sw", "target")]
        labels = project.labels.order_by("position")
        assert [(x.key, x.names["en"]) for x in labels] == [("PER", "Person"), ("SHIP", "A ship")]
        assert labels[0].definition
        assert Membership.objects.get(project=project).role == "manager"
    assert project.annotators.count() == 5


def test_the_preset_s_labels_stay_when_nobody_touches_them(people, stranger):
    from annotate.forms.projects import preset_labels

    stranger.post(NEW, {**GOOD, "labels": preset_labels("ner-projection")})
    project = Project.objects.get(name="Letters")
    with scope(project=project):
        keys = list(project.labels.order_by("position").values_list("key", flat=True))
        assert keys == ["PER", "LOC", "ORG", "MISC", "DATE"]
        assert project.labels.get(key="LOC").names["sw"] == "Mahali"


def test_what_is_wrong_is_said_and_nothing_made(people, stranger):
    for change, words in (
        ({"targets": "es, klingonic-xx-99999999999"}, b"is not a language tag"),
        ({"targets": "es es"}, b"named twice"),
        ({"targets": "en es"}, b"cannot be a target too"),
        ({"targets": " , "}, b"at least one target"),
        ({"labels": "PER a\nPER b"}, b"Line 2: PER is there already"),
        ({"name": ""}, b"required"),
    ):
        assert words in stranger.post(NEW, {**GOOD, **change}).content, change
    assert not Project.objects.filter(name="Letters").exists()
