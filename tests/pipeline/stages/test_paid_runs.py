"""Runs that cost money: limits and stops end them, they go on later, and nothing is paid for twice."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db.models import Sum
from django_scopes import scope

from annotate.actions import runs
from annotate.actions.projects import add_annotator
from annotate.actions.spending import stop_calls
from annotate.actions.versions import make_version
from annotate.models import Annotator, Candidate, Question, Run, Spending
from pipeline.inline import work_off
from pipeline.machines import chat
from pipeline.metering import booked
from tests import factories
from tests.chat_server import chat_server, completion, marked

ASK = [{"role": "user", "content": "What is it?"}]


def spent(annotator):
    found = Spending.objects.filter(annotator=annotator).aggregate(total=Sum("cost"))
    return found["total"] or Decimal(0)


@pytest.fixture
def project(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    made = factories.make_project(policy={"advance": "manual"})
    with scope(project=made):
        Question.objects.create(project=made, key="spans", kind="spans", scope="field")
        for n in range(6):
            factories.make_item(
                made, texts={"en": f"No {n}", "es": f"Amina Diallo {n}"}, source_spans=()
            )
        yield made


@pytest.fixture
def payer(settings):
    def make(project, server, **fields):
        settings.ENDPOINT_ALLOW = frozenset({server.host})
        annotator = add_annotator(
            project, name="payer", kind="labeller", backend="llm",
            settings={"base_url": server.url, "model": "tiny", "timeout": 5.0, "max_tokens": 50},
            **fields,
        )  # fmt: skip
        make_version(annotator)
        return annotator

    return make


def label(project, annotator):
    return work_off(runs.queue_run(project, "label", annotator=annotator))


GOOD = marked(("Amina Diallo", "PER"))
# One call sets aside 0.5 (50 tokens written) and costs 0.07 (7 of them).
PRICE = {"output_per_million": 10_000}


def test_a_run_ends_at_its_limit_and_goes_on_without_paying_twice(project, payer):
    with chat_server(lambda asked: GOOD) as server:
        annotator = payer(project, server, price=PRICE, budget=Decimal("0.7"))
        first = label(project, annotator)
        assert first.state == "failed"
        assert "its budget" in first.message
        assert 0 < len(server.asked) < 6
        assert (
            first.cost == spent(annotator) == Decimal("0.07") * len(server.asked) <= Decimal("0.7")
        )
        Annotator.objects.filter(pk=annotator.pk).update(budget=Decimal(9))
        annotator.refresh_from_db()
        second = label(project, annotator)
        assert (second.state, len(server.asked)) == ("done", 6)
    assert Candidate.objects.filter(version__annotator=annotator, state="ok").count() == 6
    assert spent(annotator) == Decimal("0.42")


def test_a_stop_ends_a_run_under_way(project, payer):
    def answer(asked):
        return GOOD

    with chat_server(answer) as server:
        annotator = payer(project, server, price=PRICE)
        stop_calls(project, stopped=True)
        run = label(project, annotator)
        assert (run.state, server.asked) == ("failed", [])
        assert "stopped" in run.message
        stop_calls(project, stopped=False)
        assert label(project, annotator).state == "done"


def test_a_server_that_asks_for_a_pause_is_left_alone_and_then_asked_again(project, payer):
    times = []

    def answer(asked):
        times.append(time.monotonic())
        return (429, json.dumps({"error": {"message": "slow down"}})) if len(times) == 1 else GOOD

    with chat_server(answer) as server:
        annotator = payer(project, server, price=PRICE)
        run = label(project, annotator)
    assert (run.state, run.failed) == ("done", 0)
    assert spent(annotator) == Decimal("0.42")


def fail(run, version):
    with booked(run):
        machine = chat(version)
        machine.complete(ASK, seed=1)
        machine.complete(ASK, seed=1)
        raise RuntimeError("the batch failed")


def test_replies_of_failed_work_are_given_once_and_only_to_the_same_request(project, payer):
    with chat_server(lambda asked: (200, completion("yes"))) as server:
        annotator = payer(project, server, price=PRICE)
        version = make_version(annotator)
        run = Run(pk=None, project=project)
        with pytest.raises(RuntimeError):
            fail(run, version)
        assert len(server.asked) == 2
        with booked(run):
            machine = chat(version)
            for _ in range(3):
                machine.complete(ASK, seed=1)
            machine.complete(ASK, seed=2)
        assert len(server.asked) == 4
        with booked(run):
            chat(version).complete(ASK, seed=1)
        assert len(server.asked) == 5
