"""The background tasks. What remains to do is a query, so doing a task twice is harmless."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from annotate.actions import runs
from annotate.actions.spending import count_cost
from annotate.actions.tokens import forget_answers
from annotate.models import Project, Run
from pipeline.backends.base import BackendBusy, BackendRefused
from pipeline.beating import RunStopped, beating
from pipeline.deliveries import deliver_due
from pipeline.metering import Book, booked
from pipeline.stages import advance, end_run, stage_of
from pipeline.stages.contract import Done, Stage
from pipeline.tidying import tidy_daily
from verify.actions.claim import release_expired
from verify.actions.finished import tell_languages
from verify.models import Judgement

log = logging.getLogger(__name__)

# Twice the workers of a small machine: one batch in work and one waiting for each.
LANES = 4
# A run that says nothing for so many seconds is sent again; its lost batches are still pending.
SILENCE = 60
MOST_RETRIES = 6
# How often, in seconds, the machine goes on where people judge meanwhile.
NEWS_EVERY = 300
# Where the sweep leaves the time, in seconds since 1970, so that the pages can tell that workers are alive.
HEARTBEAT_KEY = "worker-heartbeat"


def _live(run_id: int) -> Run | None:
    with scopes_disabled():
        run = Run.objects.select_related("project", "annotator").filter(pk=run_id).first()
    return run if run is not None and run.is_live else None


@shared_task
def execute(run_id: int) -> None:
    """Start a run, or start it again after silence: count what is pending and fill the lanes."""
    run = _live(run_id)
    if run is None:
        return
    stage = stage_of(run)
    with scope(project=run.project):
        if stage.whole is not None:
            do_whole(run, stage)
            return
        if not runs.start(run, total=stage.rows(run).count()):
            return
        for _ in range(LANES):
            if not _hand_out(run, stage):
                break
        _close_if_done(run, stage)


@shared_task(bind=True, max_retries=MOST_RETRIES)
def work(self: Any, run_id: int, ids: list[int]) -> None:
    """Do a batch of a run's rows, then take the next one."""
    run = _live(run_id)
    if run is None:
        return
    stage = stage_of(run)
    with scope(project=run.project):
        wanted = list(stage.rows(run).filter(pk__in=ids).values_list("pk", flat=True))
        try:
            done = do_batch(run, stage, wanted) if wanted else Done()
        except BackendBusy as busy:
            if self.request.retries < MOST_RETRIES:
                pause = pause_after(busy, self.request.retries)
                # The wait is no silence: the batch is on its way already.
                until = timezone.now() + timedelta(seconds=pause)
                Run.objects.filter(pk=run.pk).update(heartbeat_at=until)
                raise self.retry(exc=busy, countdown=pause) from busy
            done = given_up(wanted, busy)
        except BackendRefused as refused:
            # A wrong key or address is wrong for every row: stop, and say so once.
            count_cost(run)
            end_run(run, Run.State.FAILED, message=str(refused))
            return
        note(run, done, len(ids))
        if not _hand_out(run, stage):
            _close_if_done(run, stage)


def pause_after(busy: BackendBusy, tries: int) -> float:
    """Seconds to wait for a busy server: what it asked for, or twice as long after every try."""
    return min(busy.retry_after or 2.0**tries, 300.0)


def given_up(ids: list[int], busy: BackendBusy) -> Done:
    """What comes of rows whose server stayed busy."""
    message = f"The model server stayed busy through {MOST_RETRIES} tries: {busy}"
    return Done(errors=tuple((row, "", message, "") for row in ids))


def do_batch(run: Run, stage: Stage, ids: list[int]) -> Done:
    """Do a batch, saying meanwhile that the run is alive.

    Rows that are pending as before although nothing failed are errors, or they would come for ever.
    Raises BackendBusy and BackendRefused.
    """
    with beating(run), booked(run) as book:
        done = _done(run, stage, ids, book)
    if done.saved or done.errors:
        return done
    message = "The stage gave no result for this row and did not say why."
    stuck = stage.rows(run).filter(pk__in=ids).values_list("pk", flat=True)
    return replace(done, errors=tuple((row, "", message, "") for row in stuck))


