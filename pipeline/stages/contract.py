"""What a stage is: which rows lack its result, and how a batch of them gets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from annotate.models import Annotator, Project, Run, RunError


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a batch. ``errors`` are rows that cannot be done: (row, where, message, raw)."""

    saved: int = 0
    errors: tuple[tuple[int, str, str, str], ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)


def nobody(project: Project) -> list[Annotator | None]:
    """For stages that are not an annotator's: one run."""
    return [None]


def enabled(*kinds: str) -> Callable[[Project], list[Annotator | None]]:
    """For stages that each annotator of some kinds does by itself: one run each."""

    def find(project: Project) -> list[Annotator | None]:
        rows = Annotator.objects.filter(project=project, kind__in=kinds, is_enabled=True)
        return [row for row in rows.select_related("template") if row.is_running]

    return find


def default_queue(run: Run) -> str:
    """The queue of work that needs neither a model server nor a model."""
    return "default"


@dataclass(frozen=True, slots=True)
class Stage:
    """One verb of the machine.

    ``pending`` gives the rows that lack the result, as a queryset whose primary keys are handed out
    in windows; ``do`` loads, computes and saves a batch of them, and may do so twice without harm.
    A stage with ``whole`` has no rows: its run is done in one piece, and ``is_due`` tells whether
    there is anything to do. ``offered`` tells whether the next stage is queued by itself.
    """

    name: str
    pending: Callable[[Run], QuerySet[Any]] | None = None
    do: Callable[[Run, list[int]], Done] | None = None
    whole: Callable[[Run], dict[str, Any]] | None = None
    is_due: Callable[[Run], bool] | None = None
    annotators: Callable[[Project], list[Annotator | None]] = nobody
    queue: Callable[[Run], str] = default_queue
    batch: int = 200
    is_automatic: bool = True
    scope: dict[str, Any] = field(default_factory=dict)

    def rows(self, run: Run) -> QuerySet[Any]:
        """Pending rows without those that failed and were not let try again."""
        assert self.pending is not None
        failed = RunError.objects.filter(
            project_id=run.project_id,
            stage=self.name,
            annotator=run.annotator,
            row=OuterRef("pk"),
            is_resolved=False,
        )
        return self.pending(run).filter(~Exists(failed)).order_by("pk")

    def due(self, run: Run) -> bool:
        """Whether there is anything to do."""
        if self.is_due is not None:
            return self.is_due(run)
        return self.rows(run).exists()
