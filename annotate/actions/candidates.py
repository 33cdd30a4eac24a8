"""Store what machines made of renditions: candidates, each once per version, basis and ballot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from annotate import models, readings
from annotate.copying import reserve_ids

from .readings import (
    LabelBook,
    NewReading,
    relation_rows_by_reading,
    slots_of,
    span_rows_by_reading,
    write_readings,
)

INSERT = """
INSERT INTO annotate_candidate
    (project_id, rendition_id, version_id, basis_id, ballot, reading_id, state, reason,
     prompt_hash, option_order, seed, raw_reply, cost, made_at)
VALUES {rows}
ON CONFLICT (rendition_id, version_id, basis_id, ballot) DO NOTHING
RETURNING reading_id, rendition_id
"""


@dataclass(frozen=True, slots=True)
class NewCandidate:
    """What a version made of a rendition: a reading, or the state that says why there is none."""

    rendition: int
    version: int
    state: str = "ok"
    reading: readings.Reading | None = None
    basis: int | None = None
    ballot: int = 1
    reason: str = ""
    prompt_hash: str = ""
    option_order: tuple[str, ...] | None = None
    seed: int | None = None
    raw_reply: str = ""
    cost: Decimal = Decimal(0)


@transaction.atomic
def save_candidates(
    project: models.Project, rows: Sequence[NewCandidate], *, votes: bool = True
) -> int:
    """Store candidates and mark their renditions due for aggregation; return how many were new.

    Those of a judge are no ``votes`` and leave the renditions as they are.

    One that is already there (same rendition, version, basis and ballot) is left as it is, so doing
    it twice changes nothing. Raises SpanError or UnknownLabel; then nothing is written.
    """
    if not rows:
        return 0
    ids = iter(reserve_ids(models.Reading, sum(row.reading is not None for row in rows)))
    reading_ids = [next(ids) if row.reading is not None else None for row in rows]
    inserted = _insert(project, rows, reading_ids)
    if not inserted:
        return 0
    fresh = [
        (pk, row)
        for pk, row in zip(reading_ids, rows, strict=True)
        if pk is not None and pk in {reading for reading, _ in inserted}
    ]
    slots = slots_of({row.rendition for _, row in fresh})
    spans = span_rows_by_reading(row.basis for _, row in fresh)
    relations = relation_rows_by_reading(row.basis for _, row in fresh)
    write_readings(
        project,
        [
            NewReading(
                row.rendition, row.reading or readings.Reading(), slots[row.rendition], row.basis,
                spans.get(row.basis or 0), relations.get(row.basis or 0),
            )
            for _, row in fresh
        ],
        labels=LabelBook.of(project),
        ids=[pk for pk, _ in fresh],
    )  # fmt: skip
    if votes:
        models.Rendition.objects.filter(pk__in={rendition for _, rendition in inserted}).update(
            aggregate_due=True
        )
    return len(inserted)


def _insert(
    project: models.Project, rows: Sequence[NewCandidate], reading_ids: Sequence[int | None]
) -> list[tuple[int | None, int]]:
    now = timezone.now()
    values: list[Any] = []
    for row, reading in zip(rows, reading_ids, strict=True):
        order = list(row.option_order) if row.option_order is not None else None
        values += [
            project.pk, row.rendition, row.version, row.basis, row.ballot, reading, row.state,
            row.reason, row.prompt_hash, order, row.seed, row.raw_reply, row.cost, now,
        ]  # fmt: skip
    one = "(" + ", ".join(["%s"] * 14) + ")"
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(rows=", ".join([one] * len(rows))), values)
        return list(cursor.fetchall())
