"""How sure each person is where three or more judged the same, by the model of Dawid and Skene."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import connection

from annotate.models import Project, Question
from pipeline.aggregate.choices import withheld
from pipeline.agree.dawid_skene import dawid_skene

# People on one text, and answers of one kind of which three had a say each, before anything is fitted.
LEAST_PEOPLE = 3
LEAST_ANSWERS = 30

_STANDING = """
    SELECT j.id, j.rendition_id, j.reading_id, r.pseudonym AS rater
    FROM verify_judgement j
    JOIN verify_assignment a ON a.id = j.assignment_id
    JOIN verify_rater r ON r.id = j.rater_id
    WHERE j.project_id = %(project)s AND a.kind = 'review' AND j.outcome = 'answered'
      AND a.mode NOT IN ('planted', 'repeat')
      AND NOT EXISTS (SELECT 1 FROM verify_judgement later WHERE later.supersedes_id = j.id)
"""

# Of each mark that was shown whether a person left it as it was.
MARKS = f"""
WITH j AS ({_STANDING})
SELECT v.span_id, j.rater, v.verdict = 'right'
FROM verify_spanverdict v JOIN j ON j.id = v.judgement_id
WHERE v.span_id IS NOT NULL AND v.verdict <> 'added'
"""

CHOICES = f"""
WITH j AS ({_STANDING})
SELECT j.rendition_id, j.rater, said ->> 2
FROM j JOIN annotate_reading g ON g.id = j.reading_id, jsonb_array_elements(g.answers) AS said
WHERE said ->> 0 = %(question)s AND said ->> 1 = 'rendition'
"""

Said = tuple[Any, str, Any]


def sureness(project: Project) -> list[dict[str, Any]]:
    """Of the marks, and of each question with one answer: ``question`` (empty: the marks), the
    ``texts`` that three people judged, ``people`` with ``rater``, ``answers`` and ``skill`` (the chance
    to say what is true), and why it is ``withheld``. What too few judged is left out.
    """
    asked = Question.objects.filter(project=project, kind="choice", scope="rendition")
    keys = asked.order_by("position", "pk").values_list("key", flat=True)
    found = [("", _rows(MARKS, project=project.pk))]
    found += [(key, _rows(CHOICES, project=project.pk, question=key)) for key in keys]
    fitted = (fit_people(key, rows) for key, rows in found)
    return [row for row in fitted if row]


def fit_people(question: str, rows: Iterable[Said]) -> dict[str, Any] | None:
    """The model of rows (what was judged, by whom, what they said); None where too few judged.

    Where all said the same there is nothing that people could be told apart by: None as well.
    """
    by: dict[Any, list[Said]] = defaultdict(list)
    for row in rows:
        by[row[0]].append(row)
    shared = [row for own in by.values() if len(own) >= LEAST_PEOPLE for row in own]
    if len(shared) < LEAST_ANSWERS or len({row[2] for row in shared}) < 2:
        return None
    units, raters, values = zip(*shared, strict=True)
    fit = dawid_skene(units, raters, values)
    answers = Counter(raters)
    people = [
        {"rater": rater, "answers": answers[rater], "skill": float(skill)}
        for rater, skill in zip(fit.raters, fit.skill, strict=True)
    ]
    people.sort(key=lambda row: (len(row["rater"]), row["rater"]))
    return {
        "question": question, "texts": len(set(units)), "people": people, "withheld": withheld(fit),
    }  # fmt: skip


def _rows(statement: str, **values: Any) -> list[Said]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
