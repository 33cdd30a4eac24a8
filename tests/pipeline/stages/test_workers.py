"""Real workers: killed in the middle of a batch, and told twice at once."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings as site
from django.db import connection
from django_scopes import scope

from annotate.actions import runs
from annotate.actions.projects import add_annotator
from annotate.actions.versions import make_version
from annotate.models import Candidate, Consensus, Question, Reading, Run
from config.services import commands
from config.services.paths import ROOT
from pipeline import tasks
from tests import factories
from tests.chat_server import chat_server, marked
from verify.models import Assignment

ITEMS = 110
BATCH = 50
SECONDS = 60
REPLY = marked(("Amina Diallo", "PER"), ("Dakar", "LOC"))

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project(transactional_db):
    made = factories.make_project(policy={"advance": "auto"})
    with scope(project=made):
        Question.objects.create(project=made, key="spans", kind="spans", scope="field")
        for number in range(ITEMS):
            texts = {"en": f"{number}", "es": f"{factories.TARGET} {number}"}
            factories.make_item(made, texts=texts, source_spans=())
        yield made


@pytest.fixture
def start(tmp_path):
    """Starts workers on the test's database; they end with the test."""
    started = []

    def begin(host, processes=1):
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
            "VOUCH_TEST_DATABASE": connection.settings_dict["NAME"],
            "ENDPOINT_ALLOW": host,
            "MEDIA_ROOT": str(site.MEDIA_ROOT),
        }
        argv = commands.worker_argv(f"test{len(started)}", "default,llm,gpu", processes)
        log = (tmp_path / f"worker{len(started)}.log").open("wb")
        child = subprocess.Popen(
            argv, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        started.append((child, log))
        return child

    yield begin
    for child, log in started:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        log.close()


def until(what, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def settled():
    return Run.objects.exists() and not Run.objects.live().exists()


def pool_process(pid):
    """The process in which a worker does its work."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def each_once(annotator):
    """Every rendition was labelled, added up and routed, each once, and nothing else was left."""
    found = Candidate.objects.filter(version__annotator=annotator)
    assert found.count() == found.values("rendition").distinct().count() == ITEMS
    assert Reading.objects.filter(candidate__in=found).count() == ITEMS
    orphans = Reading.objects.filter(candidate=None)
    assert not orphans.exclude(pk__in=Consensus.objects.values("reading")).exists()
    assert Consensus.objects.count() == ITEMS
    assert Assignment.objects.values("rendition").distinct().count() == ITEMS
    assert not Run.objects.exclude(state="done").exists()
    assert not Run.objects.filter(failed__gt=0).exists()


def labeller(project, server):
    chosen = {"base_url": server.url, "model": "tiny", "timeout": 30.0, "parallel": 1}
    annotator = add_annotator(
        project, name="asker", kind="labeller", backend="llm", settings=chosen
    )
    make_version(annotator)
    return annotator


@pytest.mark.parametrize("which", ["the whole worker", "the process at work"])
def test_a_worker_killed_in_the_middle_of_a_batch_loses_nothing(project, start, monkeypatch, which):
    released = threading.Event()

    def answer(asked):
        if len(server.asked) == BATCH + 11:
            released.wait(SECONDS)
        return REPLY

    with chat_server(answer) as server:
        worker = start(server.host)
        annotator = labeller(project, server)
        run = runs.queue_run(project, "label", annotator=annotator)
        until(lambda: len(server.asked) == BATCH + 11)
        assert Candidate.objects.filter(version__annotator=annotator).count() == BATCH
        if which == "the whole worker":
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
            released.set()
            start(server.host)
            monkeypatch.setattr(tasks, "SILENCE", 0)
            tasks.sweep()
        else:
            os.kill(pool_process(worker.pid), signal.SIGKILL)
            released.set()
        until(lambda: Run.objects.filter(stage="route").exists() and settled())
        run.refresh_from_db()
        assert (run.state, run.failed, run.remaining) == ("done", 0, 0)
        each_once(annotator)


def test_a_run_told_twice_at_once_is_done_and_closed_once(project, start):
    with chat_server(lambda asked: REPLY) as server:
        annotator = labeller(project, server)
        run = runs.queue_run(project, "label", annotator=annotator)
        for _ in range(3):
            current_app.signature(runs.EXECUTE, args=[run.pk]).apply_async(queue="default")
        start(server.host, processes=3)
        until(lambda: Run.objects.filter(stage="route").exists() and settled())
        each_once(annotator)
        stages = list(Run.objects.values_list("stage", flat=True))
        assert len(stages) == len(set(stages))
