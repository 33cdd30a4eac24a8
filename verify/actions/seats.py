"""Open seats for renditions, and take them away when their rendition is replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from annotate.keyed import share
from annotate.models import Project
from verify.models import Assignment

BATCH = 2000


@dataclass(frozen=True, slots=True)
class NewSeat:
    """A seat to open: what is asked of one person.

    ``band`` 0 is served first. ``preset`` is kept in the frozen ``shown`` of whoever takes the
    seat: a plant, the readings to show instead of the machines' consensus, or ``mode`` (``blind``
    or ``assisted``) where the seat's own mode leaves it open.
    """

    rendition: int
    language: str
    round: int = 1
    seat: int = 1
    kind: str = Assignment.Kind.REVIEW
    mode: str = Assignment.Mode.ASSISTED
    band: int = 1
    sample: int | None = None
    preset: Mapping[str, Any] | None = None


def pool_of(kind: str, language: str) -> str:
    """The name under which seats of a kind and language are queued."""
    return f"{kind}:{language}"


def place_on_ring(project: int, rendition: int, round: int) -> float:
    """Where a rendition's seats of a round stand on the ring, in ``[0, 1)``; all at one place."""
    return share(f"ring/{project}", f"{rendition}/{round}")


@transaction.atomic
def open_seats(project: Project, rows: Sequence[NewSeat]) -> int:
    """Open seats; one that exists already (rendition, round, seat) is left as it is.

    Returns how many rows were given in, new or not. Call inside the project's scope.
    """
    seats = [
        Assignment(
            project=project,
            rendition_id=row.rendition,
            kind=row.kind,
            round=row.round,
            seat=row.seat,
            mode=row.mode,
            pool=pool_of(row.kind, row.language),
            band=row.band,
            shuffle=place_on_ring(project.pk, row.rendition, row.round),
            sample_id=row.sample,
            shown={"preset": dict(row.preset)} if row.preset else None,
        )
        for row in rows
    ]
    Assignment.objects.bulk_create(seats, batch_size=BATCH, ignore_conflicts=True)
    return len(seats)


def next_round(rendition: int) -> int:
    """The first round of a rendition that has no seats yet."""
    last = Assignment.objects.filter(rendition_id=rendition).aggregate(last=Max("round"))["last"]
    return (last or 0) + 1


def next_rounds(renditions: Sequence[int]) -> dict[int, int]:
    """The first round without seats of each of these renditions."""
    last = dict(
        Assignment.objects.filter(rendition_id__in=renditions)
        .values_list("rendition_id")
        .annotate(last=Max("round"))
    )
    return {pk: last.get(pk, 0) + 1 for pk in renditions}


def replace_seat(*, project: Project, seat: Assignment, language: str) -> None:
    """Open another seat like this one in its round, for somebody else."""
    last = Assignment.objects.filter(rendition_id=seat.rendition_id, round=seat.round).aggregate(
        last=Max("seat")
    )["last"]
    row = NewSeat(
        seat.rendition_id, language, seat.round, last + 1, seat.kind, seat.mode, seat.band,
        seat.sample_id, (seat.shown or {}).get("preset"),
    )  # fmt: skip
    open_seats(project, [row])


def void_seats(renditions: Iterable[int]) -> int:
    """Take open and leased seats of these renditions away; return how many."""
    return Assignment.objects.filter(
        rendition_id__in=list(renditions), state__in=["open", "leased"]
    ).update(state=Assignment.State.VOID, closed_at=timezone.now())
