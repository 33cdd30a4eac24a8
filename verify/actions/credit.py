"""Thank a person by name, if and as long as they wish it."""

from __future__ import annotations

from django.db import transaction

from annotate.actions.people import say_variety
from annotate.models import Membership
from verify.models import Rater


@transaction.atomic
def introduce(
    rater: Rater, *, credit: str, variety: str, member: Membership | None = None
) -> Rater:
    """Keep the name to thank a person by ('' for none) and, of a member, the variety they speak."""
    Rater.objects.filter(pk=rater.pk).update(credit=credit)
    if member is not None:
        say_variety(member, variety)
    rater.credit = credit
    return rater
