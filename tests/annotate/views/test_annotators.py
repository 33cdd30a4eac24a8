"""The machines: adding, configuring, switching, trying."""

from __future__ import annotations

from decimal import Decimal

import pytest

from annotate.actions.projects import add_annotator
from annotate.models import Annotator, Run

PAGE = "/p/news/annotators/"


@pytest.fixture
def llm(inside):
    return Annotator.objects.create(
        project=inside, name="Model", kind="labeller", backend="llm", secret_reference="env:KEY",
        settings={"base_url": "https://models.example/v1", "model": "m", "guidelines": "kept"},
    )  # fmt: skip


def shown(client, annotator):
    form = client.get(f"{PAGE}{annotator.pk}/").context["form"]
    return {name: form[name].value() or "" for name in form.fields if not form[name].field.disabled}


def test_adding_one_that_needs_telling_starts_it_off(inside, manager):
    answer = manager.post(f"{PAGE}new/", {"backend": "translator:llm", "name": "Big"})
    made = Annotator.objects.get(project=inside, name="Big")
    assert answer.url == f"{PAGE}{made.pk}/"
    assert (made.kind, made.backend, made.is_enabled) == ("translator", "llm", False)
    manager.post(f"{PAGE}new/", {"backend": "projector:links", "name": "Links two"})
    assert Annotator.objects.get(project=inside, name="Links two").is_enabled


def test_a_name_is_used_once(inside, manager):
    answer = manager.post(f"{PAGE}new/", {"backend": "projector:links", "name": "links"})
    assert answer.status_code == 422
    assert b"of this name" in answer.content


def test_changing_settings_makes_a_version(inside, admin, llm):
    values = {**shown(admin, llm), "model": "m2", "temperature": "0.5", "weight": "2",
              "ballots": "3", "budget": "12.5", "input_per_million": "1.5"}  # fmt: skip
    assert admin.post(f"{PAGE}{llm.pk}/", values).status_code == 302
    llm.refresh_from_db()
    assert llm.settings == {
        "base_url": "https://models.example/v1", "model": "m2", "temperature": 0.5,
        "guidelines": "kept",
    }  # fmt: skip
    assert (llm.weight, llm.ballots, llm.budget) == (2.0, 3, Decimal("12.5"))
    assert llm.price == {"input_per_million": 1.5}
    assert llm.versions.get(is_current=True).settings["model"] == "m2"


def test_only_admins_name_secrets_or_send_them_elsewhere(inside, manager, llm):
    values = {**shown(manager, llm), "model": "m3", "secret_reference": "env:SECRET_KEY",
              "base_url": "https://elsewhere.example/v1"}  # fmt: skip
    assert manager.post(f"{PAGE}{llm.pk}/", values).status_code == 302
    llm.refresh_from_db()
    assert llm.settings["model"] == "m3"
    assert llm.secret_reference == "env:KEY"
    assert llm.settings["base_url"] == "https://models.example/v1"


def test_a_secret_itself_is_refused(inside, admin, llm):
    values = {**shown(admin, llm), "secret_reference": "sk-abcdef0123456789"}
    answer = admin.post(f"{PAGE}{llm.pk}/", values)
    assert answer.status_code == 422
    assert b"never the key" in answer.content
    llm.refresh_from_db()
    assert llm.secret_reference == "env:KEY"


def test_a_fitted_one_gets_its_versions_from_fitting(inside, manager):
    gazetteer = Annotator.objects.get(project=inside, name="gazetteer")
    manager.post(f"{PAGE}{gazetteer.pk}/", {**shown(manager, gazetteer), "weight": "3"})
    gazetteer.refresh_from_db()
    assert gazetteer.weight == 3.0
    assert not gazetteer.versions.exists()


def test_switching(inside, manager):
    links = Annotator.objects.get(project=inside, name="links")
    manager.post(f"{PAGE}{links.pk}/switch/", {"on": "0"})
    links.refresh_from_db()
    assert not links.is_enabled
    manager.post(f"{PAGE}{links.pk}/switch/", {"on": "1"})
    links.refresh_from_db()
    assert links.is_enabled


def test_a_trial_is_a_run_of_its_own(inside, manager, llm):
    Run.objects.create(project=inside, stage="label", annotator=llm, state="running")
    answer = manager.post(f"{PAGE}{llm.pk}/trial/")
    run = Run.objects.latest("id")
    assert answer.url == f"/p/news/runs/{run.pk}/"
    assert (run.stage, run.is_trial, run.scope) == ("label", True, {"trial": 5})
    links = Annotator.objects.get(project=inside, name="links")
    manager.post(f"{PAGE}{links.pk}/trial/")
    assert Run.objects.latest("id").stage == "projection"
    file = add_annotator(inside, name="file", kind="imported", backend="")
    assert manager.post(f"{PAGE}{file.pk}/trial/").status_code == 404


def test_versions_show_how_they_do(inside, manager):
    gazetteer = Annotator.objects.get(project=inside, name="gazetteer")
    gazetteer.versions.create(
        project=inside, language="es", fitted_on=120, metrics={"f1": 0.8123}, may_vote=False
    )
    page = manager.get(PAGE).content.decode()
    assert "F1 0.81" in page
    assert "does not vote" in page


def test_an_outdated_form_is_not_saved(inside, manager, llm):
    values = shown(manager, llm)
    Annotator.objects.filter(pk=llm.pk).update(weight=7)
    answer = manager.post(f"{PAGE}{llm.pk}/", {**values, "weight": "2"})
    assert answer.status_code == 409
    llm.refresh_from_db()
    assert llm.weight == 7


def test_the_catalog_is_the_pipeline_s():
    from annotate.catalog import BACKENDS
    from pipeline.label.catalog import LABELLERS
    from pipeline.label.judge import BACKENDS as JUDGES
    from pipeline.projection.catalog import FITTED
    from pipeline.projection.modelled import ASKING, RUNNING
    from pipeline.translate.catalog import TRANSLATORS

    offered = {(backend.kind, backend.name) for backend in BACKENDS}
    known = {("labeller", name) for name in LABELLERS}
    known |= {("projector", name) for name in (*FITTED, *RUNNING, *ASKING)}
    known |= {("judge", name) for name in JUDGES}
    known |= {("translator", name) for name in TRANSLATORS}
    assert offered == known
    fitted = {b.name for b in BACKENDS if b.kind == "labeller" and b.is_fitted}
    assert fitted == {name for name, entry in LABELLERS.items() if entry.fitted}
