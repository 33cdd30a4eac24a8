"""Measure each person by their checks: what they know, notice and keep saying, and how fast."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.db import connection
from django.db.models import Count, Max

from annotate.actions.readings import load_readings
from annotate.models import Project, Question
from pipeline.agree.rates import rate
from pipeline.raters.difficulty import difficulty
from pipeline.raters.reliability import FLOOR, LEAST, Twins, twins
from pipeline.raters.sway import sway
from verify.actions.reports import save_report
from verify.attention import SCORED, TWIN, is_caught
from verify.models import Judgement, Report, SpanVerdict
from verify.reveal import marks_of

from .comparable import alike, asked_of_machines, asks_more
from .sureness import sureness

KIND = "raters"

_SAID = """
WITH said AS (
    SELECT j.id, r.pseudonym AS rater, n.language, j.rendition_id, j.assignment_id, j.outcome,
        j.reading_id, a.mode, a.shown, g.digest, j.shown_at,
        greatest(extract(epoch FROM j.submitted_at - j.shown_at) - j.hidden_seconds, 0) AS seconds,
        NOT EXISTS (SELECT 1 FROM verify_judgement later WHERE later.supersedes_id = j.id) AS stands
    FROM verify_judgement j
    JOIN verify_assignment a ON a.id = j.assignment_id
    JOIN verify_rater r ON r.id = j.rater_id
    JOIN annotate_rendition n ON n.id = j.rendition_id
    LEFT JOIN annotate_reading g ON g.id = j.reading_id
    WHERE j.project_id = %(project)s AND a.kind = 'review' AND j.outcome <> 'withdrawn')
"""

# What the reading that a seat has was, whether the person saw it or not.
UNCHANGED = f"""{_SAID}
SELECT s.rater, s.shown ->> 'mode', s.reading_id, p.id, s.digest = p.digest
FROM said s JOIN annotate_reading p ON p.id = (s.shown -> 'readings' ->> 0)::bigint
WHERE s.stands AND s.outcome = 'answered' AND s.mode NOT IN ('planted', 'repeat')
"""

# Of each person, of each in a language, and of all in a language.
PACE = f"""{_SAID}
SELECT rater, language, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds), count(shown_at)
FROM said WHERE stands GROUP BY GROUPING SETS ((rater), (rater, language), (language))
"""

# Of a check that was answered more than once the first answer counts: a later one may know.
_FIRST = f"""{_SAID}, first AS (
    SELECT DISTINCT ON (assignment_id) * FROM said
    WHERE mode IN ('planted', 'repeat') ORDER BY assignment_id, id)
"""

KNOWN = f"""{_FIRST}
SELECT f.rater, f.shown -> 'check' ->> 'kind', f.reading_id, t.id, f.digest = t.digest,
    f.language
FROM first f JOIN annotate_reading t ON t.id = (f.shown ->> 'truth')::bigint
WHERE f.mode = 'repeat' AND f.outcome = 'answered'
"""

PLANTED = f"""{_FIRST}
SELECT id, rater, outcome, reading_id, (shown -> 'check')::text FROM first WHERE mode = 'planted'
ORDER BY id
"""

# What the person said of the spoilt twin of a text, and of the text.
TWINS = f"""{_FIRST}
SELECT f.rater, good.reading_id, f.reading_id
FROM first f JOIN said good ON good.rater = f.rater AND good.stands AND good.outcome = 'answered'
 AND good.rendition_id = (f.shown -> 'check' ->> 'of')::bigint AND good.mode NOT IN ('planted', 'repeat')
WHERE f.mode = 'planted' AND f.outcome = 'answered' AND f.shown -> 'check' ->> 'how' = '{TWIN}'
ORDER BY f.id
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
    for rater, pace in paces(_rows(project, PACE)).items():
        figures[rater] |= pace
    asked = asked_of_machines(project)
    asked_more = asked if asks_more(project, asked) else None
    rows = _rows(project, UNCHANGED)
    kept = _counted(rows, _alike(rows, asked_more))
    for (rater, mode), (same, n) in kept.items():
        figures[rater][f"unchanged_{mode}"] = _rate(same, n)
    rows = _rows(project, KNOWN)
    right = _alike(rows, asked_more)
    for (rater, kind), (same, n) in _counted(rows, right).items():
        figures[rater][kind] = _rate(same, n)
    for rater, (caught, n) in caught_by(project).items():
        figures[rater]["planted"] = _rate(caught, n)
    for rater, found in twins_by(project).items():
        figures[rater]["twins"] = asdict(found)
    people = [
        {"rater": name, **figures[name], "concerns": concerns(figures[name])}
        for name in sorted(figures, key=_numbered)
    ]
    body = {
        "raters": people,
        "sway": swayed(kept),
        "sureness": sureness(project),
        "languages": languages(
            (row[0], row[5], is_right)
            for row, is_right in zip(rows, right, strict=True)
            if row[1] == "gold"
        ),
    }
    save_report(project, kind=KIND, body=body, fingerprint=mark)
    return len(people)


