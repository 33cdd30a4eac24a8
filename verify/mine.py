"""What one person has done in a project: today and in all, how fast, and how much they took back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from verify.models import Rater

# No request counts more rows than this.
MOST = 10_000

WORK = """
SELECT count(*) FILTER (WHERE stands), count(*) FILTER (WHERE stands AND submitted_at >= %(day)s),
       count(*) FILTER (WHERE outcome = 'withdrawn' AND is_own AND round > 0),
       count(*) FILTER (WHERE outcome <> 'withdrawn' AND NOT is_replaced AND round = 0),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE stands),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
           FILTER (WHERE stands AND submitted_at >= %(day)s)
FROM (
    SELECT *, outcome <> 'withdrawn' AND NOT is_replaced AND round > 0 AS stands FROM (
        SELECT j.outcome, j.submitted_at, a.round,
               EXISTS (SELECT 1 FROM verify_judgement k WHERE k.supersedes_id = j.id) AS is_replaced,
               EXISTS (SELECT 1 FROM verify_judgement b
                       WHERE b.id = j.supersedes_id AND b.rater_id = j.rater_id) AS is_own,
               greatest(extract(epoch FROM j.submitted_at - j.shown_at) - j.hidden_seconds, 0)
                   AS seconds
        FROM verify_judgement j JOIN verify_assignment a ON a.id = j.assignment_id
        WHERE j.project_id = %(project)s AND j.rater_id = %(rater)s
        ORDER BY j.id DESC LIMIT %(most)s
    ) said
) counted
"""


@dataclass(frozen=True, slots=True)
class Work:
    """A person's work among their last 10,000 judgements; paces are medians in seconds a text."""

    judged: int
    today: int
    undone: int
    mended: int
    pace: float | None
    pace_today: float | None


def work_of(rater: Rater, *, day: datetime) -> Work:
    """What a person did in their project, and since ``day`` began; one query.

    Time while the page was out of sight does not count.
    """
    values: dict[str, Any] = {
        "project": rater.project_id,
        "rater": rater.pk,
        "day": day,
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(WORK, values)
        return Work(*cursor.fetchone())
