"""Several translators and one that goes back: all offers are kept, and why one was taken."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django_scopes import scope

from annotate.actions import runs
from annotate.actions.projects import add_annotator
from annotate.models import Rendition, Translation
from pipeline.inline import work_off
from tests import factories
from tests.chat_server import chat_server

SOURCE = "The old river runs past the white house."
GOOD = "El viejo rio pasa junto a la casa blanca."
POOR = "El coche viejo corre por la calle larga hoy."
BACK = {
    GOOD: "The old river passes by the white house.",
    POOR: "The old car runs in a long street.",
}


def answer(asked):
    """Two translators by model name, and the way back by what is to be translated."""
    text = asked["messages"][-1]["content"]
    if asked["model"] == "back":
        return next(said for made, said in BACK.items() if made in text)
    return {"good": GOOD, "poor": POOR, "copy": SOURCE}[asked["model"]]


@pytest.fixture
def project(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    made = factories.make_project(policy={"advance": "manual"})
    with scope(project=made):
        factories.make_item(made, external_id="one", texts={"en": SOURCE}, source_spans=())
        yield made


def add(project, server, settings, model, position=0, **chosen):
    settings.ENDPOINT_ALLOW = frozenset({server.host})
    return add_annotator(
        project, name=model, kind="translator", backend="llm", position=position,
        settings={"base_url": server.url, "model": model, **chosen},
    )  # fmt: skip


def translate(project, *annotators):
    for annotator in annotators:
        run = work_off(runs.queue_run(project, "translate", annotator=annotator))
        assert (run.state, run.failed) == ("done", 0)


def choose(project):
    assert work_off(runs.queue_run(project, "choose")).state == "done"
    return Rendition.objects.current().get(language="es")


def test_the_way_back_decides_between_offers_without_fault(project, settings):
    with chat_server(answer) as server:
        poor = add(project, server, settings, "poor", 1)
        good = add(project, server, settings, "good", 2)
        back = add(project, server, settings, "back", 3, direction="back")
        translate(project, poor, good, back)
        assert Translation.objects.filter(language="en").count() == 2
        made = choose(project)
    assert made.fields.get().passage.text == GOOD
    assert made.version.annotator == good
    assert made.choice["reason"] == "round_trip"
    trips = {offer["name"]: offer["round_trip"] for offer in made.choice["offers"]}
    assert set(trips) == {"poor", "good"}
    assert trips["good"] > trips["poor"] + 20


def test_a_copy_loses_by_its_flag_though_it_would_come_back_whole(project, settings):
    with chat_server(answer) as server:
        copy = add(project, server, settings, "copy", 1)
        poor = add(project, server, settings, "poor", 2)
        translate(project, copy, poor)
        made = choose(project)
    assert made.fields.get().passage.text == POOR
    assert made.choice["reason"] == "flags"
    flags = {offer["name"]: offer["flags"] for offer in made.choice["offers"]}
    assert flags["poor"] == []
    assert "copy" in flags["copy"]


def test_what_stands_is_sent_back_too_once_somebody_can(project, settings):
    with chat_server(answer) as server:
        translate(project, add(project, server, settings, "good", 1))
        made = choose(project)
        assert (made.choice["reason"], made.choice["offers"][0]["round_trip"]) == ("only", None)
        back = add(project, server, settings, "back", 3, direction="back")
        translate(project, back)
        row = Translation.objects.get(source=made.fields.get().passage, language="en")
        assert row.target.text == BACK[GOOD]
        asked = len(server.asked)
        translate(project, back)
        assert len(server.asked) == asked
