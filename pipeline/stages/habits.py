"""Habits: how machines answer, from every stored ballot: refusals, unreadable replies, place, flips."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from django.db import connection

from annotate.models import Project
from pipeline.raters.health import habits_of

# So many of the newest ballots that show an order of options are looked into.
MOST = 20_000

# How the ballots of each machine ended, by language. What was imported is nobody's habit.
_STATES = """
SELECT n.language, a.name, c.state, count(*)
FROM annotate_candidate c
JOIN annotate_rendition n ON n.id = c.rendition_id
JOIN annotate_annotatorversion v ON v.id = c.version_id
JOIN annotate_annotator a ON a.id = v.annotator_id
WHERE c.project_id = %(project)s AND a.kind <> 'imported'
GROUP BY 1, 2, 3
"""

# Texts that one version answered more than once on the same basis, and those answered differently.
_FLIPS = """
SELECT language, name, count(*), count(*) FILTER (WHERE answers > 1) FROM (
    SELECT n.language, a.name, count(DISTINCT r.digest) AS answers
    FROM annotate_candidate c
    JOIN annotate_rendition n ON n.id = c.rendition_id
    JOIN annotate_annotatorversion v ON v.id = c.version_id
    JOIN annotate_annotator a ON a.id = v.annotator_id
    JOIN annotate_reading r ON r.id = c.reading_id
    WHERE c.project_id = %(project)s AND a.kind <> 'imported' AND c.state = 'ok'
    GROUP BY c.rendition_id, c.version_id, c.basis_id, n.language, a.name HAVING count(*) > 1
) several GROUP BY 1, 2
"""

_ORDERS = """
SELECT n.language, a.name, c.option_order, r.answers
FROM annotate_candidate c
JOIN annotate_rendition n ON n.id = c.rendition_id
JOIN annotate_annotatorversion v ON v.id = c.version_id
JOIN annotate_annotator a ON a.id = v.annotator_id
JOIN annotate_reading r ON r.id = c.reading_id
WHERE c.project_id = %(project)s AND c.state = 'ok' AND cardinality(c.option_order) > 1
  AND r.answers <> '[]'::jsonb
ORDER BY c.id DESC LIMIT %(most)s
"""


def habits(project: Project) -> dict[str, list[dict[str, Any]]]:
    """The habits of each machine by language. Three queries."""
    states: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for language, name, state, count in _all(project, _STATES):
        states[language, name][state] = count
    flips = {(tag, name): (n, apart) for tag, name, n, apart in _all(project, _FLIPS)}
    placed: dict[tuple[str, str], list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for language, name, order, answers in _all(project, _ORDERS, most=MOST):
        said = json.loads(answers) if isinstance(answers, str) else answers
        placed[language, name] += placed_answers(order, said)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for (tag, name), counts in sorted(states.items()):
        repeated, flipped = flips.get((tag, name), (0, 0))
        own = habits_of(
            name, tag, counts, placed[tag, name], repeated=repeated, flipped=flipped
        )  # fmt: skip
        found[tag].append(asdict(own))
    return dict(found)


def placed_answers(
    order: Sequence[str], answers: Sequence[Sequence[Any]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each answer that is one option, with the options of its question in the order shown.

    Where several questions were asked at once the order names them, as ``question:option``.

    >>> list(placed_answers(["topic:b", "topic:a", "tone:x", "tone:y"], [["topic", "", "a"]]))
    [('a', ('b', 'a'))]
    >>> list(placed_answers(["b", "a"], [["topic", "", "b"]]))
    [('b', ('b', 'a'))]
    """
    for question, _target, value in answers:
        if not isinstance(value, str):
            continue
        mark = f"{question}:"
        own = tuple(o.removeprefix(mark) for o in order if o.startswith(mark))
        shown = own or tuple(order)
        if value in shown:
            yield value, shown


def _all(project: Project, statement: str, **more: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"project": project.pk, **more})
        return cursor.fetchall()
