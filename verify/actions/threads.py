"""Ask the manager about a text, and answer: one question, one answer."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.access import User
from annotate.actions.notices import tell
from verify.errors import SeatLost, SubmissionError, VerifyError
from verify.models import Assignment, Rater, Thread

LONGEST = 5000


@transaction.atomic
def ask(*, rater: Rater, seat: int, client_id: UUID, question: str) -> Thread:
    """Store a person's question about the text in their seat; the same ``client_id`` stores it once.

    Raises SubmissionError for an empty or overlong question, SeatLost for a seat never theirs.
    """
    text = _text(question, _("question"))
    place = Assignment.objects.filter(pk=seat, rater=rater).first()
    if place is None:
        raise SeatLost(_("This seat is not yours."))
    thread, made = Thread.objects.get_or_create(
        project=rater.project,
        client_id=client_id,
        defaults={"rater": rater, "rendition_id": place.rendition_id, "question": text},
    )
    if thread.rater_id != rater.pk:
        raise VerifyError(_("That was asked already, by somebody else."))
    if made:
        tell(rater.project, "question.asked", language=place.rendition.language, thread=thread.pk)
    return thread


@transaction.atomic
def answer(*, thread: Thread, by: User, text: str) -> Thread:
    """Answer a question, or answer it anew; the person who asked is told again.

    Raises SubmissionError for an empty or overlong answer.
    """
    said = _text(text, _("answer"))
    thread = Thread.objects.select_for_update().get(pk=thread.pk)
    thread.answer, thread.answered_by_id = said, by.pk
    thread.answered_at, thread.read_at = timezone.now(), None
    thread.save(update_fields=["answer", "answered_by", "answered_at", "read_at"])
    return thread


def mark_read(*, rater: Rater, thread: int) -> int:
    """Note that a person has read the answer to their question; return 1, or 0 if it is not theirs."""
    found = Thread.objects.filter(pk=thread, rater=rater, answered_at__isnull=False)
    return found.filter(read_at__isnull=True).update(read_at=timezone.now())


def _text(text: str, name: str) -> str:
    if not text.strip():
        raise SubmissionError([_("The %s is empty.") % name])
    if len(text) > LONGEST:
        raise SubmissionError(
            [_("The %(name)s has more than %(most)d characters.") % {"name": name, "most": LONGEST}]
        )
    return text.strip()
