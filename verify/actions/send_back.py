"""Send a disagreement back to those who judged it, with a reason that they read at the desk."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.access import Role
from annotate.models import Membership, Rendition
from verify.errors import SeatLost, SendBackRefused, SubmissionError
from verify.models import Assignment, Judgement, Rater
from verify.reveal import is_sealed

from .judge import hold
from .settle import PROBLEMS
from .stale import make_reports_stale

State = Assignment.State
# How long a seat waits for the person who judged it before; then anybody may take it.
KEPT = timedelta(days=7)
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class SentBack:
    """Whose seats reopened for themselves, and how many are open to anybody."""

    raters: tuple[Rater, ...]
    opened: int


@transaction.atomic
def send_back(assignment: Assignment | int, *, rater: Rater, reason: str) -> SentBack:
    """Give an adjudicator's seat up and have its reviewers judge again, knowing ``reason``.

    What each had said is superseded by a ``withdrawn`` judgement of the adjudicator that holds the
    reason; their seats are leased to them for a week, or open to all where somebody has left. When
    they agree, that decides; else a new seat of adjudication opens. Sending twice changes nothing.
    Raises SubmissionError without a reason, SeatLost where the seat is not the rater's, and
    SendBackRefused where nobody judged, where the text belongs to a sample, whose judge must not be
    told, and where the answers of machines were revealed after a blind judgement.
    """
    why = " ".join(reason.split())
    if not why or len(why) > LONGEST_REASON:
        raise SubmissionError(
            [_("Say in 1 to %s characters what to look at again.") % LONGEST_REASON]
        )
    pk = assignment if isinstance(assignment, int) else assignment.pk
    rendition, seat = _locked(pk, rater)
    if seat.state == State.VOID and seat.rater_id == rater.pk and "sent_back" in (seat.shown or {}):
        return SentBack((), 0)
    if seat.kind != Assignment.Kind.ADJUDICATE:
        raise SendBackRefused(_("Only what is being adjudicated can be sent back."))
    hold(seat, rater)
    said = _judged(rendition, seat)
    _refuse(said)
    _withdraw(said, rater, why)
    able = _able(said, rendition)
    for judgement in said:
        _reopen(judgement.assignment, judgement.rater if judgement.rater_id in able else None, {
            "by": rater.pk, "why": why})  # fmt: skip
    now = timezone.now()
    seat.state, seat.lease_until, seat.closed_at = State.VOID, None, now
    seat.shown = {**(seat.shown or {}), "sent_back": why}
    seat.save(update_fields=["state", "lease_until", "closed_at", "shown"])
    make_reports_stale(project=rater.project_id, language=rendition.language)
    raters = tuple(judgement.rater for judgement in said if judgement.rater_id in able)
    return SentBack(raters, len(said) - len(raters))


def _locked(pk: int, rater: Rater) -> tuple[Rendition, Assignment]:
    """The rendition, locked first as everybody does who settles a round, and the seat."""
    found = Rendition.objects.filter(assignments=pk, project=rater.project_id)
    rendition = found.select_for_update(no_key=True, of=("self",)).first()
    seat = Assignment.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if rendition is None or seat is None:
        raise SeatLost(_("There is no such seat."))
    return rendition, seat


def _judged(rendition: Rendition, seat: Assignment) -> list[Judgement]:
    """The judgements of the round that count and can be given again."""
    return list(
        Judgement.objects.filter(
            rendition=rendition,
            assignment__round=(seat.shown or {}).get("settles", 0),
            assignment__kind=Assignment.Kind.REVIEW,
            assignment__state=State.DONE,
            outcome__in=[Judgement.Outcome.ANSWERED, *PROBLEMS],
            successor__isnull=True,
        )
        .select_related("assignment", "rater", "rater__user")
        .order_by("assignment__seat")
    )


def _refuse(said: Sequence[Judgement]) -> None:
    if not said:
        raise SendBackRefused(_("Nobody has judged this, so it cannot be sent back to anybody."))
    for judgement in said:
        seat = judgement.assignment
        if (
            seat.sample_id
            or seat.mode == Assignment.Mode.AUDIT
            or "certifies" in (seat.shown or {})
        ):
            raise SendBackRefused(
                _("This text was drawn to count errors; its judge must not be told. Decide it.")
            )
        if is_sealed(judgement.project, seat):
            raise SendBackRefused(
                _("Its reviewers have seen what the machines said of it since. Decide it.")
            )


def _withdraw(said: Sequence[Judgement], rater: Rater, why: str) -> None:
    """Supersede what was said; the row names who sent it back, and why."""
    for judgement in said:
        Judgement.objects.create(
            project=rater.project, assignment=judgement.assignment,
            rendition_id=judgement.rendition_id, rater=rater,
            outcome=Judgement.Outcome.WITHDRAWN, client_id=uuid.uuid4(), comment=why,
            supersedes=judgement,
        )  # fmt: skip


def _able(said: Sequence[Judgement], rendition: Rendition) -> set[int]:
    """The raters who can still be asked in this language."""
    users = {judgement.rater.user_id for judgement in said if judgement.rater.user_id}
    members = {
        row.user_id: row
        for row in Membership.objects.filter(project=rendition.project_id, user_id__in=users)
    }
    return {
        j.rater_id for j in said if _reads(j.rater, members.get(j.rater.user_id or 0), rendition)
    }


def _reads(rater: Rater, member: Membership | None, rendition: Rendition) -> bool:
    if rater.user is None or not rater.user.is_active:
        return False
    is_manager = rater.user.is_staff or (member is not None and member.role == Role.MANAGER)
    own = member.languages if member else []
    return rendition.language in own or (is_manager and not own)


def _reopen(seat: Assignment, rater: Rater | None, returned: dict[str, Any]) -> None:
    """Ask the seat again: of this person before all else, or of anybody."""
    shown = seat.shown or {}
    preset = {**shown.get("preset", {}), "returned": returned}
    now = timezone.now()
    if rater:
        seat.shown = {**shown, "preset": preset, "returned": returned}
        seat.state, seat.lease_until = State.LEASED, now + KEPT
        seat.claimed_at = _before_others(rater, now)
    else:
        seat.shown = {"preset": preset}
        seat.state, seat.lease_until, seat.claimed_at, seat.rater = State.OPEN, None, None, None
    seat.band, seat.closed_at = 0, None
    seat.save(update_fields=["shown", "state", "lease_until", "claimed_at", "rater", "band",
                             "closed_at"])  # fmt: skip


def _before_others(rater: Rater, now: datetime) -> datetime:
    """A time of claiming before that of every seat the person holds: seats are asked in its order."""
    held = Assignment.objects.filter(rater=rater, state=State.LEASED)
    first: datetime = held.aggregate(first=Min("claimed_at"))["first"] or now
    return first - timedelta(microseconds=1)
