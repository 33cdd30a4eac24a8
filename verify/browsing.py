"""The browser of texts: one language at a time, by any combination of filters, in pages by key.

A filter that few texts meet leads: its texts are fetched by index (at most ``FEW``) and the others are
asked of these. Where all are met by many, the texts are walked in the order of their arrival, a stretch at
a time, until a page is full or the time for a page is over; the page then says how far it looked. So a page
costs about the same in a thousand texts and in a million, whatever is asked.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Prefetch

from annotate.models import Field, Project, Reading, Rendition, Span

from .filters import FROM, STANDS, Asked, Filter, all_of, filters

PAGE = 50
# A filter that so many texts meet may lead.
FEW = 5_000
# Texts walked by one statement, at first and at most, and seconds that a page may take.
STRETCH, LONGEST, PATIENCE = 500, 20_000, 0.15


@dataclass(frozen=True, slots=True)
class Found:
    """A page of renditions by id, ascending.

    ``before`` and ``after`` are the keys to go on with, None at the ends. ``count`` is how many there
    are in all, None where they are too many to count. ``is_cut`` tells that the time was over before
    the page was full: going on from ``after`` looks further.
    """

    ids: tuple[int, ...]
    before: int | None
    after: int | None
    count: int | None
    is_cut: bool = False


def find(
    project: Project, asked: Asked, *, after: int | None = None, before: int | None = None
) -> Found:
    """The page of texts after a rendition, before one, or the first. Raises Unknown.

    Cost: one statement for each filter that may lead, and one for the page or each stretch walked.
    """
    chosen, values = filters(project, asked)
    leader = _leader(chosen, values)
    backwards = before is not None and after is None
    edge = before if backwards else after
    if leader is None:
        return _walked(chosen, values, edge, backwards=backwards)
    where = " AND ".join(one.probe for one in chosen)
    values |= {"ids": leader}
    found = all_of(
        f"SELECT r.id FROM {FROM} WHERE r.id = ANY(%(ids)s) AND {where} ORDER BY r.id", values
    )
    count = len(found)
    if backwards:
        rest = [pk for pk in found if edge is None or pk < edge]
        page = rest[-PAGE:]
    else:
        rest = [pk for pk in found if edge is None or pk > edge]
        page = rest[:PAGE]
    first = page[0] if page and page[0] != found[0] else None
    last = page[-1] if page and page[-1] != found[-1] else None
    return Found(tuple(page), first, last, count)


def _leader(chosen: list[Filter], values: dict[str, Any]) -> list[int] | None:
    """The renditions of the filter that fewest meet, None where more than ``FEW`` meet each."""
    best: list[int] | None = None
    for one in chosen:
        if not one.leads:
            continue
        if one.crowd and len(all_of(f"{one.crowd} LIMIT {FEW + 1}", values)) > FEW:
            continue
        rows = all_of(f"{one.leads} LIMIT {FEW + 1}", values)
        if len(rows) <= FEW and (best is None or len(rows) < len(best)):
            best = sorted(set(rows))
        if best is not None and len(best) <= PAGE:
            break
    return best


def _walked(
    chosen: list[Filter], values: dict[str, Any], edge: int | None, *, backwards: bool
) -> Found:
    """Walk from a key on, in stretches that grow while little is found."""
    where = " AND ".join(one.probe for one in chosen[1:]) or "true"
    order, beyond = ("DESC", "<") if backwards else ("ASC", ">")
    statement = f"""
        WITH stretch AS MATERIALIZED (
            SELECT id FROM annotate_rendition WHERE project_id = %(project)s AND is_current
            AND language = %(language)s AND (%(edge)s::bigint IS NULL OR id {beyond} %(edge)s)
            ORDER BY id {order} LIMIT %(stretch)s)
        SELECT (SELECT count(*) FROM stretch), (SELECT {"min" if backwards else "max"}(id) FROM stretch),
            ARRAY(SELECT r.id FROM {FROM} WHERE r.id IN (SELECT id FROM stretch) AND {where}
                  ORDER BY r.id {order} LIMIT %(most)s)
    """
    found: list[int] = []
    until, stretch, at = time.monotonic() + PATIENCE, STRETCH, edge
    while True:
        more = {"edge": at, "stretch": stretch, "most": PAGE + 1 - len(found)}
        with connection.cursor() as cursor:
            cursor.execute(statement, values | more)
            seen, last, ids = cursor.fetchone()
        found += ids
        is_over = seen < stretch
        if len(found) > PAGE or is_over:
            break
        at, stretch = last, min(stretch * 4, LONGEST)
        if time.monotonic() > until:
            return _sorted(found, at, edge, backwards, is_cut=True)
    beyond_page = len(found) > PAGE
    return _sorted(found[:PAGE], found[PAGE - 1] if beyond_page else None, edge, backwards)


def _sorted(
    ids: list[int], onward: int | None, edge: int | None, backwards: bool, *, is_cut: bool = False
) -> Found:
    """The page in ascending order with the keys of its neighbours."""
    page = tuple(sorted(ids))
    back = None if edge is None else (page[-1] if backwards and page else page[0] if page else edge)
    if backwards:
        return Found(page, onward, back, None, is_cut)
    return Found(page, back, onward, None, is_cut)


SHOWN = f"""
SELECT r.id, c.route, c.reason, d.origin, d.gold, {STANDS},
    (SELECT count(*) FROM verify_judgement j WHERE j.rendition_id = r.id AND j.outcome <> 'withdrawn')
