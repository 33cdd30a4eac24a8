"""The journey of a row: every stage of the machine, in the order in which rows pass them."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from annotate.actions import runs
from annotate.actions.runs import RunIsLive, queue_run
from annotate.models import Annotator, Project, Run
from pipeline.machines import ensure_versions, queue_of

from . import (
    aggregating,
    certifying,
    choosing,
    fitting,
    judging,
    labelling,
    measuring,
    moving,
    preparing,
    previewing,
    projecting,
    releasing,
    routing,
    sifting,
    translating,
    trying,
    undoing,
)
from .contract import Stage, enabled

# The journey, in order. Fit comes twice: projectors learn from texts, labellers from readings.
JOURNEY: tuple[Stage, ...] = (
    Stage("prepare", preparing.pending, preparing.do, batch=500),
    Stage(
        "sift", sifting.pending, sifting.do, annotators=sifting.annotators, queue=queue_of, batch=32,
    ),
    Stage(
        "translate", translating.pending_translations, translating.do_translations,
        annotators=enabled("translator"), queue=queue_of, batch=32,
    ),
    Stage("choose", choosing.pending_choice, choosing.do_choice, batch=200),
    Stage(
        "fit", whole=fitting.fit_projectors, is_due=fitting.projectors_due,
        annotators=fitting.fits_projectors,
    ),
    Stage(
        "projection", projecting.pending, projecting.do,
        annotators=enabled("projector"), queue=queue_of, batch=100,
    ),
    Stage(
        "fit", whole=fitting.fit_labellers, is_due=fitting.labellers_due,
        annotators=fitting.fits_labellers,
    ),
    Stage(
        "label", labelling.pending, labelling.do,
        annotators=enabled("labeller"), queue=queue_of, batch=50,
    ),
    Stage("aggregate", aggregating.pending, aggregating.do, batch=500),
    Stage(
        "judge", judging.pending, judging.do, annotators=judging.annotators, queue=queue_of, batch=32,
    ),
    Stage("route", routing.pending, routing.do, batch=500),
    Stage("agree", whole=measuring.whole, is_due=measuring.is_due),
    Stage("certify", whole=certifying.whole, is_due=certifying.is_due),
)  # fmt: skip

# Moved when someone asks.
FILES: tuple[Stage, ...] = (
    Stage("import", whole=moving.take_in, is_due=moving.is_due),
    Stage("export", whole=moving.give_out, is_due=moving.is_due),
    Stage("release", whole=releasing.whole, is_due=releasing.is_due),
    Stage("undo", whole=undoing.whole, is_due=undoing.is_due),
)

# Any annotator, tried on a few rows.
TRIAL = Stage("trial", whole=trying.whole, is_due=trying.is_due)

# The first rows of a file, read and shown.
PREVIEW = Stage("import", whole=previewing.whole, is_due=previewing.is_due)

NAMES: tuple[str, ...] = tuple(dict.fromkeys(s.name for s in (*FILES[:1], *JOURNEY, *FILES[1:])))

# The space of PostgreSQL's advisory locks in which projects are held while a run of theirs ends.
_ENDING = 72


def stage_of(run: Run) -> Stage:
    """The stage a run executes. Raises KeyError for a name that is no stage."""
    if run.is_trial:
        return PREVIEW if run.stage == "import" else TRIAL
    for stage in (*JOURNEY, *FILES):
        fits_projectors = stage.whole is fitting.fit_projectors
        if stage.name == run.stage and (
            run.stage != "fit" or fits_projectors == (not run.annotator)
        ):
            return stage
    raise KeyError(f"there is no stage {run.stage!r}; use one of {', '.join(NAMES)}")


def _is_held(project: Project, stage: Stage, annotator: Annotator | None) -> bool:
    last = Run.objects.filter(
        project=project, stage=stage.name, annotator=annotator, is_trial=False
    ).order_by("-pk")
    return last.values_list("state", flat=True).first() in (Run.State.FAILED, Run.State.PAUSED)


def queue_stage(project: Project, stage: Stage) -> list[Run]:
    """Queue the runs of a stage for which something is pending: one per annotator.

    One whose last run failed or is paused waits until somebody starts it again; the others go on.
    """
    queued = []
    for annotator in stage.annotators(project):
        if _is_held(project, stage, annotator):
            continue
        run = Run(project=project, stage=stage.name, annotator=annotator)
        if stage.due(run):
            try:
                queued.append(queue_run(project, stage.name, annotator=annotator))
            except RunIsLive:
                continue
    return queued


def advance(project: Project) -> list[Run]:
    """Queue the first stage of the journey that has anything to do, unless a run is under way.

    Call inside the project's scope. With the policy ``advance: manual`` nothing is queued.
    """
    if not _goes_on(project) or _is_busy(project):
        return []
    ensure_versions(project)
    return _queue_next(project)


def end_run(run: Run, state: str, **said: Any) -> bool:
    """End a run and queue what follows in one step, so that nobody sees the project idle between.

    ``said`` is the message and the report. True for the one caller who ended it. Call inside the
    project's scope.
    """
    project = run.project
    goes_on = _goes_on(project)
    if goes_on:
        # Takes locks of its own, which must not be held together with others.
        ensure_versions(project)
    with transaction.atomic(), connection.cursor() as cursor:
        # Of several runs that end together the last one sees that the others have.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_ENDING, project.pk])
        if not runs.close(run, state, **said):
            return False
        if goes_on and not _is_busy(project):
            _queue_next(project)
    return True


def _goes_on(project: Project) -> bool:
    """Whether the project's stages follow one another by themselves."""
    project.refresh_from_db(fields=["policy"])
    return project.policy.get("advance", "auto") == "auto"


def _is_busy(project: Project) -> bool:
    """Whether a run other than an export or a trial is under way."""
    live = Run.objects.live().filter(project=project, is_trial=False)
    return live.exclude(stage="export").exists()


def _queue_next(project: Project) -> list[Run]:
    for stage in JOURNEY:
        queued = queue_stage(project, stage)
        if queued:
            return queued
    return []
