"""Deeds about what is worth labelling: keep what was rated, and take an item back in or leave it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import transaction

from annotate.models import Item, Project


@transaction.atomic
def save_usefulness(
    project: Project, ratings: Mapping[int, float | None], *, kept: Collection[int] = ()
) -> None:
    """Store each item's rating (1 to 4, None where no judge could tell) and let ``kept`` go on.

    An item that somebody kept stays kept.
    """
    rows = list(Item.objects.select_for_update().filter(project=project, pk__in=ratings))
    for row in rows:
        row.usefulness = ratings[row.pk]
        row.is_kept = row.is_kept or row.pk in kept
    Item.objects.bulk_update(rows, ["usefulness", "is_kept"], batch_size=500)


def keep_items(project: Project, items: Collection[int], *, kept: bool = True) -> int:
    """Let items go on whatever their rating, or hold them to it again; how many changed."""
    rows = Item.objects.filter(project=project, pk__in=items, is_kept=not kept)
    return rows.update(is_kept=kept)
