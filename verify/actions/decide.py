"""Decide what stands for a rendition, and end what stood before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.actions.standing import set_standing, set_standings
from annotate.models import Candidate, Project, Reading, Rendition
from annotate.records import IMPORTED
from verify.errors import GoldStands
from verify.models import Decision

from .stale import REPORTS, STALE, make_stale, stale_values

Origin = Decision.Origin
# Only a person who looks at all that was said may overrule what is known to be right.
OVERRULES_GOLD = (Origin.ADJUDICATED,)

IMPORT = """
INSERT INTO verify_decision
    (project_id, rendition_id, reading_id, origin, gold, is_current, made_at, ended_because)
SELECT r.project_id, r.id, r.standing_id, 'imported', false, true, %s, ''
FROM annotate_rendition r
WHERE r.project_id = %s AND r.language = %s AND r.is_current AND r.standing_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM verify_decision d WHERE d.rendition_id = r.id AND d.is_current)
ON CONFLICT DO NOTHING
"""


INSERT = """
INSERT INTO verify_decision
    (project_id, rendition_id, reading_id, origin, gold, is_current, made_by_id, made_at, ended_because)
VALUES (%(project)s, %(rendition)s, %(reading)s, %(origin)s, %(gold)s, true, %(by)s, %(now)s, '')
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A rendition that routing accepts as the machines read it."""

    rendition: int
    reading: int


@transaction.atomic
def decide(
    project: Project,
    rendition: Rendition,
    reading: Reading,
    *,
    origin: str,
    by: Any = None,
    gold: bool = False,
) -> Decision:
    """Let ``reading`` be the final one of a rendition; the decision that stood before ends.

    Certificates and reports that counted the earlier one become stale. Raises GoldStands where a
    gold decision stands and this is neither gold nor adjudicated.
    """
    earlier = current_decision(rendition, lock=True)
    return replace_decision(project, rendition, reading, earlier, origin=origin, by=by, gold=gold)


def replace_decision(
    project: Project, rendition: Rendition, reading: Reading, earlier: Decision | None, *,
    origin: str, by: Any = None, gold: bool = False,
) -> Decision:  # fmt: skip
    """As ``decide``, where ``earlier`` is the current decision, locked by the caller."""
    if earlier and earlier.gold and not gold and origin not in OVERRULES_GOLD:
        raise GoldStands(_("What stands here is known to be right and is not replaced."))
    if earlier:
        _end(earlier, f"replaced: {origin}")
    made = Decision(
        project=project, rendition=rendition, reading=reading, origin=origin, made_by=by, gold=gold
    )
    set_standing(rendition, reading)
    counts = not gold or (earlier is not None and not earlier.gold)
    values = stale_values(
        project=project.pk, language=rendition.language,
        renditions=[rendition.pk] if counts else [],
        origins=[origin, *([earlier.origin] if earlier else [])],
        because="a decision of its frame changed" if earlier else "its frame grew",
    )  # fmt: skip
    row = {
        "rendition": rendition.pk, "reading": reading.pk, "origin": origin, "gold": gold,
        "by": by.pk if by else None, "now": made.made_at,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"{INSERT}; {STALE}; {REPORTS}", values | row)
        (made.pk,) = cursor.fetchone()
    made._state.adding = False
    return made


def current_decision(rendition: Rendition, *, lock: bool = False) -> Decision | None:
    """The decision that stands for a rendition now."""
    found = Decision.objects.filter(rendition=rendition, is_current=True)
    return (found.select_for_update(no_key=True) if lock else found).first()


@transaction.atomic
def mark_gold(decision: Decision, *, gold: bool) -> Decision:
    """Say that what stands for a rendition is known to be right, or take that back.

    Gold lies outside every certificate's frame, so certificates that counted it become stale.
    """
    locked = Decision.objects.select_for_update(no_key=True).get(pk=decision.pk)
    if not locked.is_current or locked.gold == gold:
        return locked
    locked.gold = gold
    locked.save(update_fields=["gold"])
    rendition = locked.rendition
    make_stale(
        project=locked.project_id, language=rendition.language, renditions=[rendition.pk],
        origins=[locked.origin], because="a decision of its frame changed",
    )  # fmt: skip
    return locked


@transaction.atomic
def accept(project: Project, rows: Sequence[Accepted]) -> int:
    """Decide renditions as the machines read them; return how many were decided.

    A rendition that has a current decision keeps it, so doing it twice changes nothing.
    """
    wanted = {row.rendition: row for row in rows}
    has_one = set(
        Decision.objects.filter(rendition_id__in=wanted, is_current=True).values_list(
            "rendition_id", flat=True
        )
    )
    fresh = [row for pk, row in wanted.items() if pk not in has_one]
    if not fresh:
        return 0
    Decision.objects.bulk_create(
        [
            Decision(project=project, rendition_id=row.rendition, reading_id=row.reading,
                     origin=Origin.ACCEPTED)
            for row in fresh
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    renditions = Rendition.objects.in_bulk([row.rendition for row in fresh])
    set_standings({row.rendition: row.reading for row in fresh})
    by_language: dict[str, list[int]] = {}
    for pk, rendition in renditions.items():
        by_language.setdefault(rendition.language, []).append(pk)
    for language, pks in by_language.items():
        make_stale(project=project.pk, language=language, renditions=pks,
                   origins=[Origin.ACCEPTED], because="its frame grew")  # fmt: skip
    return len(fresh)


@transaction.atomic
def import_decisions(project: Project) -> int:
    """Let the labels that came with the source's texts stand as decided; return how many are new."""
    with connection.cursor() as cursor:
        cursor.execute(IMPORT, [timezone.now(), project.pk, project.source_language])
        count = cursor.rowcount
    if count:
        make_stale(project=project.pk, language=project.source_language, renditions=[0],
                   origins=[Origin.IMPORTED], because="its frame grew")  # fmt: skip
    return count


@transaction.atomic
def supersede(project: Project, renditions: Sequence[int], because: str) -> int:
    """End the decisions of these renditions, gold ones excepted; return how many.

    What stands for them then is their imported reading, where they have one.
    """
    found = (
        Decision.objects.filter(
            project=project, rendition_id__in=list(renditions), is_current=True, gold=False
        )
        .select_related("rendition")
        .select_for_update(no_key=True, of=("self",))
    )
    for decision in found:
        withdraw(decision, because)
    return len(found)


def withdraw(decision: Decision, because: str) -> None:
    """End a decision without another in its place."""
    _end(decision, because)
    rendition = decision.rendition
    imported = Candidate.objects.filter(
        rendition=rendition, ballot=1, state="ok", version__annotator__kind="imported",
        version__annotator__name=IMPORTED,
    ).select_related("reading").order_by("pk").first()  # fmt: skip
    set_standing(rendition, imported.reading if imported else None)
    make_stale(
        project=decision.project_id, language=rendition.language, renditions=[rendition.pk],
        origins=[decision.origin], because="a decision of its frame changed",
    )  # fmt: skip


def _end(decision: Decision, because: str) -> None:
    decision.is_current, decision.ended_at = False, timezone.now()
    decision.ended_because = because[:200]
    decision.save(update_fields=["is_current", "ended_at", "ended_because"])
