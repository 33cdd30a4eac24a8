"""Take a person's last judgements back, one by one, as long as nothing final stands on them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.models import Rendition
from verify.errors import UndoRefused
from verify.models import Assignment, Decision, Judgement, Rater
from verify.reveal import is_sealed

from .claim import LEASE
from .decide import current_decision, withdraw
from .seats import pool_of
from .settle import MEASURING, UNANSWERED, adjudications_of
from .stale import certificate_over, make_reports_stale
from .unmend import is_edit, unmend

# How many of their seats a person can go back.
BACK = 20
State = Assignment.State


@transaction.atomic
def undo_last(
    rater: Rater, *, pools: Sequence[str] | None = None, client_id: uuid.UUID | None = None
) -> Assignment:
    """Withdraw a person's latest judgement and lease its seat to them again; return the seat.

    Again and again it walks back through what they judged, in ``pools`` where these are named; with
    ``client_id`` it takes back what was sent under it. A successor says that it was withdrawn; the
    ``single`` or ``agreed`` decision that stood on it ends. An edit of a text is taken back like a
    judgement. The seat is the first that the person is asked again. Raises UndoRefused where there
    is nothing within the last 20, once it was adjudicated or certified, or when a blind answer was
    followed by what had been hidden.
    """
    judgement = _latest(rater, pools, client_id)
    if is_edit(judgement.assignment):
        return unmend(judgement, rater=rater)
    rendition = Rendition.objects.select_for_update(no_key=True).get(pk=judgement.rendition_id)
    seat = Assignment.objects.select_for_update(no_key=True).get(pk=judgement.assignment_id)
    if seat.kind == Assignment.Kind.ADJUDICATE:
        raise UndoRefused(_("An adjudicator's decision is final; have it adjudicated again."))
    if seat.state != State.DONE:
        raise UndoRefused(_("This text was replaced meanwhile, so the judgement stays as it is."))
    if is_sealed(rater.project, seat):
        raise UndoRefused(_("You have seen what the machines said of it, so the answer stays."))
    if seat.mode not in MEASURING:
        _withdraw_decision(rendition, seat)
    _take_back_questions(rendition, seat, judgement)
    Judgement.objects.create(
        project=rater.project,
        assignment=seat,
        rendition=rendition,
        rater=rater,
        outcome=Judgement.Outcome.WITHDRAWN,
        client_id=uuid.uuid4(),
        supersedes=judgement,
    )
    now = timezone.now()
    seat.state, seat.claimed_at, seat.lease_until, seat.closed_at = (
        State.LEASED, _before_others(seat), now + LEASE, None,
    )  # fmt: skip
    seat.save(update_fields=["state", "claimed_at", "lease_until", "closed_at"])
    make_reports_stale(project=rater.project_id, language=rendition.language)
    return seat


def _latest(rater: Rater, pools: Sequence[str] | None, client_id: uuid.UUID | None) -> Judgement:
    recent = (
        Judgement.objects.filter(project=rater.project_id, rater=rater)
        .exclude(outcome=Judgement.Outcome.WITHDRAWN)
        # What was mended along with another text goes back with that one.
        .exclude(assignment__shown__has_key="along")
        .select_related("successor", "assignment", "rendition")
        .order_by("-pk")
    )
    if pools is not None:
        # An edit is taken back at the desk of its language.
        written = [pool_of(Assignment.Kind.WRITE, pool.partition(":")[2]) for pool in pools]
        recent = recent.filter(assignment__pool__in=[*pools, *written])
    for judgement in recent[:BACK]:
        if not hasattr(judgement, "successor") and client_id in (None, judgement.client_id):
            return judgement
    raise UndoRefused(_("There is nothing left to undo."))


def _before_others(seat: Assignment) -> datetime:
    """A time of claiming before that of every seat the person holds: seats are asked in its order."""
    held = Assignment.objects.filter(rater=seat.rater_id, state=State.LEASED)
    first = held.aggregate(first=Min("claimed_at"))["first"] or timezone.now()
    return min(first - timedelta(microseconds=1), seat.claimed_at or first)


def _withdraw_decision(rendition: Rendition, seat: Assignment) -> None:
    """End the decision that stands on this seat's round; raise UndoRefused where it is final."""
    for over in adjudications_of(rendition.pk, seat.round).select_for_update(no_key=True):
        if over.state == State.DONE:
            raise UndoRefused(_("It was adjudicated meanwhile, so the judgement stays as it is."))
        if over.state == State.LEASED:
            raise UndoRefused(_("An adjudicator is looking at it now."))
    standing = current_decision(rendition, lock=True)
    if standing is None:
        return
    if standing.origin == Decision.Origin.ADJUDICATED and not standing.gold:
        raise UndoRefused(_("It was adjudicated, so the judgement stays as it is."))
    if certificate_over(
        project=rendition.project_id, language=rendition.language, origin=standing.origin
    ):
        raise UndoRefused(_("A certificate counts on it, so the judgement stays as it is."))
    if standing.origin in (Decision.Origin.SINGLE, Decision.Origin.AGREED):
        rounds = Judgement.objects.filter(reading=standing.reading_id)
        if rounds.filter(assignment__round=seat.round).exists():
            standing.rendition = rendition
            withdraw(standing, "a judgement was undone")


def _take_back_questions(rendition: Rendition, seat: Assignment, judgement: Judgement) -> None:
    """Take away the seats that were opened because of the judgement and that nobody has taken."""
    now = timezone.now()
    adjudications_of(rendition.pk, seat.round).filter(state=State.OPEN).update(
        state=State.VOID, closed_at=now
    )
    if judgement.outcome in UNANSWERED:
        extra = (
            Assignment.objects.filter(rendition=rendition, round=seat.round, state=State.OPEN)
            .order_by("-seat")
            .first()
        )
        if extra and extra.seat > seat.seat:
            extra.state, extra.closed_at = State.VOID, now
            extra.save(update_fields=["state", "closed_at"])
