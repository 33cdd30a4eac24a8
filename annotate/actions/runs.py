"""Queue, cancel and retry runs. The web process sends the worker only a run's id, by task name."""

from __future__ import annotations

import time
from typing import Any

from celery import current_app
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate import models
from annotate.actions.notices import tell

EXECUTE = "pipeline.tasks.execute"
Run = models.Run
# Stages whose runs are made anew, not retried.
MADE_ANEW = ("import", "export", "undo")


class RunIsLive(Exception):
    """The same stage already runs; wait for it or cancel it."""


class NothingToUndo(Exception):
    """A run that brought nothing which could be removed."""


def queue_undo(run: Run, *, made_by: Any = None) -> Run:
    """Queue a run that removes what an import brought. Raises NothingToUndo and RunIsLive."""
    if run.stage != "import" or run.state != Run.State.DONE or not run.brought.get("renditions"):
        raise NothingToUndo(_("This run brought nothing that could be removed."))
    scope = {"run": run.pk, "name": run.scope.get("name", "")}
    return queue_run(run.project, "undo", scope=scope, made_by=made_by)


def queue_run(
    project: models.Project,
    stage: str,
    *,
    annotator: models.Annotator | None = None,
    scope: dict[str, Any] | None = None,
    made_by: Any = None,
    **fields: Any,
) -> Run:
    """Write a run and, once the transaction is committed, tell the workers.

    Raises RunIsLive when one of the same stage and annotator is queued or running. A message that
    gets lost only delays: the sweep finds runs that stay silent.
    """
    try:
        with transaction.atomic():
            run = Run.objects.create(
                project=project,
                stage=stage,
                annotator=annotator,
                scope=scope or {},
                made_by=made_by,
                **fields,
            )
    except IntegrityError as error:
        raise RunIsLive(
            _("%(stage)s is already running; wait for it or cancel it.") % {"stage": stage}
        ) from error
    send(run)
    return run


def send(run: Run) -> None:
    """Have a worker execute the run after commit."""
    queue = "interactive" if run.is_trial else "default"
    transaction.on_commit(
        lambda: current_app.signature(EXECUTE, args=[run.pk]).apply_async(queue=queue)
    )


def start(run: Run, *, total: int) -> bool:
    """Mark a run as running; False when it is over already. Starting again only refreshes it."""
    now = timezone.now()
    return bool(
        Run.objects.filter(pk=run.pk)
        .live()
        .update(
            state=Run.State.RUNNING,
            total=total,
            remaining=total,
            cursor=0,
            started_at=run.started_at or now,
            heartbeat_at=now,
        )
    )


def close(
    run: Run,
    state: str,
    *,
    message: str = "",
    report: dict[str, Any] | None = None,
    result: str = "",
) -> bool:
    """End a run; True for the one caller who ended it."""
    changes: dict[str, Any] = {"state": state, "finished_at": timezone.now(), "message": message}
    if state == Run.State.DONE:
        changes["remaining"] = 0
    if report is not None:
        changes["report"] = report
    if result:
        changes["result"] = result
    with transaction.atomic():
        ended = Run.objects.filter(pk=run.pk).live().update(**changes) == 1
        if ended and not run.is_trial and state in (Run.State.DONE, Run.State.FAILED):
            told = message[:300]
            tell(run.project, f"run.{state}", run=run.pk, stage=run.stage, message=told)
    return ended


def cancel(run: Run) -> bool:
    """Stop a run, a paused one too; what it has saved stays, what it has not begun is not begun."""
    changes = {
        "state": Run.State.CANCELLED,
        "finished_at": timezone.now(),
        "message": "Cancelled. What was done is kept.",
    }
    return Run.objects.filter(pk=run.pk).unfinished().update(**changes) == 1


def pause(run: Run) -> bool:
    """Hold a run; False when it is not under way.

    Workers take no further batch of it. A file that is being read or taken back is one transaction:
    what it did so far is undone, and it begins anew when it is resumed.
    """
    return Run.objects.filter(pk=run.pk).live().update(state=Run.State.PAUSED) == 1


def resume(run: Run) -> bool:
    """Let a paused run go on; False when it is not paused. Raises RunIsLive like ``queue_run``."""
    paused = Run.objects.filter(pk=run.pk, state=Run.State.PAUSED)
    try:
        with transaction.atomic():
            changed = paused.update(
                state=Run.State.QUEUED, cursor=0, heartbeat_at=None, queued_at=timezone.now()
            )
    except IntegrityError as error:
        raise RunIsLive(
            _("%(stage)s is already running; wait for it or cancel it.") % {"stage": run.stage}
        ) from error
    if changed:
        send(run)
    return changed == 1


def record_errors(run: Run, rows: list[tuple[int, str, str, str]]) -> None:
    """Note rows a run could not do: (row, where, message, raw text); the latest word counts.

    Those of a trial are shown with it, but nothing waits for them: they count as resolved.
    """
    latest = {(row, where): (message, raw) for row, where, message, raw in rows}
    models.RunError.objects.bulk_create(
        [
            models.RunError(
                project_id=run.project_id,
                run=run,
                stage=run.stage,
                annotator=run.annotator,
                row=row,
                where=where,
                message=message,
                raw=raw[:20_000],
                is_resolved=run.is_trial,
            )
            for (row, where), (message, raw) in latest.items()
        ],
        update_conflicts=True,
        unique_fields=["run", "row", "where"],
        update_fields=["message", "raw", "is_resolved"],
    )
    Run.objects.filter(pk=run.pk).update(failed=run.errors.count())


def retry_errors(run: Run) -> int:
    """Let the failed rows of a run be tried again; return how many."""
    return run.errors.filter(is_resolved=False).update(is_resolved=True)


def wait_for(run: Run, *, seconds: float | None = None) -> Run:
    """Look at a run every half second until it has ended. Raises TimeoutError after ``seconds``."""
    start = time.monotonic()
    while run.is_live:
        if seconds is not None and time.monotonic() - start > seconds:
            raise TimeoutError(f"{run} is still {run.state} after {seconds} s")
        time.sleep(0.5)
        run.refresh_from_db()
    return run
