"""Find a text that a person has scored, and spoil it: they should score the twin lower."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from annotate.actions.readings import slots_of
from annotate.actions.texts import write_planted
from annotate.models import Project, Question, Rendition
from verify.attention import SCORED, TWIN
from verify.models import Rater
from verify.plants import spoilt

# Texts that are looked at for one twin; words are borrowed from the rest.
WINDOW = 50

# What the person has scored and has met no twin of; not the last texts, which they would know again.
SCORED_BEFORE = f"""
SELECT r.id, j.reading_id
FROM verify_assignment a
JOIN annotate_rendition r ON r.id = a.rendition_id AND r.is_current AND r.made_from_id IS NOT NULL
JOIN verify_judgement j ON j.assignment_id = a.id AND j.outcome = 'answered'
 AND NOT EXISTS (SELECT 1 FROM verify_judgement later WHERE later.supersedes_id = j.id)
WHERE a.project_id = %(project)s AND a.rater_id = %(rater)s AND a.state = 'done'
  AND a.kind = 'review' AND a.pool = %(pool)s AND a.mode NOT IN ('planted', 'repeat')
  AND NOT EXISTS (
    SELECT 1 FROM verify_assignment t JOIN annotate_rendition twin ON twin.id = t.rendition_id
    WHERE t.rater_id = a.rater_id AND t.mode = 'planted'
      AND twin.item_id = r.item_id AND twin.language = r.language)
ORDER BY a.closed_at DESC OFFSET %(after)s LIMIT {WINDOW}
"""


def is_scored(project: Project) -> bool:
    """Whether people give a text as a whole a score or a rating."""
    return Question.objects.filter(project=project, kind__in=SCORED, scope="rendition").exists()


def spoil(
    project: Project, rater: Rater, pool: str, after: int, draw: Callable[[str], float]
) -> tuple[int, int, dict[str, Any]] | None:
    """(spoilt rendition, the person's own reading of the good one, the record); None where none can be.

    ``draw`` gives a number in ``[0, 1)`` per purpose. Call in a transaction.
    """
    values: dict[str, Any] = {
        "project": project.pk, "rater": rater.pk, "pool": pool, "after": after,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(SCORED_BEFORE, values)
        rows = cursor.fetchall()
    if not rows:
        return None
    good, reading = rows[int(draw("text") * len(rows))]
    field, text, others = _texts([pk for pk, _reading in rows], good)
    made = spoilt(text, others, draw)
    if made is None:
        return None
    twin = write_planted(Rendition.objects.get(pk=good), {field: made})
    record = {"kind": "planted", "how": TWIN, "of": good, "field": field, "was": text}
    return twin.pk, reading, record


def _texts(renditions: Sequence[int], good: int) -> tuple[str, str, list[str]]:
    """The longest field of a rendition with its text, and the same field of the others."""
    slots = slots_of(renditions)
    own = {name: slot.text for (side, name), slot in slots[good].items() if side == "target"}
    field = max(own, key=lambda name: len(own[name]))
    rest = (slots[pk].get(("target", field)) for pk in renditions if pk != good)
    return field, own[field], [slot.text for slot in rest if slot]
