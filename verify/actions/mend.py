"""Mend a translation: a reviewer's edit makes the text that stands, and its labels follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate.actions.readings import NewReading, write_readings
from annotate.models import Candidate, Project, Rendition
from annotate.readings import Reading as ReadingValue
from annotate.reanchor import SURE, reanchored
from verify.errors import MendRefused, MendUnconfirmed, SeatLost
from verify.mending import Mending, unlike
from verify.models import Assignment, Judgement, Rater

from .claim import LEASE
from .decide import current_decision
from .judge import hold
from .replace import replace_rendition, texts_of
from .seats import NewSeat, open_seats, pool_of
from .stale import make_reports_stale

Kind, Mode, State = Assignment.Kind, Assignment.Mode, Assignment.State
# Who wrote a text sits in a round before all rounds of judging.
WRITTEN_ROUND = 0
# Modes that stay what they are when the text is another; plants and repeats end with the old text.
LASTING = (Mode.BLIND, Mode.AUDIT)


@dataclass(frozen=True, slots=True)
class Mended:
    """What an edit came to: who wrote it, the seat to go on in, and spans of their own that moved.

    ``kept`` are (key, start, end, whether the place is sure); a span that is left out is gone.
    """

    judgement: int
    seat: Assignment | None
    kept: tuple[tuple[str, int, int, bool], ...] = ()


@transaction.atomic
def mend(seat: int, *, rater: Rater, mending: Mending) -> Mended:
    """Put a reviewer's text in place of the one in their seat, which is kept but stands back.

    The judgement that wrote it points to the new rendition. Open seats of the old text are void, as
    many are opened on the new one, and the first is theirs. The same ``client_id`` again returns
    the first result. Raises SeatLost, MendRefused, or MendUnconfirmed where others judged the text.
    """
    project = rater.project
    rendition, place = _enter(seat)
    earlier = Judgement.objects.filter(project=project, client_id=mending.client_id).first()
    if earlier is not None:
        return _again(earlier, rater)
    if rendition is None or place is None:
        raise SeatLost(_("There is no such seat."))
    hold(place, rater)
    before = texts_of(rendition)
    _check(project, rendition, place, rater, mending)
    successor = succeed(
        project, rendition, mending.after(), rater=rater, client_id=mending.client_id,
        shown={"mended": rendition.pk, "seat": place.pk}, round=place.round,
        times={"shown_at": mending.shown_at, "hidden_seconds": mending.hidden_seconds},
    )  # fmt: skip
    own = _take_seat(project, successor, place, rater)
    after = texts_of(successor.rendition)
    kept = []
    for name in {span.field for span in mending.kept}:
        spans = [span for span in mending.kept if span.field == name and name in before]
        for span in reanchored(spans, before.get(name, ""), after.get(name, ""))[0]:
            sure = span.score == SURE
            kept.append((span.key, span.start or 0, span.end or 0, sure))
    return Mended(successor.judgement.pk, own, tuple(kept))


@dataclass(frozen=True, slots=True)
class Successor:
    """A text that took another's place: its rendition, labels, author's judgement, and open seats."""

    rendition: Rendition
    reading: int | None
    judgement: Judgement
    seats: tuple[Assignment, ...]


def succeed(
    project: Project, rendition: Rendition, texts: dict[str, str], *, rater: Rater,
    client_id: UUID, shown: dict[str, Any], round: int | None = None,
    times: dict[str, Any] | None = None,
) -> Successor:  # fmt: skip
    """Let a person's texts take a rendition's place, with as many seats as a round of it had.

    The round is the newest unless given. ``shown`` is what the author's seat remembers, so that it
    can be taken back. Call under the rendition's lock.
    """
    live = _live_seats(rendition)
    lost = [seat.pk for seat in live if seat.state in (State.OPEN, State.LEASED)]
    round = round or max((seat.round for seat in live), default=1)
    decision = current_decision(rendition)
    made = replace_rendition(
        project=project, rendition=rendition, texts=texts, origin=Rendition.Origin.PERSON
    )
    found = Candidate.objects.filter(rendition=made, reading__isnull=False).first()
    shown |= {"voided": lost, "decision": decision.pk if decision else None}
    judgement = _write(project, made, rater, client_id, shown, times or {})
    reading = found.reading_id if found else None
    _open(project, made, [seat for seat in live if seat.round == round], reading)
    make_reports_stale(project=project.pk, language=made.language)
    seats = Assignment.objects.filter(rendition=made, round__gt=WRITTEN_ROUND)
    return Successor(made, reading, judgement, tuple(seats.order_by("seat")))


def may_mend(project: Project, *, kind: str, is_translation: bool) -> bool:
    """Whether the project lets reviewers mend, and this is a translation under review."""
    allowed = bool(project.policy.get("mending", True))
    return allowed and is_translation and kind == Kind.REVIEW


def _enter(seat: int) -> tuple[Rendition | None, Assignment | None]:
    rendition = (
        Rendition.objects.filter(assignments=seat)
        .select_for_update(no_key=True, of=("self",))
        .select_related("made_from")
        .first()
    )
    found = Assignment.objects.select_for_update(no_key=True).filter(pk=seat).first()
    return rendition, found


def _check(
    project: Project, rendition: Rendition, seat: Assignment, rater: Rater, mending: Mending
) -> None:
    """Raise what stands against the edit."""
    is_translation = rendition.made_from_id is not None
    if not may_mend(project, kind=seat.kind, is_translation=is_translation):
        raise MendRefused(_("Texts are not mended here. Report the text instead."))
    decision = current_decision(rendition, lock=True)
    if decision is not None and decision.gold:
        raise MendRefused(_("This text stays as it is. If it is wrong, report it."))
    changed = unlike(mending.texts, texts_of(rendition)) if rendition.is_current else ["text"]
    if changed:
        raise MendRefused(
            _("The text changed while you wrote. Your version is kept on this device.")
        )
    said = judged_by_others(rendition, rater)
    if said != mending.confirmed:
        message = ngettext(
            "%d judgement of this text by somebody else would count no more.",
            "%d judgements of this text by others would count no more.",
            said,
        )
        raise MendUnconfirmed(message % said, {"confirmed": said})


def judged_by_others(rendition: Rendition, rater: Rater) -> int:
    """How many judgements by other people stand on a rendition; who wrote it does not count."""
    return (
        Judgement.objects.filter(rendition=rendition, successor__isnull=True)
        .exclude(outcome=Judgement.Outcome.WITHDRAWN)
        .exclude(assignment__round=WRITTEN_ROUND)
        .exclude(rater=rater)
        .count()
    )


def _live_seats(rendition: Rendition) -> list[Assignment]:
    """The seats of judging that are open, taken or done."""
    found = Assignment.objects.filter(rendition=rendition, round__gt=WRITTEN_ROUND)
    gone = [State.VOID, State.SKIPPED]
    return list(found.exclude(state__in=gone).order_by("round", "seat"))


def _write(
    project: Project, made: Rendition, rater: Rater, client_id: UUID, shown: dict[str, Any],
    times: dict[str, Any],
) -> Judgement:  # fmt: skip
    """The judgement that wrote a rendition, in a seat of its own; its reading says nothing of labels."""
    now = timezone.now()
    seat = Assignment.objects.create(
        project=project, rendition=made, kind=Kind.WRITE, round=WRITTEN_ROUND,
        pool=pool_of(Kind.WRITE, made.language), shuffle=0.0, state=State.DONE, rater=rater,
        claimed_at=now, closed_at=now, shown=shown,
    )  # fmt: skip
    empty = write_readings(project, [NewReading(made.pk, ReadingValue(), {}, None, {}, None)])[0]
    return Judgement.objects.create(
        project=project, assignment=seat, rendition=made, rater=rater, reading_id=empty,
        outcome=Judgement.Outcome.ANSWERED, client_id=client_id, **times,
    )  # fmt: skip


def _open(project: Project, made: Rendition, live: list[Assignment], reading: int | None) -> None:
    rows = [
        NewSeat(
            made.pk, made.language, seat=number,
            mode=seat.mode if seat.mode in LASTING else Mode.ASSISTED,
            band=0, sample=seat.sample_id if seat.mode == Mode.AUDIT else None,
            preset={"mode": _mode_of(seat), **({"readings": [reading]} if reading else {})},
        )
        for number, seat in enumerate([s for s in live if s.kind == Kind.REVIEW], 1)
    ]  # fmt: skip
    open_seats(project, rows)


def _mode_of(seat: Assignment) -> str:
    known = (seat.shown or {}).get("mode")
    return known or ("blind" if seat.mode in LASTING else "assisted")


def _take_seat(
    project: Project, successor: Successor, old: Assignment, rater: Rater
) -> Assignment | None:
    """Lease the person the seat on the new text that stands for theirs on the old one."""
    mode = _mode_of(old)
    asked = [s for s in successor.seats if (s.shown or {}).get("preset", {}).get("mode") == mode]
    if not asked:
        return None
    seat, now = asked[0], timezone.now()
    origin = successor.rendition.made_from
    preset = (seat.shown or {}).get("preset", {})
    seat.shown = {
        "readings": [], **preset, "preset": preset, "basis": origin.standing_id if origin else None,
        "options": (old.shown or {}).get("options"),
    }  # fmt: skip
    seat.state, seat.rater, seat.claimed_at, seat.lease_until = (
        State.LEASED, rater, now, now + LEASE,
    )  # fmt: skip
    seat.save(update_fields=["shown", "state", "rater", "claimed_at", "lease_until"])
    return seat


def _again(earlier: Judgement, rater: Rater) -> Mended:
    """What the same edit came to when it was sent before."""
    if earlier.rater_id != rater.pk or earlier.assignment.round != WRITTEN_ROUND:
        raise SeatLost(_("That was sent already, for another seat or by somebody else."))
    seat = Assignment.objects.filter(
        rendition=earlier.rendition_id, rater=rater, state=State.LEASED
    ).first()
    return Mended(earlier.pk, seat)
