"""How fast people judge, when each language is done at that rate, and what it costs in hours and money."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from annotate.models import Project, Run

# The pace is that of the last week.
DAYS = 7.0
# Of each person no more than so many judgements are looked at, the newest; whoever made more in less
# than a week is as fast as in those.
MOST = 1000
# A card looked at for longer was not worked on all the while, in seconds.
PAUSE = 600.0

# Walks each person's judgements by index from the newest; the cost is that of `most` rows a person.
RECENT = """
WITH seen AS (
    SELECT j.rater_id, r.language, j.submitted_at,
           least(%(pause)s, extract(epoch FROM j.submitted_at - j.shown_at) - j.hidden_seconds) AS seconds
    FROM verify_rater p
    CROSS JOIN LATERAL (
        SELECT rater_id, rendition_id, submitted_at, shown_at, hidden_seconds FROM verify_judgement
        WHERE project_id = p.project_id AND rater_id = p.id AND outcome <> 'withdrawn'
        ORDER BY id DESC LIMIT %(most)s
    ) j
    JOIN annotate_rendition r ON r.id = j.rendition_id
    WHERE p.project_id = %(project)s AND j.submitted_at > %(since)s
)
SELECT language, rater_id, count(*), min(submitted_at),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE seconds >= 0)
FROM seen GROUP BY GROUPING SETS ((language, rater_id), (language))
"""

LOADS = """
SELECT p.id, p.user_id,
       (SELECT count(*) FROM verify_assignment a
        WHERE a.rater_id = p.id AND a.state = 'leased' AND a.lease_until > %(now)s),
       (SELECT max(submitted_at) FROM (SELECT submitted_at FROM verify_judgement j
        WHERE j.project_id = p.project_id AND j.rater_id = p.id ORDER BY id DESC LIMIT 1) x)
FROM verify_rater p WHERE p.project_id = %(project)s AND p.user_id IS NOT NULL
"""

OPEN = """
SELECT l.tag, (SELECT count(*) FROM verify_assignment
               WHERE project_id = l.project_id AND pool = 'review:' || l.tag AND state = 'open')
FROM annotate_projectlanguage l
WHERE l.project_id = %(project)s AND l.role = 'target'
ORDER BY l.priority DESC, l.tag
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """What one person (None: all together) judged in a language lately: how many, since when, and the
    median seconds of one; None where no time was noted."""

    language: str
    rater: int | None
    count: int
    since: datetime
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Pace:
    """One language: open seats, judgements a day, people of the last week, median seconds of a
    judgement, and what is left at that pace: days, hours of work, pay in the project's currency."""

    tag: str
    open_seats: int
    a_day: float
    people: int
    seconds: float | None
    days_left: int | None
    hours_left: float | None
    pay_left: float | None

    def finish(self, today: date) -> date | None:
        """The day on which the last open seat is judged, at this pace."""
        return None if self.days_left is None else today + timedelta(days=self.days_left)


@dataclass(frozen=True, slots=True)
class Load:
    """What one person does: judgements of the last week by language and in all, median seconds of one,
    seats held now, when they judged last (None: never)."""

    user: int
    languages: tuple[tuple[str, int], ...]
    week: int
    seconds: float | None
    held: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Bill:
    """What models were paid, in all and within the last week, in the project's currency."""

    total: float
    week: float


def paces(
    open_seats: Sequence[tuple[str, int]],
    judged: Iterable[Judged],
    now: datetime,
    wage: float = 0.0,
) -> list[Pace]:
    """The pace of each language, in the order of ``open_seats``.

    A language is as fast as its people together; each counts since the first day of the week on which
    anybody judged in it, at least a day. ``wage`` is the pay of an hour.
    """
    rows: dict[str, list[Judged]] = defaultdict(list)
    for row in judged:
        rows[row.language].append(row)
    return [_pace(tag, left, rows[tag], now, wage) for tag, left in open_seats]


def _pace(tag: str, left: int, rows: Sequence[Judged], now: datetime, wage: float) -> Pace:
    people = [row for row in rows if row.rater is not None]
    together = next((row for row in rows if row.rater is None), None)
    start = min((row.since for row in people), default=now)
    a_day = sum(row.count / _days(row.since if row.count >= MOST else start, now) for row in people)
    seconds = together.seconds if together else None
    hours = left * seconds / 3600 if seconds is not None else None
    return Pace(
        tag, left, a_day, len(people), seconds,
        days_left=math.ceil(round(left / a_day, 1)) if a_day else 0 if not left else None,
        hours_left=hours, pay_left=hours * wage if hours is not None and wage else None,
    )  # fmt: skip


def _days(since: datetime, now: datetime) -> float:
    return min(max((now - since) / timedelta(days=1), 1.0), DAYS)


def pace_of(project: Project, now: datetime | None = None) -> list[Pace]:
    """Read the pace of a project's target languages."""
    now = now or timezone.now()
    values = _values(project, now)
    with connection.cursor() as cursor:
        cursor.execute(OPEN, values)
        open_seats = cursor.fetchall()
        cursor.execute(RECENT, values)
        judged = [Judged(*row) for row in cursor.fetchall()]
    return paces(open_seats, judged, now, float(project.policy.get("wage_floor") or 0.0))


def loads_of(project: Project, now: datetime | None = None) -> list[Load]:
    """Read what each person who ever judged does now, the busiest first; a person without an account
    any more is left out."""
    now = now or timezone.now()
    values = _values(project, now)
    with connection.cursor() as cursor:
        cursor.execute(RECENT, values)
        rows: dict[int, list[Judged]] = defaultdict(list)
        for row in (Judged(*found) for found in cursor.fetchall()):
            if row.rater is not None:
                rows[row.rater].append(row)
        cursor.execute(LOADS, values)
        found = [
            _load(user, rows[rater], held, last) for rater, user, held, last in cursor.fetchall()
        ]
    return sorted(found, key=lambda load: (-load.week, -load.held))


def _load(user: int, rows: Sequence[Judged], held: int, last: datetime | None) -> Load:
    counts = sorted(((row.language, row.count) for row in rows), key=lambda one: -one[1])
    week = sum(row.count for row in rows)
    timed = [(row.seconds, row.count) for row in rows if row.seconds is not None]
    spent = sum(seconds * count for seconds, count in timed)
    judged = sum(count for _, count in timed)
    return Load(user, tuple(counts), week, spent / judged if judged else None, held, last)


def _values(project: Project, now: datetime) -> dict[str, Any]:
    return {
        "project": project.pk, "most": MOST, "pause": PAUSE, "now": now,
        "since": now - timedelta(days=DAYS),
    }  # fmt: skip


def bill_of(project: Project, now: datetime | None = None) -> Bill:
    """Read what the project's runs paid for model calls."""
    week = (now or timezone.now()) - timedelta(days=DAYS)
    runs = Run.objects.filter(project=project, cost__gt=0)
    paid = runs.aggregate(all=Sum("cost"))["all"]
    lately = runs.filter(queued_at__gt=week).aggregate(all=Sum("cost"))["all"]
    return Bill(float(paid or 0), float(lately or 0))
