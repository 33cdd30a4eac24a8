"""What stands for a rendition, as far as the machine needs to know it."""

from __future__ import annotations

from django.db import connection

from annotate import models


def set_standing(rendition: models.Rendition, reading: models.Reading | None) -> None:
    """Let ``reading`` stand for a rendition; one statement, none where it stands already.

    Candidates made on another basis become stale by this: projection finds them lacking again.
    """
    if rendition.standing_id == (reading.pk if reading else None):
        return
    models.Rendition.objects.filter(pk=rendition.pk).update(standing=reading)
    rendition.standing = reading


def set_standings(readings: dict[int, int]) -> None:
    """Let readings stand for renditions, by id: one statement for the batch."""
    if not readings:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE annotate_rendition r SET standing_id = v.reading "
            "FROM unnest(%s::bigint[], %s::bigint[]) AS v(rendition, reading) "
            "WHERE r.id = v.rendition",
            [list(readings), list(readings.values())],
        )


def mark_aggregate_due(renditions: list[int]) -> None:
    """Have the machines' consensus of these renditions computed again."""
    models.Rendition.objects.filter(pk__in=renditions).update(aggregate_due=True)
