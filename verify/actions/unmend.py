"""Take an edit back: the old text stands again, with its seats and what was decided of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.models import Reading, Rendition
from verify.errors import UndoRefused
from verify.models import Assignment, Decision, Judgement, Rater

from .claim import LEASE
from .decide import current_decision, decide, supersede
from .mend import WRITTEN_ROUND, judged_by_others
from .seats import void_seats
from .stale import certificate_over, make_reports_stale

State = Assignment.State


def is_edit(seat: Assignment) -> bool:
    """Whether a seat is that of who mended a text."""
    return seat.round == WRITTEN_ROUND and "mended" in (seat.shown or {})


@transaction.atomic
def unmend(judgement: Judgement, *, rater: Rater) -> Assignment:
    """Let the text stand again that an edit replaced, and lease its seat to the person; return it.

    Texts that were mended along with it go back too, where nobody has judged them. Raises
    UndoRefused once somebody else judged the new text, or it was certified or replaced in turn.
    """
    seat = _restore(judgement, rater)
    along = Judgement.objects.filter(
        rater=rater, assignment__shown__along=judgement.pk, successor__isnull=True
    ).exclude(outcome=Judgement.Outcome.WITHDRAWN)
    for other in along.select_related("assignment"):
        if _obstacle(other, rater) is None:
            _restore(other, rater)
    if seat is None:
        raise UndoRefused(_("The seat that this text was mended in is gone."))
    now = timezone.now()
    seat.state, seat.rater, seat.claimed_at, seat.lease_until, seat.closed_at = (
        State.LEASED, rater, now, now + LEASE, None,
    )  # fmt: skip
    seat.save(update_fields=["state", "rater", "claimed_at", "lease_until", "closed_at"])
    return seat


def _obstacle(judgement: Judgement, rater: Rater) -> str | None:
    """Why an edit cannot be taken back, or None."""
    made = Rendition.objects.select_for_update(no_key=True).get(pk=judgement.rendition_id)
    if not made.is_current:
        return _("This text was replaced meanwhile, so the edit stays as it is.")
    if judged_by_others(made, rater):
        return _("Somebody has judged the new text by now, so the edit stays as it is.")
    standing = current_decision(made, lock=True)
    if standing is not None and certificate_over(
        project=made.project_id, language=made.language, origin=standing.origin
    ):
        return _("A certificate counts on it, so the edit stays as it is.")
    return None


def _restore(judgement: Judgement, rater: Rater) -> Assignment | None:
    """Bring the replaced rendition back, its seats and its decision; return the editor's seat."""
    obstacle = _obstacle(judgement, rater)
    if obstacle is not None:
        raise UndoRefused(obstacle)
    project, written, made = rater.project, judgement.assignment, judgement.rendition
    shown: dict[str, Any] = written.shown or {}
    old = Rendition.objects.select_for_update(no_key=True).get(pk=shown["mended"])
    void_seats([made.pk])
    supersede(project=project, renditions=[made.pk], because="The edit was taken back.")
    Rendition.objects.filter(pk=made.pk).update(is_current=False)
    Rendition.objects.filter(pk=old.pk).update(is_current=True)
    Assignment.objects.filter(pk__in=shown.get("voided", []), state=State.VOID).update(
        state=State.OPEN, rater=None, lease_until=None, claimed_at=None, closed_at=None
    )
    if shown.get("decision"):
        ended = Decision.objects.get(pk=shown["decision"])
        old.refresh_from_db()
        reading = Reading(pk=ended.reading_id)
        decide(project, old, reading, origin=ended.origin, by=ended.made_by, gold=ended.gold)
    Assignment.objects.filter(pk=written.pk).update(state=State.VOID)
    Judgement.objects.create(
        project=project, assignment=written, rendition=made, rater=rater,
        outcome=Judgement.Outcome.WITHDRAWN, client_id=uuid.uuid4(), supersedes=judgement,
    )  # fmt: skip
    make_reports_stale(project=project.pk, language=old.language)
    return Assignment.objects.filter(pk=shown.get("seat", 0)).first()
