"""Store what the readings of renditions add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from annotate import models, readings

from .readings import NewReading, slots_of, write_readings

Consensus = models.Consensus


@dataclass(frozen=True, slots=True)
class NewConsensus:
    """A consensus to store: its reading (None when nobody had one), votes and route."""

    rendition: int
    reading: readings.Reading | None
    votes: Sequence[Any]
    voters: int
    entropy: float
    route: str = ""
    reason: str = ""
    routing: dict[str, Any] | None = None
    # Rows of the spans that projected ones came from, by key.
    basis: int | None = None
    basis_spans: dict[str, int] | None = None
    basis_relations: dict[str, int] | None = None


@transaction.atomic
def save_consensus(
    project: models.Project,
    rows: Sequence[NewConsensus],
    *,
    of: str = Consensus.Of.MACHINES,
    method: str = "majority",
) -> int:
    """Store or replace the consensus of renditions; return how many. Machines' ones become due to route."""
    if not rows:
        return 0
    with_reading = [row for row in rows if row.reading is not None]
    slots = slots_of({row.rendition for row in with_reading})
    ids = write_readings(
        project,
        [
            NewReading(
                row.rendition, row.reading or readings.Reading(), slots[row.rendition], row.basis,
                row.basis_spans, row.basis_relations,
            )
            for row in with_reading
        ],
    )  # fmt: skip
    reading_of = dict(zip([row.rendition for row in with_reading], ids, strict=True))
    machines = of == Consensus.Of.MACHINES
    Consensus.objects.bulk_create(
        [
            Consensus(
                project=project,
                rendition_id=row.rendition,
                of=of,
                method=method,
                reading_id=reading_of.get(row.rendition),
                votes=list(row.votes),
                voters=row.voters,
                entropy=row.entropy,
                route=row.route,
                reason=row.reason,
                routing=row.routing or {},
                route_due=machines,
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["rendition", "of"],
        update_fields=[
            "method", "reading", "votes", "voters", "entropy", "route", "reason", "routing",
            "route_due", "made_at",
        ],
    )  # fmt: skip
    if machines:
        models.Rendition.objects.filter(pk__in=[row.rendition for row in rows]).update(
            aggregate_due=False
        )
    return len(rows)


def mark_routed(renditions: Sequence[int]) -> None:
    """Note that routing has seen the machines' consensus of these renditions."""
    Consensus.objects.filter(rendition_id__in=list(renditions), of=Consensus.Of.MACHINES).update(
        route_due=False
    )
