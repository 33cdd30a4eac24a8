"""Judged: what people made of texts that machines had read, as the report on quality counts it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from annotate.models import Project
from pipeline.raters.hours import PAUSE

from .comparable import alike, asked_of_machines, asks_more

# One row per rendition that machines added up and people judged: the reading proposed, and the one
# that stands now. What waits for an adjudicator has no answer yet and is left out.
_JUDGED = """
SELECT c.rendition_id, n.language, i.id, i.external_id, c.entropy, c.voters, c.route,
    c.reading_id, d.reading_id, p.digest IS NOT DISTINCT FROM t.digest, d.gold, said.seconds
FROM annotate_consensus c
JOIN annotate_rendition n ON n.id = c.rendition_id AND n.is_current
JOIN annotate_item i ON i.id = n.item_id
LEFT JOIN annotate_reading p ON p.id = c.reading_id
JOIN verify_decision d ON d.rendition_id = c.rendition_id AND d.is_current
JOIN annotate_reading t ON t.id = d.reading_id
JOIN LATERAL (
    SELECT avg(least(%(pause)s, greatest(
        extract(epoch FROM j.submitted_at - j.shown_at) - j.hidden_seconds, 0))) AS seconds,
        count(*) AS judgements
    FROM verify_judgement j JOIN verify_assignment a ON a.id = j.assignment_id
    WHERE j.rendition_id = c.rendition_id AND j.outcome = 'answered' AND a.kind = 'review'
      AND a.mode NOT IN ('planted', 'repeat')
      AND NOT EXISTS (SELECT 1 FROM verify_judgement k WHERE k.supersedes_id = j.id)
) said ON said.judgements > 0
WHERE c.project_id = %(project)s AND c.of = 'machines'
  AND NOT EXISTS (SELECT 1 FROM verify_assignment w WHERE w.rendition_id = c.rendition_id
                  AND w.kind = 'adjudicate' AND w.state IN ('open', 'leased'))
ORDER BY c.rendition_id
"""

# Every current rendition that machines added up, by what its chance of being judged depended on.
_STRATA = """
SELECT n.language, c.route, round(c.entropy::numeric, 1)::float, count(*)
FROM annotate_consensus c JOIN annotate_rendition n ON n.id = c.rendition_id AND n.is_current
WHERE c.project_id = %(project)s AND c.of = 'machines' GROUP BY 1, 2, 3
"""

_DECIDED = """
SELECT n.language, d.origin, d.gold, count(*)
FROM verify_decision d JOIN annotate_rendition n ON n.id = d.rendition_id AND n.is_current
WHERE d.project_id = %(project)s AND d.is_current GROUP BY 1, 2, 3
"""

_WAITING = """
SELECT n.language, a.kind, count(*)
FROM verify_assignment a JOIN annotate_rendition n ON n.id = a.rendition_id
WHERE a.project_id = %(project)s AND a.state IN ('open', 'leased') GROUP BY 1, 2
"""

_WORK = """
SELECT r.pseudonym, n.language, extract(epoch FROM j.submitted_at)::float,
    extract(epoch FROM j.submitted_at - j.shown_at)::float, j.hidden_seconds, a.shown ->> 'mode'
FROM verify_judgement j
JOIN verify_assignment a ON a.id = j.assignment_id
JOIN annotate_rendition n ON n.id = j.rendition_id
JOIN verify_rater r ON r.id = j.rater_id
WHERE j.project_id = %(project)s AND j.shown_at IS NOT NULL AND j.outcome <> 'withdrawn'
"""

Stratum = tuple[str, str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """A judged rendition. ``chance`` is the share judged of its stratum: language, route, entropy."""

    rendition: int
    language: str
    item: int
    name: str
    entropy: float
    voters: int
    route: str
    proposed: int | None
    decided: int
    is_right: bool
    is_gold: bool
    seconds: float | None
    chance: float = 1.0

    @property
    def stratum(self) -> Stratum:
        """What the chance of being judged depended on."""
        return self.language, self.route, round(self.entropy, 1)


def judged_rows(project: Project) -> tuple[list[Row], dict[Stratum, int]]:
    """The judged renditions with their chances, and how many renditions each stratum has.

    Whether a text was judged depended on its language, route and entropy (bands are served in their
    order), and within these on keyed hashes alone, so each judged one stands for as many as its
    stratum has per judged one (post-stratification, Holt and Smith 1979).
    """
    rows = _compared(project, [Row(*values) for values in _all(project, _JUDGED, pause=PAUSE)])
    whole = {
        (language, route, float(entropy)): count
        for language, route, entropy, count in _all(project, _STRATA)
    }
    seen = Counter(row.stratum for row in rows)
    weighed = [
        replace(row, chance=min(1.0, seen[row.stratum] / whole.get(row.stratum, 1))) for row in rows
    ]
    return weighed, whole


def _compared(project: Project, rows: list[Row]) -> list[Row]:
    """The rows, each right where all is that machines were asked for.

    Readings that say the same are known to by their digests. The others are loaded, in parts, only
    where the project asks people something more.
    """
    asked = asked_of_machines(project)
    if not asks_more(project, asked):
        return rows
    apart = [row for row in rows if not row.is_right and row.proposed]
    same = alike([(row.decided, row.proposed or 0) for row in apart], asked)
    right = {row.rendition for row, is_same in zip(apart, same, strict=True) if is_same}
    return [replace(row, is_right=row.is_right or row.rendition in right) for row in rows]


def decided_counts(project: Project) -> list[tuple[str, str, bool, int]]:
    """(language, origin, gold, how many) of current decisions."""
    return _all(project, _DECIDED)


def waiting_counts(project: Project) -> list[tuple[str, str, int]]:
    """(language, kind, how many) of open and leased seats."""
    return _all(project, _WAITING)


def work_rows(project: Project) -> list[tuple[str, str, float, float, float, str | None]]:
    """(rater, language, when, seconds shown, seconds hidden, mode) of every judgement."""
    return _all(project, _WORK)


def _all(project: Project, statement: str, **more: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"project": project.pk, **more})
        return cursor.fetchall()
