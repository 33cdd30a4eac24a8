"""Open a person's tutorial: a few texts whose answer is known, for seats that nothing is asked of.

A tutorial's seat is void from the beginning, in a round of its own. It only says that this person has
met this text with its answer, so that it never comes to them as a hidden check.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain, zip_longest
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction

from annotate.models import Project, Rendition
from verify.models import Assignment, Rater

from .checks import FIRST_ROUND, UNKNOWN
from .seats import next_round, place_on_ring, pool_of

# About two minutes, at half a minute a text.
TEXTS = 4
# Known texts that are looked at.
WINDOW = 50
# So long the desk does not look again whether there is a tutorial.
STATE_SECONDS = 60

# Whether the person has begun a tutorial, and whether there is any known text to make one of.
STATE = """
SELECT EXISTS (SELECT 1 FROM verify_assignment
               WHERE project_id = %(project)s AND rater_id = %(rater)s AND mode = 'tutorial'),
       EXISTS (SELECT 1 FROM verify_decision d JOIN annotate_rendition r ON r.id = d.rendition_id
               WHERE d.project_id = %(project)s AND d.is_current AND d.gold
                 AND r.is_current AND r.language = ANY(%(languages)s))
"""

KNOWN = f"""
SELECT r.id, r.language, d.reading_id, own.basis_id, said.id, own.digest = said.digest
FROM verify_decision d
JOIN annotate_rendition r ON r.id = d.rendition_id
JOIN annotate_reading own ON own.id = d.reading_id
LEFT JOIN annotate_consensus c ON c.rendition_id = r.id AND c.of = 'machines'
LEFT JOIN annotate_reading said ON said.id = c.reading_id
WHERE d.project_id = %(project)s AND d.is_current AND d.gold
  AND r.is_current AND r.language = ANY(%(languages)s) AND {UNKNOWN}
ORDER BY r.id LIMIT {WINDOW}
"""

Known = tuple[int, str, int, int | None, int | None, bool | None]


def tutorial_state(
    project: Project, rater: Rater, languages: Sequence[str]
) -> tuple[bool, bool]:  # fmt: skip
    """Whether this person has begun the tutorial, and whether there is one; kept for a minute."""
    known = cache.get(key := _key(rater, languages))
    if known is None:
        began, available = _rows(STATE, project, rater, languages)[0]
        known = (began, began or available)
        cache.set(key, known, STATE_SECONDS)
    return known


def _key(rater: Rater, languages: Sequence[str]) -> str:
    return f"tutorial:{rater.pk}:{','.join(languages)}"


@transaction.atomic
def open_tutorial(
    project: Project, rater: Rater, languages: Sequence[str], now: datetime
) -> list[Assignment]:
    """The seats of a person's tutorial, the same each time; made when they first ask for it.

    At most half of the known texts are taken, so that some are left for hidden checks of this
    person. Empty where nothing is marked as known right in their languages.
    """
    Rater.objects.select_for_update(no_key=True).get(pk=rater.pk)
    taken = _taken(project, rater, languages)
    if taken:
        return taken
    rows = _rows(KNOWN, project, rater, languages)
    chosen = _mixed(rows)[: min(TEXTS, (len(rows) + 1) // 2)]
    # Two people may begin at once: one after the other takes a round of a text.
    pks = sorted(row[0] for row in chosen)
    cache.delete(_key(rater, languages))
    list(Rendition.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk"))
    return [_seat(project, rater, row, now) for row in chosen]


def _taken(project: Project, rater: Rater, languages: Sequence[str]) -> list[Assignment]:
    pools = [pool_of(Assignment.Kind.REVIEW, language) for language in languages]
    found = Assignment.objects.filter(
        project=project, rater=rater, mode=Assignment.Mode.TUTORIAL, pool__in=pools,
        rendition__is_current=True,
    )  # fmt: skip
    return list(found.order_by("pk")[:TEXTS])


def _rows(
    statement: str, project: Project, rater: Rater, languages: Sequence[str]
) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {
        "project": project.pk,
        "rater": rater.pk,
        "languages": list(languages),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _mixed(rows: Sequence[Any]) -> list[Any]:
    """Texts with a wrong proposal and with a right one by turns: neither answer becomes a habit."""
    wrong = [row for row in rows if not row[5]]
    right = [row for row in rows if row[5]]
    both = chain.from_iterable(zip_longest(wrong, right))
    return [row for row in both if row is not None]


def _seat(project: Project, rater: Rater, row: Known, now: datetime) -> Assignment:
    rendition, language, truth, basis, proposed, _is_right = row
    round = max(next_round(rendition), FIRST_ROUND)
    shown = {
        "mode": "assisted" if proposed else "blind", "readings": [proposed] if proposed else [],
        "basis": basis, "options": None, "truth": truth,
    }  # fmt: skip
    return Assignment.objects.create(
        project=project, rendition_id=rendition, kind=Assignment.Kind.REVIEW, round=round,
        mode=Assignment.Mode.TUTORIAL, pool=pool_of(Assignment.Kind.REVIEW, language), band=0,
        state=Assignment.State.VOID, rater=rater, claimed_at=now, closed_at=now, shown=shown,
        shuffle=place_on_ring(project.pk, rendition, round),
    )  # fmt: skip
