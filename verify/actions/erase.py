"""Erase a person: their judgements stay, under a pseudonym that leads to nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django_scopes import scopes_disabled

from verify.models import Assignment, Decision, Judgement, Rater, Thread

# What stands where an erased person asked something.
ERASED = "(erased)"


@transaction.atomic
def erase_person(*, user: AbstractBaseUser) -> int:
    """Cut a person from their raters in all projects, blank their comments and credits; return how many.

    Seats they hold go back to the queue; the audit trail of decisions forgets their name too.
    """
    with scopes_disabled():
        raters = list(Rater.objects.filter(user_id=user.pk).values_list("pk", flat=True))
        Assignment.objects.filter(rater_id__in=raters, state="leased").update(
            state="open", rater=None, lease_until=None, claimed_at=None
        )
        _forget_reasons(raters)
        Judgement.objects.filter(rater_id__in=raters).exclude(comment="").update(comment="")
        Thread.objects.filter(rater_id__in=raters).update(question=ERASED)
        Thread.objects.filter(answered_by_id=user.pk).update(answered_by=None)
        Decision.objects.filter(made_by_id=user.pk).update(made_by=None)
        events = apps.get_model("verify", "DecisionEvent")
        events._default_manager.filter(made_by_id=user.pk).update(made_by=None)
        Rater.objects.filter(pk__in=raters).update(user=None, credit="")
    return len(raters)


def _forget_reasons(raters: Sequence[int]) -> None:
    """Blank what these people wrote when they sent disagreements back."""
    for seat in Assignment.objects.filter(shown__returned__by__in=raters):
        shown: dict[str, Any] = seat.shown or {}
        for place in (shown, shown["preset"]):
            place["returned"] = {**place["returned"], "why": ""}
        seat.save(update_fields=["shown"])
    for seat in Assignment.objects.filter(rater_id__in=raters, shown__has_key="sent_back"):
        seat.shown = {**(seat.shown or {}), "sent_back": ""}
        seat.save(update_fields=["shown"])