def paces(rows: list[tuple[Any, ...]]) -> dict[str, dict[str, Any]]:
    """Of each person the judgements, the median seconds, and those against all people's.

    ``against`` is 2 for somebody who takes twice as long as the median of the language; over several
    languages it is the mean by answers. None where no time is known.
    """
    pool = {language: seconds for rater, language, _n, seconds, _t in rows if rater is None}
    made: dict[str, dict[str, Any]] = {}
    own: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for rater, language, count, seconds, timed in rows:
        if rater is None:
            continue
        if language is None:
            made[rater] = {"judgements": count, "seconds": seconds, "timed": timed}
        elif seconds is not None and pool[language]:
            own[rater].append((timed, seconds / pool[language]))
    for rater, row in made.items():
        whole = sum(n for n, _ratio in own[rater])
        row["against"] = sum(n * ratio for n, ratio in own[rater]) / whole if whole else None
    return made


def swayed(kept: Mapping[tuple[str, str], tuple[int, int]]) -> dict[str, Any] | None:
    """What the sight of a proposal does, all people together; None without answers of both kinds."""

    def of(mode: str) -> tuple[int, int]:
        found = [counts for (_rater, said), counts in kept.items() if said == mode]
        return sum(same for same, _n in found), sum(n for _same, n in found)

    found = sway(of("assisted"), of("blind"))
    return found.as_dict() if found else None


def languages(rows: Iterable[tuple[str, str, bool]]) -> dict[str, Any] | None:
    """How hard each language is apart from how able its people are, by known answers (rater,
    language, right); None where there are fewer than two languages or ``LEAST`` answers in each."""
    given = list(rows)
    counts = Counter(language for _rater, language, _right in given)
    if len(counts) < 2 or min(counts.values()) < LEAST:
        return None
    found = difficulty(given)
    return {
        "languages": [asdict(row) for row in sorted(found.languages, key=lambda row: row.fair)],
        "is_linked": found.is_linked,
    }


def _alike(rows: list[tuple[Any, ...]], asked: frozenset[str] | None) -> list[bool]:
    """Of rows (rater, kind, said, held against it, alike whole, ...) whether they are alike.

    ``asked`` is what machines were asked, where people are asked more: answers to the rest are left
    out of what is held against something that has none.
    """
    if asked is None:
        return [bool(row[4]) for row in rows]
    apart = [(row[2], row[3]) for row in rows if not row[4]]
    rest = iter(alike(apart, asked))
    return [bool(row[4]) or next(rest) for row in rows]


def _counted(
    rows: list[tuple[Any, ...]], right: Sequence[bool]
) -> dict[tuple[str, str], tuple[int, int]]:
    """How many are alike, of how many, by rater and kind."""
    hits = Counter((row[0], row[1]) for row, is_it in zip(rows, right, strict=True) if is_it)
    return {key: (hits[key], n) for key, n in Counter((row[0], row[1]) for row in rows).items()}


def concerns(figures: dict[str, Any]) -> list[str]:
    """The checks of which enough were met and whose share lies below the floor, luck allowed for;
    and the twins, where nothing says that the person tells them apart."""
    found = ((kind, figures.get(kind)) for kind in ("gold", "planted", "repeat"))
    low = [kind for kind, rate in found if rate and rate["n"] >= LEAST and rate["high"] < FLOOR]
    return [*low, "twins"] if figures.get("twins", {}).get("is_flagged") else low


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


def twins_by(project: Project) -> dict[str, Twins]:
    """Per person how they score spoilt twins against the texts themselves, by the first question that
    both were scored by."""
    rows = _rows(project, TWINS)
    readings = load_readings({pk for row in rows for pk in row[1:] if pk})
    asked = Question.objects.filter(project=project, kind__in=SCORED, scope="rendition")
    keys = list(asked.order_by("position", "pk").values_list("key", flat=True))
    pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for rater, good, bad in rows:
        said = [{a.question: a.value for a in readings[pk].answers} for pk in (good, bad)]
        scores = ([_number(one.get(key)) for one in said] for key in keys)
        pair = next((pair for pair in scores if None not in pair), None)
        if pair is not None:
            pairs[rater].append((pair[0] or 0.0, pair[1] or 0.0))
    return {rater: twins(found) for rater, found in pairs.items()}


def _number(value: Any) -> float | None:
    """A score, or the level of a rating whose options are numbers."""
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _numbered(pseudonym: str) -> tuple[int, str]:
    return (len(pseudonym), pseudonym)
