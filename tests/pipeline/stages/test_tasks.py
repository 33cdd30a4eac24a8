"""The background tasks: nothing lost, nothing done twice, every failure a row with its cause."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from celery.exceptions import Retry
from django.utils import timezone

from annotate.actions import runs
from annotate.actions.items import add_items
from annotate.actions.projects import add_annotator
from annotate.actions.texts import NewTranslation, save_translations
from annotate.actions.versions import make_version
from annotate.models import Candidate, Passage, Reading, Run, Translation
from annotate.records import FieldRecord, ItemRecord, RenditionRecord
from pipeline import tasks
from pipeline.backends.base import BackendBusy, BackendRefused
from pipeline.inline import drain, work_off
from pipeline.stages import stage_of
from tests import factories
from tests.chat_server import chat_server, marked
from tests.walking import row_counts

REPLY = marked(("Amina Diallo", "PER"), ("Dakar", "LOC"))


def items(project, count):
    for number in range(count):
        texts = {"en": f"{number}. {factories.SOURCE}", "es": factories.TARGET}
        factories.make_item(project, texts=texts, source_spans=())


def prepare(project):
    return runs.queue_run(project, "prepare")


@pytest.fixture
def doing(monkeypatch):
    """Replace what every stage does to a batch by a function of (real do, run, ids)."""

    def change(function, **fields):
        def changed(run):
            stage = stage_of(run)
            return dataclasses.replace(
                stage, do=lambda run, ids: function(stage.do, run, ids), **fields
            )

        monkeypatch.setattr(tasks, "stage_of", changed)
        monkeypatch.setattr("pipeline.inline.stage_of", changed)

    return change


def unprepared():
    return Passage.objects.filter(aids_version=0).count()


def test_every_batch_delivered_twice_changes_nothing(project, mail, doing):
    items(project, 11)
    done = []

    def count(do, run, ids):
        done.extend(ids)
        return do(run, ids)

    doing(count, batch=2)
    run = prepare(project)
    tasks.execute(run.pk)
    assert len(mail.waiting) == tasks.LANES
    mail.deliver(times=2)
    run.refresh_from_db()
    assert (run.state, run.remaining, run.failed) == ("done", 0, 0)
    assert sorted(done) == sorted(Passage.objects.values_list("pk", flat=True))
    counts = row_counts()
    tasks.execute(run.pk)
    tasks.work.apply(args=[run.pk, done], throw=True)
    assert not mail.waiting
    assert row_counts() == counts


def test_what_a_second_start_sends_again_is_done_once(project, mail, asking):
    items(project, 3)
    with chat_server(lambda asked: REPLY) as server:
        run = runs.queue_run(project, "label", annotator=asking(project, server))
        tasks.execute(run.pk)
        tasks.execute(run.pk)
        assert len(mail.waiting) == 2
        mail.deliver(times=2)
        run.refresh_from_db()
        assert run.state == "done"
        assert not run.errors.exists(), run.errors.first().message
        asked = 3
        assert len(server.asked) == asked
    assert Candidate.objects.filter(version__annotator__name="asker").count() == asked
    spoken = Reading.objects.filter(candidate__version__annotator__name="asker")
    assert spoken.count() == asked


def test_a_poison_row_is_an_error_and_the_others_are_done(project, mail, doing):
    items(project, 4)
    bad = Passage.objects.order_by("pk")[2].pk

    def poisoned(do, run, ids):
        if bad in ids:
            raise ValueError("this one is bad")
        return do(run, ids)

    doing(poisoned)
    run = prepare(project)
    tasks.execute(run.pk)
    mail.deliver()
    run.refresh_from_db()
    assert (run.state, run.failed) == ("done", 1)
    error = run.errors.get()
    assert (error.row, error.message) == (bad, "ValueError: this one is bad")
    assert list(Passage.objects.filter(aids_version=0).values_list("pk", flat=True)) == [bad]
    assert not stage_of(run).due(Run(project=project, stage="prepare"))
    doing(lambda do, run, ids: do(run, ids))
    assert runs.retry_errors(run) == 1
    assert work_off(prepare(project)).state == "done"
    assert unprepared() == 0


def test_a_row_that_stays_pending_ends_the_run_with_its_error(project, doing):
    items(project, 2)
    doing(lambda do, run, ids: tasks.Done())
    run = work_off(prepare(project))
    assert run.state == "done"
    assert run.failed == Passage.objects.count()
    assert "no result" in run.errors.first().message


def test_a_cancelled_run_stops(project, mail, doing):
    items(project, 8)
    doing(lambda do, run, ids: do(run, ids), batch=1)
    run = prepare(project)
    tasks.execute(run.pk)
    tasks.work.apply(args=mail.waiting.pop(0), throw=True)
    before = unprepared()
    assert runs.cancel(run)
    mail.deliver()
    tasks.execute(run.pk)
    run.refresh_from_db()
    assert (run.state, run.message) == ("cancelled", "Cancelled. What was done is kept.")
    assert unprepared() == before > 0
    assert not mail.waiting


def test_a_run_cancelled_in_this_process_stops(project, doing):
    items(project, 8)

    def cancelled(do, run, ids):
        runs.cancel(run)
        return do(run, ids)

    doing(cancelled, batch=1)
    assert work_off(prepare(project)).state == "cancelled"
    assert unprepared() == Passage.objects.count() - 1


def test_a_busy_server_is_tried_again_and_then_an_error(project, mail, doing):
    items(project, 1)
    tried = []

    def busy(do, run, ids):
        tried.append(ids)
        raise BackendBusy("models.example is busy (HTTP 429)")

    doing(busy)
    run = prepare(project)
    tasks.execute(run.pk)
    mail.deliver()
    run.refresh_from_db()
    assert run.state == "done"
    assert len(tried) == tasks.MOST_RETRIES + 1
    assert {error.row for error in run.errors.all()} == set(tried[0])
    message = run.errors.first().message
    assert "stayed busy through 6 tries" in message
    assert "HTTP 429" in message


def test_the_wait_for_a_busy_server_is_no_silence(project, mail, doing, monkeypatch):
    items(project, 1)
    waits = []
    monkeypatch.setattr(
        tasks.work, "retry", lambda **how: waits.append(how["countdown"]) or Retry()
    )

    def busy(do, run, ids):
        raise BackendBusy("busy", retry_after=200)

    doing(busy)
    run = prepare(project)
    tasks.execute(run.pk)
    tasks.work.apply(args=mail.waiting.pop())
    run.refresh_from_db()
    assert waits == [200]
    assert run.heartbeat_at > timezone.now() + timedelta(seconds=tasks.SILENCE)


def test_a_busy_server_is_waited_for_in_this_process_too(project, doing, monkeypatch):
    items(project, 1)
    waits = []
    monkeypatch.setattr("pipeline.inline.time.sleep", waits.append)

    def busy(do, run, ids):
        if len(waits) < 3:
            raise BackendBusy("busy", retry_after=2.5 if waits else None)
        return do(run, ids)

    doing(busy)
    run = work_off(prepare(project))
    assert (run.state, run.failed, waits) == ("done", 0, [1.0, 2.5, 2.5])


@pytest.mark.parametrize("inline", [False, True])
def test_a_refusal_fails_the_run_at_once(project, mail, doing, inline):
    items(project, 8)
    tried = []

    def refused(do, run, ids):
        tried.append(ids)
        raise BackendRefused("models.example does not accept the key (HTTP 401)")

    doing(refused, batch=2)
    run = prepare(project)
    if inline:
        work_off(run)
    else:
        tasks.execute(run.pk)
        mail.deliver()
    run.refresh_from_db()
    assert len(tried) == 1
    assert (run.state, run.message) == (
        "failed", "models.example does not accept the key (HTTP 401)"
    )  # fmt: skip
    assert not run.errors.exists()


def test_a_silent_run_is_sent_again_and_a_speaking_one_not(project, monkeypatch):
    items(project, 1)
    silent, speaking = prepare(project), runs.queue_run(project, "export", scope={})
    sent = []
    monkeypatch.setattr(runs, "send", lambda run: sent.append(run.pk))
    long_ago = timezone.now() - timedelta(seconds=tasks.SILENCE + 1)
    Run.objects.filter(pk=silent.pk).update(heartbeat_at=long_ago)
    Run.objects.filter(pk=speaking.pk).update(heartbeat_at=timezone.now(), queued_at=long_ago)
    tasks.sweep()
    assert sent == [silent.pk]
    tasks.sweep()
    assert sent == [silent.pk]


def test_draining_twice_does_nothing_the_second_time(project):
    project.policy = {"advance": "auto"}
    project.save()
    items(project, 2)
    assert drain(project)
    counts = row_counts()
    assert drain(project) == []
    assert row_counts() == counts


def test_parts_of_two_translators_leave_no_run_without_end(project):
    """Each translator did one field of the item, so neither has a whole rendition to offer."""
    fields = (FieldRecord("title", "News"), FieldRecord("text", "Amina lives in Dakar."))
    list(add_items(project, [ItemRecord("a", (RenditionRecord("en", fields),))]))
    for name, passage in zip("xy", Passage.objects.order_by("pk"), strict=True):
        annotator = add_annotator(project, name=name, kind="translator", backend="llm")
        row = NewTranslation(passage.pk, "es", make_version(annotator).pk, f"¡{name}!")
        save_translations(project, [row])
    run = work_off(runs.queue_run(project, "choose"))
    assert run.state == "done"
    assert Translation.objects.count() == 2
    assert not project.renditions.filter(language="es").exists()