def _done(run: Run, stage: Stage, ids: list[int], book: Book) -> Done:
    """Do a batch; when it fails, row by row, so that one bad row does not take the others along."""
    assert stage.do is not None
    try:
        return stage.do(run, ids)
    except (BackendBusy, BackendRefused):
        raise
    except Exception:
        log.exception("A batch of run %s failed; doing its rows one by one", run.pk)
    book.turn()
    saved, cost = 0, Done().cost
    errors: list[tuple[int, str, str, str]] = []
    for row in ids:
        try:
            done = stage.do(run, [row])
            saved, cost = saved + done.saved, cost + done.cost
            errors += done.errors
        except (BackendBusy, BackendRefused):
            raise
        except Exception as error:
            errors.append((row, "", f"{type(error).__name__}: {error}", ""))
    return Done(saved, tuple(errors), cost=cost)


def note(run: Run, done: Done, size: int) -> None:
    if done.errors:
        runs.record_errors(run, list(done.errors))
    Run.objects.filter(pk=run.pk).update(
        heartbeat_at=timezone.now(),
        remaining=Greatest(F("remaining") - size, 0),
        tokens_in=F("tokens_in") + done.tokens_in,
        tokens_out=F("tokens_out") + done.tokens_out,
        cost=F("cost") + done.cost,
    )
    count_cost(run)


def _hand_out(run: Run, stage: Stage) -> bool:
    """Send the next window of pending rows to a worker; False when none is left ahead."""
    with transaction.atomic():
        held = Run.objects.select_for_update().get(pk=run.pk)
        if not held.is_live:
            return False
        ahead = stage.rows(run).filter(pk__gt=held.cursor).values_list("pk", flat=True)
        ids = list(ahead[: stage.batch])
        if not ids:
            return False
        Run.objects.filter(pk=run.pk).update(cursor=ids[-1], heartbeat_at=timezone.now())
    work.apply_async(args=[run.pk, ids], queue=stage.queue(run))
    return True


def _close_if_done(run: Run, stage: Stage) -> None:
    if stage.rows(run).exists():
        return
    end_run(run, Run.State.DONE)


def do_whole(run: Run, stage: Stage) -> None:
    """Do a run in one piece, at most once at a time: the database holds the lock, not the broker."""
    assert stage.whole is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, run.pk])
        if not cursor.fetchone()[0]:
            return
    try:
        if not runs.start(run, total=max(run.total, 1)):
            return
        with beating(run), booked(run):
            report = stage.whole(run)
    except RunStopped as stopped:
        log.info("%s", stopped)
    except BackendBusy as busy:
        runs.close(run, Run.State.FAILED, message=f"The model server is busy: {busy}")
    except Exception as error:
        log.exception("Run %s failed", run.pk)
        runs.close(run, Run.State.FAILED, message=f"{error}" or type(error).__name__)
    else:
        end_run(run, Run.State.DONE, report=report)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, run.pk])


_LOCK_SPACE = 71


def _has_news(project: Project) -> bool:
    """Whether people judged since the machine last began anything, some minutes ago by now."""
    runs_begun = Run.objects.filter(project=project).exclude(stage="export").order_by("-pk")
    last = runs_begun.values_list("queued_at", flat=True).first()
    if last is None or timezone.now() - last < timedelta(seconds=NEWS_EVERY):
        return False
    return Judgement.objects.filter(project=project, submitted_at__gt=last).exists()


@shared_task
def deliver() -> None:
    """Send notices to webhooks: those just told, and those whose next try is due."""
    deliver_due()


@shared_task
def sweep() -> None:
    """Send silent runs again, open seats whose lease ran out, go on where people gave something."""
    silent = timezone.now() - timedelta(seconds=SILENCE)
    with scopes_disabled():
        for run in Run.objects.live().select_related("project"):
            if (run.heartbeat_at or run.queued_at) < silent:
                Run.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now())
                runs.send(run)
        release_expired()
        forget_answers()
        for project in Project.objects.filter(is_archived=False):
            with scope(project=project):
                tell_languages(project)
                if _has_news(project):
                    advance(project)
    deliver.apply_async(queue="interactive")
    tidy_daily()
    cache.set(HEARTBEAT_KEY, time.time(), timeout=3600)
