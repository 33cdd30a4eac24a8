"""Start a stage by hand: one run for the project, or one for each annotator that does it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from annotate.catalog import backend_of
from annotate.models import Annotator, Project, Run
from annotate.stages import KINDS, SHARED, STARTABLE
from annotate.usefulness import rates_usefulness

from .runs import RunIsLive, queue_run


class NothingToStart(ValueError):
    """No enabled annotator does this stage, or the stage is not started by hand."""


def start_stage(project: Project, stage: str, *, made_by: Any = None) -> list[Run]:
    """Queue the stage's runs and return those that are new.

    Annotators that already have a live run are left alone. Raises NothingToStart when no enabled
    annotator does the stage, RunIsLive when all of its runs are live already.
    """
    if stage not in STARTABLE:
        raise NothingToStart(
            _("%(stage)s is not a stage that is started by hand.") % {"stage": stage}
        )
    annotators = _annotators(project, stage)
    if not annotators:
        kinds = " or ".join(KINDS[stage])
        raise NothingToStart(
            _("No %(kinds)s is enabled in this project: add or enable one first.")
            % {"kinds": kinds}
        )
    made: list[Run] = []
    refused: RunIsLive | None = None
    for annotator in annotators:
        try:
            made.append(queue_run(project, stage, annotator=annotator, made_by=made_by))
        except RunIsLive as error:
            refused = error
    if refused is not None and not made:
        raise refused
    return made


def _annotators(project: Project, stage: str) -> list[Annotator | None]:
    if stage not in KINDS:
        return [None]
    rows = Annotator.objects.filter(project=project, kind__in=KINDS[stage], is_enabled=True)
    found = [row for row in rows.select_related("template") if row.is_running]
    if "judge" in KINDS[stage]:
        found = [row for row in found if rates_usefulness(row) == (stage == "sift")]
    if stage in SHARED:
        return [None, *(r for r in found if backend_of(r.kind, r.backend).is_fitted)]
    return list(found)
