"""The wizard of a new project, set-up files over HTTP, cloning."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotate import presets
from annotate.actions.setup import setup_of
from annotate.models import Project

NEW = "/projects/new/"


def test_every_preset_is_offered_with_what_it_is_for(people, stranger):
    page = stranger.get(NEW).content.decode()
    for name in presets.names():
        assert f'value="{name}"' in page
        assert presets.load(name)["description"].split("'")[0][:40] in page
    assert page.count(" checked") == 1


def test_a_preset_brings_its_labels_and_questions(people, stranger):
    part = stranger.get(f"{NEW}preset/?preset=span-verify").content.decode()
    assert "<html" not in part
    assert presets.load("span-verify")["questions"][0]["wording"]["en"] in part
    assert stranger.get(f"{NEW}preset/?preset=../x").status_code == 404


def test_languages_are_given_by_name_or_tag(people, stranger):
    part = stranger.get(f"{NEW}languages/", {"source": "English", "targets": "Arabic, sw, pt_br"})
    said = part.content.decode()
    for expected in ("ar · Arab · rtl", "sw · Latn · ltr", "pt-BR · Latn · ltr", "en · Latn"):
        assert expected in said
    wrong = stranger.get(f"{NEW}languages/", {"source": "Gibberishian", "targets": ""})
    assert "not a language tag" in wrong.content.decode()


def test_a_project_is_made_with_languages_by_name(people, stranger):
    stranger.post(NEW, {"name": "N", "source": "English", "targets": "Swahili, Arabic",
                        "preset": "ner-projection"})  # fmt: skip
    project = Project.objects.get(name="N")
    rows = project.languages.model.objects
    assert project.source_language == "en"
    assert setup_of(project)["targets"] == ["sw", "ar"]
    assert rows is not None


def test_a_set_up_file_goes_out_and_comes_in(project, manager, stranger, people):
    answer = manager.get("/p/news/settings/setup/")
    assert answer["Content-Disposition"] == 'attachment; filename="news-setup.json"'
    assert json.loads(answer.content) == setup_of(project)
    file = SimpleUploadedFile("s.json", answer.content)
    made = stranger.post(f"{NEW}setup/", {"file": file, "name": "Again"})
    again = Project.objects.get(name="Again")
    assert made.url == f"/p/{again.slug}/"
    assert {**setup_of(again), "name": "News"} == setup_of(project)


def test_a_faulty_set_up_file_is_said(people, stranger):
    file = SimpleUploadedFile("s.json", b'{"vouch_setup": 1, "name": "<b>"}')
    answer = stranger.post(f"{NEW}setup/", {"file": file})
    assert answer.status_code == 422
    assert "targets: name at least one" in answer.content.decode()
    assert not Project.objects.exists()


def test_a_clone_has_the_set_up_and_nothing_else(project, items, manager, people):
    answer = manager.post("/p/news/settings/clone/", {"name": "News again"})
    made = Project.objects.get(name="News again")
    assert answer.url == f"/p/{made.slug}/"
    assert {**setup_of(made), "name": "News"} == setup_of(project)
    assert list(Project.objects.for_user(people.manager).order_by("id")) == [project, made]
    assert not Project.objects.for_user(people.reviewer).filter(pk=made.pk).exists()
    assert manager.post("/p/news/settings/clone/", {"name": ""}, follow=True).status_code == 200
    assert Project.objects.count() == 2


@pytest.mark.parametrize("place", ["setup", "clone"])
def test_the_set_up_is_for_managers(project, reviewer, stranger, place):
    deed = "post" if place == "clone" else "get"
    assert getattr(reviewer, deed)(f"/p/news/settings/{place}/").status_code == 403
    assert getattr(stranger, deed)(f"/p/news/settings/{place}/").status_code == 404
    assert getattr(Client(), deed)(f"/p/news/settings/{place}/").status_code == 302
