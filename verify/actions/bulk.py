"""Deeds on many texts at once, each with its undoing. None of them judges anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotate.models import Item, Project, Rendition
from verify.models import Assignment

from .seats import NewSeat, next_rounds, open_seats

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Bulk:
    """What a deed changed: of how many texts, and what takes it back (see ``undo_bulk``)."""

    count: int
    undo: Mapping[str, Any]


@transaction.atomic
def send_to_people(*, project: Project, renditions: Sequence[int]) -> Bulk:
    """Open a seat for each written text that nobody is asked about now, in a round of its own.

    A decision stays until people have judged again. Texts in the source language are asked too.
    """
    busy = Assignment.objects.filter(
        rendition_id__in=renditions, state__in=["open", "leased"]
    ).values("rendition_id")
    rows = list(
        Rendition.objects.ready()
        .filter(project=project, pk__in=renditions[:MOST])
        .exclude(pk__in=busy)
        .values_list("pk", "language")
    )
    rounds = next_rounds([pk for pk, _ in rows])
    open_seats(project, [NewSeat(pk, language, rounds[pk]) for pk, language in rows])
    return Bulk(len(rows), {"deed": "send", "rounds": [[pk, rounds[pk]] for pk, _ in rows]})


@transaction.atomic
def set_split(*, project: Project, renditions: Sequence[int], split: str) -> Bulk:
    """Put the items of these texts into a split; an empty name takes them out of theirs."""
    items = Rendition.objects.filter(project=project, pk__in=renditions[:MOST]).values("item_id")
    rows = list(
        Item.objects.select_for_update().filter(pk__in=items).exclude(split=split).order_by("pk")
    )
    before: dict[str, list[int]] = {}
    for row in rows:
        before.setdefault(row.split, []).append(row.pk)
    Item.objects.filter(pk__in=[row.pk for row in rows]).update(split=split)
    return Bulk(len(rows), {"deed": "split", "split": split, "before": before})


@transaction.atomic
def undo_bulk(*, project: Project, undo: Mapping[str, Any]) -> int:
    """Take a deed back where nobody has built on it since; of how many texts.

    A seat that somebody took stays, and an item whose split was changed again keeps that.
    """
    if undo["deed"] == "split":
        return sum(
            Item.objects.filter(project=project, pk__in=items, split=undo["split"]).update(
                split=old
            )
            for old, items in undo["before"].items()
        )
    count = 0
    rounds: dict[int, list[int]] = {}
    for pk, number in undo["rounds"]:
        rounds.setdefault(number, []).append(pk)
    for number, renditions in rounds.items():
        count += Assignment.objects.filter(
            project=project, rendition_id__in=renditions, round=number, state="open",
            kind="review", rater__isnull=True,
        ).update(state=Assignment.State.VOID, closed_at=timezone.now())  # fmt: skip
    return count
