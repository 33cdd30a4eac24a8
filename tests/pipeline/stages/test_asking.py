"""A language model as the project's labeller, from the queue to the seats, over a real connection."""

from __future__ import annotations

import json
import logging
import threading
import time

from django.db import connection

from annotate.actions import runs
from annotate.models import Candidate, Consensus, Rendition, Spending
from pipeline import tasks
from pipeline.inline import work_off
from tests import factories
from tests.chat_server import chat_server, completion, marked
from verify.models import Assignment

KEY = "sk-sentinel-98f2a6c1d7"
GOOD = marked(("Amina Diallo", "PER"), ("Dakar", "LOC"))


def items(project, *texts):
    for text in texts:
        factories.make_item(project, texts={"en": f"Of {text}", "es": text}, source_spans=())


def label(project, annotator):
    return work_off(runs.queue_run(project, "label", annotator=annotator))


def in_the_database(needle):
    """The tables that hold a text anywhere in a row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for name in tables:
            cursor.execute(
                f'SELECT 1 FROM "{name}" t WHERE t::text LIKE %s LIMIT 1', [f"%{needle}%"]
            )
            found += [name] if cursor.fetchone() else []
    assert len(tables) > 30
    return found


def test_replies_of_every_kind_become_candidates_and_go_where_they_belong(
    project, asking, monkeypatch, caplog
):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("TEST_MODEL_KEY", KEY)
    items(project, factories.TARGET, "No quiero.", "Nada se lee.")

    def answer(asked):
        text = asked["messages"][-1]["content"]
        if "quiero" in text:
            return 200, json.dumps(
                {"choices": [{"message": {"content": None, "refusal": "I cannot help with that"}}]}
            )
        return "I would mark this and that" if "Nada" in text else GOOD

    with chat_server(answer) as server:
        annotator = asking(project, server, reference="env:TEST_MODEL_KEY")
        run = label(project, annotator)
    assert (run.state, run.failed) == ("done", 0)
    assert server.keys == {f"Bearer {KEY}"}
    found = {
        row.rendition.fields.get().passage.text: row
        for row in Candidate.objects.filter(version__annotator=annotator)
    }
    states = {text: row.state for text, row in found.items()}
    assert states == {
        factories.TARGET: "ok", "No quiero.": "refused", "Nada se lee.": "unparseable"
    }  # fmt: skip
    good = found[factories.TARGET]
    spans = [(s.label.key, s.surface) for s in good.reading.spans.order_by("start")]
    assert spans == [("PER", "Amina Diallo"), ("LOC", "Dakar")]
    assert good.raw_reply == GOOD
    assert found["Nada se lee."].raw_reply == "I would mark this and that"
    assert run.tokens_in == 22  # the refusal reported none
    assert run.cost == Spending.objects.get(annotator=annotator).cost > 0
    assert in_the_database(KEY) == []
    assert in_the_database("TEST_MODEL_KEY")
    assert KEY not in caplog.text
    for stage in ("aggregate", "route"):
        assert work_off(runs.queue_run(project, stage)).state == "done"
    voted = Consensus.objects.get(rendition=good.rendition)
    assert voted.voters == 1
    assert len(voted.reading.spans.all()) == 2
    for row in found.values():
        assert Consensus.objects.get(rendition=row.rendition).route != "accept"
        assert Assignment.objects.filter(rendition=row.rendition, state="open").exists()
    assert Rendition.objects.filter(aggregate_due=True).count() == 0


def test_a_key_that_the_server_repeats_in_its_refusal_is_shown_nowhere(
    project, asking, monkeypatch, caplog
):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("TEST_MODEL_KEY", KEY)
    items(project, factories.TARGET)
    body = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}", "code": "x"}})
    with chat_server(lambda asked: (401, body)) as server:
        run = label(project, asking(project, server, reference="env:TEST_MODEL_KEY"))
    assert run.state == "failed"
    assert run.message == f"{server.host} does not accept the key (HTTP 401)"
    assert len(server.asked) == 1
    assert in_the_database(KEY) == []
    assert KEY not in caplog.text


def test_a_key_that_is_not_there_is_named_by_its_reference(project, asking, monkeypatch):
    monkeypatch.delenv("TEST_MODEL_KEY", raising=False)
    items(project, factories.TARGET)
    with chat_server(lambda asked: GOOD) as server:
        run = label(project, asking(project, server, reference="env:TEST_MODEL_KEY"))
    assert (run.state, server.asked) == ("failed", [])
    assert "'env:TEST_MODEL_KEY' is not set" in run.message


def test_an_address_that_is_not_allowed_is_never_called(project, asking, settings):
    items(project, factories.TARGET)
    with chat_server(lambda asked: GOOD) as server:
        annotator = asking(project, server)
        settings.ENDPOINT_ALLOW = frozenset()
        run = label(project, annotator)
    assert (run.state, server.asked) == ("failed", [])
    assert "https" in run.message or "not" in run.message


def test_an_endpoint_that_hangs_ends_in_errors_that_say_so(project, asking, mail, monkeypatch):
    monkeypatch.setattr(tasks, "MOST_RETRIES", 1)
    items(project, factories.TARGET, "Otra cosa.")
    over = threading.Event()
    began = time.monotonic()
    with chat_server(lambda asked: (over.wait(60) and "") or "") as server:
        run = runs.queue_run(
            project, "label", annotator=asking(project, server, timeout=0.3, parallel=2)
        )
        tasks.execute(run.pk)
        mail.deliver()
        over.set()
    assert time.monotonic() - began < 15
    run.refresh_from_db()
    assert (run.state, run.failed) == ("done", 2)
    for error in run.errors.all():
        assert "did not answer in time" in error.message
        assert "127.0.0.1" in error.message
    assert not Candidate.objects.filter(version__annotator__name="asker").exists()


def test_an_answer_that_is_none_is_an_error_of_its_row_alone(project, asking):
    items(project, factories.TARGET, "Roto.")

    def answer(asked):
        broken = "Roto" in asked["messages"][-1]["content"]
        return (200, "<html>") if broken else (200, completion(GOOD))

    with chat_server(answer) as server:
        run = label(project, asking(project, server))
    assert (run.state, run.failed) == ("done", 1)
    assert "is not a chat completion" in run.errors.get().message
    assert Candidate.objects.filter(version__annotator__name="asker", state="ok").count() == 1
