"""How far a person is and how much is left for them: counted rarely, kept in the cache, capped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.cache import cache
from django.db import connection

from annotate.models import Project

from .access import Holder
from .models import Rater

# No request counts more rows than this; the page shows "10,000+".
MOST = 10_000
LEFT_SECONDS = 15
DONE_SECONDS = 3600

LEFT = """
SELECT (SELECT count(*) FROM verify_assignment
        WHERE rater_id = %s AND project_id = %s AND pool = ANY(%s) AND state = 'leased'
          AND lease_until > now())::int
    + sum(n)::int FROM unnest(%s::text[]) AS p(pool), LATERAL (
    SELECT count(*) AS n FROM (
        SELECT 1 FROM verify_assignment
        WHERE project_id = %s AND pool = p.pool AND state = 'open' LIMIT %s) found) counted
"""

DONE = """
SELECT count(*) FROM (
    SELECT 1 FROM verify_assignment
    WHERE project_id = %s AND rater_id = %s AND state = 'done' AND round > 0 LIMIT %s) found
"""


def progress(project: Project, holder: Holder) -> dict[str, int]:
    """``done`` by this person in the project and ``left`` in their queues, each at most 10,000.

    The seat in hand counts as left. What others took meanwhile is seen after 15 seconds at most,
    what this person did at once, so that the sum stays what it was.
    """
    done_key, left_key = _done_key(holder.rater), _left_key(holder.rater, holder.pools)
    known = cache.get_many([done_key, left_key])
    if done_key not in known:
        known[done_key] = _count(DONE, [project.pk, holder.rater.pk, MOST])
        cache.set(done_key, known[done_key], DONE_SECONDS)
    done = known[done_key]
    if left_key not in known:
        pools = list(holder.pools)
        values = [holder.rater.pk, project.pk, pools, pools, project.pk, MOST]
        known[left_key] = (_count(LEFT, values), done)
        cache.set(left_key, known[left_key], LEFT_SECONDS)
    left, done_then = known[left_key]
    left = max(left - (done - done_then), 0)
    return {"done": min(done, MOST), "left": min(left, MOST)}


def note_done(rater: Rater, by: int = 1) -> None:
    """Count a judgement of this person, or with -1 take one back."""
    try:
        cache.incr(_done_key(rater), by)
    except ValueError:
        return  # not counted lately: the next look does it


def _done_key(rater: Rater) -> str:
    return f"done:{rater.pk}"


def _left_key(rater: Rater, pools: Sequence[str]) -> str:
    return f"left:{rater.pk}:{','.join(pools)}"


def _count(statement: str, values: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0] or 0
