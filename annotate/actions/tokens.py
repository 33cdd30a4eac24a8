"""Make and revoke the personal tokens that programs sign in with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from knox.models import AuthToken

from annotate.models import Answered, Project, TokenReach

# How long the answer to a request that may be repeated is kept.
KEPT = timedelta(days=1)


@transaction.atomic
def make_token(
    user: Any, *, days: int, name: str = "", project: Project | None = None
) -> tuple[AuthToken, str]:
    """A token good for so many days, and its text, which is kept nowhere: only its hash is.

    With a project it opens that one alone, else all that its person may open.
    """
    row, text = AuthToken.objects.create(user=user, expiry=timedelta(days=days))
    row.reach = TokenReach.objects.create(token=row, name=name, project=project)
    return row, text


def revoke_token(user: Any, *, key: str) -> bool:
    """End a person's token by its first characters; False when they have no such token."""
    count, _ = AuthToken.objects.filter(user=user, token_key=key).delete()
    return bool(count)


def forget_answers() -> int:
    """Delete the answers to repeatable requests that are older than a day; returns how many."""
    return Answered.objects.filter(answered_at__lt=timezone.now() - KEPT).delete()[0]
