"""Erase a person: their judgements stay, under a pseudonym that leads to nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from annotate.actions.people import LastManager, remove_member
from annotate.models import Membership
from verify.models import Assignment, Decision, Judgement, Rater, Thread

# What stands where an erased person asked something.
ERASED = "(erased)"


class StillNeeded(ValueError):
    """Somebody whom projects, or the site, cannot do without; ``projects`` names them."""

    def __init__(self, projects: Sequence[str]) -> None:
        if projects:
            told = _("Make somebody else a manager first, of: %s.") % ", ".join(projects)
        else:
            told = _("You are the only one who keeps this site: make somebody else staff first.")
        super().__init__(told)


@transaction.atomic
def erase_person(*, user: AbstractBaseUser) -> int:
    """Cut a person from their raters in all projects, blank their comments and credits; return how many.

    Seats they hold go back to the queue; the audit trail of decisions forgets their name too.
    """
    with scopes_disabled():
        raters = list(Rater.objects.filter(user_id=user.pk).values_list("pk", flat=True))
        _give_up_seats(raters)
        _forget_reasons(raters)
        Judgement.objects.filter(rater_id__in=raters).exclude(comment="").update(comment="")
        Thread.objects.filter(rater_id__in=raters).update(question=ERASED)
        Thread.objects.filter(answered_by_id=user.pk).update(answered_by=None)
        Decision.objects.filter(made_by_id=user.pk).update(made_by=None)
        events = apps.get_model("verify", "DecisionEvent")
        events._default_manager.filter(made_by_id=user.pk).update(made_by=None)
        Rater.objects.filter(pk__in=raters).update(user=None, credit="")
    return len(raters)


@transaction.atomic
def leave_project(member: Membership) -> None:
    """End one's own membership: seats held go back, what was judged stays. Raises LastManager."""
    _give_up_seats(
        Rater.objects.filter(project=member.project_id, user=member.user_id).values_list("pk")
    )
    remove_member(member)


@transaction.atomic
def erase_account(*, user: Any) -> None:
    """Erase a person and delete their account. Raises StillNeeded, and then changes nothing."""
    needed = []
    with scopes_disabled():
        for member in Membership.objects.filter(user=user).select_related("project"):
            try:
                remove_member(member)
            except LastManager:
                needed.append(member.project.name)
        if needed:
            raise StillNeeded(needed)
        others = get_user_model().objects.filter(is_staff=True, is_active=True).exclude(pk=user.pk)
        if user.is_staff and not others.exists():
            raise StillNeeded([])
        erase_person(user=user)
        user.delete()


def _give_up_seats(raters: Any) -> None:
    Assignment.objects.filter(rater_id__in=raters, state="leased").update(
        state="open", rater=None, lease_until=None, claimed_at=None
    )


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
