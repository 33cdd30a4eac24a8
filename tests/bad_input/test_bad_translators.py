"""Translators that return nothing: kept as they came, told row by row, and no text made of them."""

from __future__ import annotations

import pytest
from django_scopes import scope

from annotate.actions.projects import add_annotator
from annotate.actions.runs import queue_run, retry_errors
from annotate.models import Passage, Rendition, Translation
from pipeline.inline import work_off
from tests import factories
from tests.chat_server import chat_server


@pytest.fixture
def project(db):
    made = factories.make_project(policy={"advance": "manual"})
    with scope(project=made):
        for text in ("Amina lives in Dakar.", "Nothing comes of this."):
            factories.make_item(made, texts={"en": text}, source_spans=())
        yield made


def translate(project, server, settings):
    settings.ENDPOINT_ALLOW = frozenset({server.host})
    chosen = {"base_url": server.url, "model": "tiny", "timeout": 3.0}
    annotator = add_annotator(
        project, name="words", kind="translator", backend="llm", settings=chosen
    )
    return work_off(queue_run(project, "translate", annotator=annotator))


def test_an_empty_translation_is_kept_and_told(project, settings):
    def answer(asked):
        return " \n " if "Nothing" in asked["messages"][-1]["content"] else "Amina vive en Dakar."

    with chat_server(answer) as server:
        run = translate(project, server, settings)
        assert (run.state, run.failed) == ("done", 1)
        error = run.errors.get()
        lost = Passage.objects.get(text="Nothing comes of this.")
        assert (error.row, error.where) == (lost.pk, "es")
        assert error.message == "The translator's answer is empty; nothing was translated."
        assert error.raw == " \n "
        kept = Translation.objects.get(source=lost)
        assert (kept.state, kept.target, kept.raw_reply) == ("empty", None, " \n ")
        asked = len(server.asked)
        again = work_off(queue_run(project, "translate", annotator=run.annotator))
        assert (again.total, len(server.asked)) == (0, asked)
    assert work_off(queue_run(project, "choose")).state == "done"
    assert Rendition.objects.get(language="es").item.external_id != ""
    assert not Passage.objects.filter(language="es", text="").exists()


def test_an_empty_translation_may_be_tried_again(project, settings):
    replies = ["", "", "Algo sale.", "Algo sale."]
    with chat_server(lambda asked: replies[len(server.asked) - 1]) as server:
        run = translate(project, server, settings)
        assert (run.failed, Translation.objects.filter(state="empty").count()) == (2, 2)
        assert retry_errors(run) == 2
        again = work_off(queue_run(project, "translate", annotator=run.annotator))
    assert (again.state, again.failed) == ("done", 0)
    assert set(Translation.objects.values_list("state", flat=True)) == {"ok"}