FROM {FROM} WHERE r.id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What became of a rendition: the machines' route and why, the decision, what stands, judgements."""

    route: str | None
    reason: str | None
    origin: str | None
    gold: bool | None
    reading: int | None
    judgements: int


def shown_of(ids: tuple[int, ...]) -> dict[int, Shown]:
    """What became of each rendition of a page. One query."""
    with connection.cursor() as cursor:
        cursor.execute(SHOWN, {"ids": list(ids)})
        return {pk: Shown(*rest) for pk, *rest in cursor.fetchall()}


def rows_of(ids: tuple[int, ...]) -> list[dict[str, Any]]:
    """What the page shows of renditions, in their order. Five queries."""
    texts = Field.objects.select_related("passage").order_by("position", "id")
    renditions = Rendition.objects.filter(pk__in=ids).select_related("item").order_by("pk")
    said = shown_of(ids)
    marks = Span.objects.filter(rank=1).select_related("label").order_by("start", "pk")
    stand = Reading.objects.filter(pk__in=[one.reading for one in said.values() if one.reading])
    readings = {row.pk: row for row in stand.prefetch_related(Prefetch("spans", queryset=marks))}
    return [
        {"rendition": row, "said": said[row.pk], "reading": readings.get(said[row.pk].reading or 0)}
        for row in renditions.prefetch_related(Prefetch("fields", queryset=texts))
    ]


# One look into the index for each name, however many items bear it.
SPLITS = """
WITH RECURSIVE names AS (
    (SELECT split FROM annotate_item WHERE project_id = %(project)s AND split <> ''
     ORDER BY split LIMIT 1)
    UNION ALL
    SELECT (SELECT split FROM annotate_item WHERE project_id = %(project)s AND split <> ''
            AND split > names.split ORDER BY split LIMIT 1)
    FROM names WHERE names.split IS NOT NULL)
SELECT split FROM names WHERE split IS NOT NULL LIMIT 50
"""


def splits_of(project: Project) -> list[str]:
    """The names of a project's splits, at most 50. One query, a step for each name."""
    with connection.cursor() as cursor:
        cursor.execute(SPLITS, {"project": project.pk})
        return [name for (name,) in cursor.fetchall()]


def every(project: Project, asked: Asked, *, most: int) -> list[int]:
    """The first ``most`` texts that meet the filters, however long it takes. Raises Unknown."""
    chosen, values = filters(project, asked)
    where = " AND ".join(one.probe for one in chosen)
    leader = _leader(chosen, values)
    if leader is not None:
        where, values = f"r.id = ANY(%(ids)s) AND {where}", values | {"ids": leader}
    return all_of(
        f"SELECT r.id FROM {FROM} WHERE {where} ORDER BY r.id LIMIT %(most)s",
        values | {"most": most},
    )
