"""Work runs off here and now, in this process: for commands, the demo and tests."""

from __future__ import annotations

import time

from django_scopes import scope

from annotate.actions import runs
from annotate.actions.spending import count_cost
from annotate.models import Project, Run
from pipeline.backends.base import BackendBusy, BackendRefused
from pipeline.stages import advance, end_run, stage_of
from pipeline.stages.contract import Done, Stage
from pipeline.tasks import MOST_RETRIES, do_batch, do_whole, given_up, note, pause_after

# Seconds between looks at a run that another process holds.
LOOK_EVERY = 0.1


def work_off(run: Run) -> Run:
    """Do a run to its end, batch after batch, and return it as it ended."""
    stage = stage_of(run)
    with scope(project=run.project):
        if stage.whole is not None:
            _whole(run, stage)
        elif runs.start(run, total=stage.rows(run).count()):
            try:
                _rows(run, stage)
            except BackendRefused as refused:
                count_cost(run)
                runs.close(run, Run.State.FAILED, message=str(refused))
            end_run(run, Run.State.DONE)
        run.refresh_from_db()
    return run


def _whole(run: Run, stage: Stage) -> None:
    """Do a run in one piece; where a worker is at it already, wait until that is over."""
    do_whole(run, stage)
    run.refresh_from_db(fields=["state"])
    while run.is_live:
        time.sleep(LOOK_EVERY)
        do_whole(run, stage)
        run.refresh_from_db(fields=["state"])


def _rows(run: Run, stage: Stage) -> None:
    """Do all pending rows, unless the run is cancelled meanwhile. Raises BackendRefused."""
    while ids := list(stage.rows(run).values_list("pk", flat=True)[: stage.batch]):
        note(run, _patiently(run, stage, ids), len(ids))
        run.refresh_from_db(fields=["state"])
        if not run.is_live:
            return


def _patiently(run: Run, stage: Stage, ids: list[int]) -> Done:
    """Do a batch, waiting for a busy model server as long as a worker would."""
    for tries in range(MOST_RETRIES):
        try:
            return do_batch(run, stage, ids)
        except BackendBusy as busy:
            time.sleep(pause_after(busy, tries))
    try:
        return do_batch(run, stage, ids)
    except BackendBusy as busy:
        return given_up(ids, busy)


def drain(project: Project) -> list[Run]:
    """Do every live run of a project and those that follow from them; return them in order."""
    done: list[Run] = []
    with scope(project=project):
        advance(project)
        while run := Run.objects.live().filter(project=project).order_by("pk").first():
            done.append(work_off(run))
    return done
