"""Comparable: what people said of a text, less what only people are asked.

A machine that was never asked whether a translation is fluent is not wrong for not saying so.
"""

from __future__ import annotations

from dataclasses import replace

from django.db import connection

from annotate.models import Project
from annotate.readings import Reading

from .aggregating import VOTING

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
    """The reading with those of its answers that machines were asked for."""
    return replace(
        reading, answers=tuple(answer for answer in reading.answers if answer.question in asked)
    )
