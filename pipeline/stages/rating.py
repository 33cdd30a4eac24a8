"""Measure each person by their checks: what they know, notice and keep saying, and how fast."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from typing import Any

from django.db import connection
from django.db.models import Count, Max

from annotate.actions.readings import load_readings
from annotate.models import Project
from pipeline.agree.rates import rate
from pipeline.raters.reliability import FLOOR, LEAST
from verify.actions.reports import save_report
from verify.attention import is_caught
from verify.models import Judgement, Report, SpanVerdict
from verify.reveal import marks_of

from .comparable import alike, asked_of_machines, asks_more

KIND = "raters"

_SAID = """
WITH said AS (
    SELECT j.id, r.pseudonym AS rater, j.assignment_id, j.outcome, j.reading_id, a.mode, a.shown,
        g.digest, j.shown_at,
        greatest(extract(epoch FROM j.submitted_at - j.shown_at) - j.hidden_seconds, 0) AS seconds,
        NOT EXISTS (SELECT 1 FROM verify_judgement later WHERE later.supersedes_id = j.id) AS stands
    FROM verify_judgement j
    JOIN verify_assignment a ON a.id = j.assignment_id
    JOIN verify_rater r ON r.id = j.rater_id
    LEFT JOIN annotate_reading g ON g.id = j.reading_id
    WHERE j.project_id = %(project)s AND a.kind = 'review' AND j.outcome <> 'withdrawn')
"""

# What the reading that a seat has was, whether the person saw it or not.
UNCHANGED = f"""{_SAID}
SELECT s.rater, s.shown ->> 'mode', s.reading_id, p.id, s.digest = p.digest
FROM said s JOIN annotate_reading p ON p.id = (s.shown -> 'readings' ->> 0)::bigint
WHERE s.stands AND s.outcome = 'answered' AND s.mode NOT IN ('planted', 'repeat')
"""

PACE = f"""{_SAID}
SELECT rater, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds), count(shown_at)
FROM said WHERE stands GROUP BY rater
"""

# Of a check that was answered more than once the first answer counts: a later one may know.
_FIRST = f"""{_SAID}, first AS (
    SELECT DISTINCT ON (assignment_id) * FROM said
    WHERE mode IN ('planted', 'repeat') ORDER BY assignment_id, id)
"""

KNOWN = f"""{_FIRST}
SELECT f.rater, f.shown -> 'check' ->> 'kind', f.reading_id, t.id, f.digest = t.digest
FROM first f JOIN annotate_reading t ON t.id = (f.shown ->> 'truth')::bigint
WHERE f.mode = 'repeat' AND f.outcome = 'answered'
"""

PLANTED = f"""{_FIRST}
SELECT id, rater, outcome, reading_id, (shown -> 'check')::text FROM first WHERE mode = 'planted'
ORDER BY id
"""


def fingerprint(project: Project) -> str:
    """What the measure would be made from, in short; empty without judgements."""
    found = Judgement.objects.filter(project=project).aggregate(count=Count("pk"), last=Max("pk"))
    if not found["count"]:
        return ""
    return hashlib.sha256(f"{found['count']}/{found['last']}".encode()).hexdigest()


def is_due(project: Project) -> bool:
    """Whether somebody judged since people were measured."""
    mark = fingerprint(project)
    known = Report.objects.filter(project=project, kind=KIND, fingerprint=mark, is_stale=False)
    return bool(mark) and not known.exists()


def save(project: Project) -> int:
    """Measure all people of the project and store it; return how many they are."""
    mark = fingerprint(project)
    figures: dict[str, dict[str, Any]] = defaultdict(dict)
    for rater, count, seconds, timed in _rows(project, PACE):
        figures[rater] |= {"judgements": count, "seconds": seconds, "timed": timed}
    asked = asked_of_machines(project)
    asked_more = asked if asks_more(project, asked) else None
    for (rater, mode), (same, n) in _same(_rows(project, UNCHANGED), asked_more).items():
        figures[rater][f"unchanged_{mode}"] = _rate(same, n)
    for (rater, kind), (same, n) in _same(_rows(project, KNOWN), asked_more).items():
        figures[rater][kind] = _rate(same, n)
    for rater, (caught, n) in caught_by(project).items():
        figures[rater]["planted"] = _rate(caught, n)
    people = [
        {"rater": name, **figures[name], "concerns": concerns(figures[name])}
        for name in sorted(figures, key=_numbered)
    ]
    save_report(project, kind=KIND, body={"raters": people}, fingerprint=mark)
    return len(people)


def _same(
    rows: list[tuple[Any, ...]], asked: frozenset[str] | None
) -> dict[tuple[str, str], tuple[int, int]]:
    """Rows (rater, kind, said, held against it, alike whole) as how many are alike, of how many.

    ``asked`` is what machines were asked, where people are asked more: answers to the rest are left
    out of what is held against something that has none.
    """
    apart = [row for row in rows if not row[4]] if asked is not None else []
    rest = alike([(row[2], row[3]) for row in apart], asked or frozenset())
    hits = Counter((row[0], row[1]) for row in rows if row[4])
    hits.update((row[0], row[1]) for row, is_same in zip(apart, rest, strict=True) if is_same)
    return {key: (hits[key], n) for key, n in Counter((row[0], row[1]) for row in rows).items()}


def concerns(figures: dict[str, Any]) -> list[str]:
    """The checks of which enough were met and whose share lies below the floor, luck allowed for."""
    found = ((kind, figures.get(kind)) for kind in ("gold", "planted", "repeat"))
    return [kind for kind, rate in found if rate and rate["n"] >= LEAST and rate["high"] < FLOOR]


def _rate(hits: int, n: int) -> dict[str, Any] | None:
    found = rate(hits, n)
    return found.as_dict() if found else None


def _rows(project: Project, statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"project": project.pk})
        return cursor.fetchall()


def caught_by(project: Project) -> dict[str, tuple[int, int]]:
    """Per person the planted errors they found, and of how many."""
    rows = _rows(project, PLANTED)
    readings = load_readings([row[3] for row in rows if row[3]])
    verdicts: dict[int, set[str]] = defaultdict(set)
    said = SpanVerdict.objects.filter(judgement_id__in=[row[0] for row in rows])
    for judgement, verdict in said.values_list("judgement_id", "verdict"):
        verdicts[judgement].add(verdict)
    counts: dict[str, tuple[int, int]] = {}
    for pk, rater, outcome, reading, check in rows:
        marks = marks_of(readings.get(reading))
        found = is_caught(json.loads(check), outcome, marks, verdicts[pk])
        if found is not None:
            caught, asked = counts.get(rater, (0, 0))
            counts[rater] = (caught + found, asked + 1)
    return counts


def _numbered(pseudonym: str) -> tuple[int, str]:
    return (len(pseudonym), pseudonym)
