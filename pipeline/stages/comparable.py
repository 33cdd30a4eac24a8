"""Comparable: what people said of a text, less what only people are asked.

A machine that was never asked whether a translation is fluent is not wrong for not saying so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import connection

from annotate.actions.readings import load_readings
from annotate.models import Project, Question
from annotate.questions import MARKED
from annotate.readings import Reading

from .aggregating import VOTING

# Pairs of readings in memory at once.
_LOADED = 5000

_ASKED = """
SELECT DISTINCT said ->> 0
FROM annotate_candidate c
JOIN annotate_annotatorversion v ON v.id = c.version_id
JOIN annotate_annotator a ON a.id = v.annotator_id AND a.kind = ANY(%(voting)s)
JOIN annotate_reading r ON r.id = c.reading_id AND r.answers <> '[]'
CROSS JOIN LATERAL jsonb_array_elements(r.answers) said
WHERE c.project_id = %(project)s
"""


def asked_of_machines(project: Project) -> frozenset[str]:
    """The questions that any machine with a vote has answered; one pass over the candidates."""
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, {"project": project.pk, "voting": list(VOTING)})
        return frozenset(key for (key,) in cursor.fetchall())


def comparable(reading: Reading, asked: frozenset[str]) -> Reading:
    """The reading with those of its answers that machines were asked for; itself where that is all."""
    kept = tuple(answer for answer in reading.answers if answer.question in asked)
    return reading if len(kept) == len(reading.answers) else replace(reading, answers=kept)


def asks_more(project: Project, asked: frozenset[str]) -> bool:
    """Whether the project asks people something that no machine answers."""
    answered = Question.objects.filter(project=project).exclude(kind__in=MARKED)
    return answered.exclude(key__in=asked).exists()


def alike(pairs: Sequence[tuple[int, int]], asked: frozenset[str]) -> list[bool]:
    """Of each pair of ids of readings (said, held against it): do they say the same, as far as asked?

    Asked is what machines were, and whatever the reading answers that the other is held against.
    Loads readings in parts; call it with pairs whose digests differ.
    """
    found: list[bool] = []
    for start in range(0, len(pairs), _LOADED):
        some = pairs[start : start + _LOADED]
        readings = load_readings({pk for pair in some for pk in pair})
        for said, held in some:
            wanted = asked | {answer.question for answer in readings[held].answers}
            one, other = (comparable(readings[pk], wanted) for pk in (said, held))
            found.append(one.digest() == other.digest())
    return found
