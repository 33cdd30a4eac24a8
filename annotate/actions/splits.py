"""Put items that have no split into one, by a rule; those that have one keep it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection, transaction

from annotate.models import Item, Project
from annotate.splitting import Rule

STRETCH = 5_000

# The split of a group's first member that has one; one look into the index for each group.
OF_GROUPS = """
SELECT asked.name, found.split FROM unnest(%s::text[]) AS asked(name), LATERAL (
    SELECT split FROM annotate_item WHERE project_id = %s AND "group" = asked.name
    AND "group" <> '' AND split <> '' ORDER BY position LIMIT 1) AS found
"""


def assign_splits(*, project: Project, rule: Rule) -> Iterator[dict[str, list[int]]]:
    """Assign splits by stretches of 5,000 items; yields each stretch's new items by split.

    A group stays together: where one of its items has a split already, the others follow it. Each
    stretch is committed by itself, so a run that is broken off is simply started again.
    """
    after = 0
    while True:
        lacking = Item.objects.filter(project=project, split="", pk__gt=after).order_by("pk")
        rows = list(lacking.values_list("pk", "external_id", "group")[:STRETCH])
        if not rows:
            return
        yield _assign(project, rule, rows)
        after = rows[-1][0]


@transaction.atomic
def _assign(project: Project, rule: Rule, rows: list[tuple[int, str, str]]) -> dict[str, list[int]]:
    """Lock what still has no split, so that one set meanwhile is kept."""
    ids = [pk for pk, _, _ in rows]
    locked = Item.objects.select_for_update().filter(pk__in=ids, split="").order_by("pk")
    free = set(locked.values_list("pk", flat=True))
    settled = _of_groups(project, sorted({group for _, _, group in rows if group}))
    chosen: dict[str, list[int]] = {}
    for pk, name, group in rows:
        if pk in free:
            # An id and a group of the same name are different keys.
            key = f"group\0{group}" if group else f"item\0{name}"
            split = settled.get(group) or rule.split_of(key)
            chosen.setdefault(split, []).append(pk)
    for split, items in chosen.items():
        Item.objects.filter(pk__in=items).update(split=split)
    return chosen


def _of_groups(project: Project, groups: list[str]) -> dict[str, str]:
    if not groups:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(OF_GROUPS, [groups, project.pk])
        return dict(cursor.fetchall())
