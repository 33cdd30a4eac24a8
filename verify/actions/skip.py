"""Leave a seat to somebody else."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.models import Rendition
from verify.errors import SeatLost
from verify.models import Assignment, Rater

from .seats import replace_seat
from .settle import MEASURING, settle

State = Assignment.State


@transaction.atomic
def skip(assignment: Assignment | int, *, rater: Rater, reason: str) -> None:
    """Give a seat back for good: another one is opened, and this person is not asked again.

    A check was for this person alone and just ends. After five people skipped, an adjudicator is
    asked. Raises SeatLost if it is not theirs.
    """
    pk = assignment if isinstance(assignment, int) else assignment.pk
    rendition = (
        Rendition.objects.filter(assignments=pk)
        .select_for_update(no_key=True, of=("self",))
        .first()
    )
    seat = Assignment.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if rendition is None or seat is None or seat.rater_id != rater.pk:
        raise SeatLost(_("This seat is no longer yours."))
    if seat.state == State.SKIPPED:
        return
    if seat.state != State.LEASED:
        raise SeatLost(_("This seat is no longer yours."))
    seat.state, seat.closed_at, seat.skip_reason = State.SKIPPED, timezone.now(), reason[:80]
    seat.save(update_fields=["state", "closed_at", "skip_reason"])
    if "check" in (seat.shown or {}):
        return
    if seat.kind == Assignment.Kind.REVIEW and seat.mode not in MEASURING:
        settle(project=rater.project, rendition=rendition, seat=seat)
    else:
        replace_seat(project=rater.project, seat=seat, language=rendition.language)
