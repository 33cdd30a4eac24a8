"""What those who keep the site may do with accounts: close, open, help back in, make keepers."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from knox.models import AuthToken


class LastKeeper(ValueError):
    """The site must keep somebody who keeps it."""

    def __init__(self) -> None:
        super().__init__(_("Somebody has to keep this site: make another person staff first."))


@transaction.atomic
def set_open(user: Any, *, is_open: bool) -> None:
    """Close an account, which ends its sessions and tokens at once, or open it again.

    Raises LastKeeper.
    """
    if not is_open:
        _leave_a_keeper(user)
        end_sessions(user)
        AuthToken.objects.filter(user=user).delete()
    user.is_active = is_open
    user.save(update_fields=["is_active"])


@transaction.atomic
def set_staff(user: Any, *, is_staff: bool) -> None:
    """Let a person keep the site, or no longer. Raises LastKeeper."""
    if not is_staff:
        _leave_a_keeper(user)
    user.is_staff = is_staff
    user.save(update_fields=["is_staff"])


def forget_second_step(user: Any) -> int:
    """Take a person's second step away, for one who lost phone and spare codes; returns 0 if none."""
    return int(Authenticator.objects.filter(user=user).delete()[0])


def end_sessions(user: Any) -> int:
    """Sign a person out wherever they are listed as signed in; returns of how many places."""
    found = list(UserSession.objects.filter(user=user))
    for session in found:
        session.end()
    return len(found)


def password_key(user: Any) -> tuple[str, str]:
    """Whom a link to set a new password is for, and its proof: good once, for three days."""
    return urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)


def _leave_a_keeper(user: Any) -> None:
    keepers = get_user_model().objects.select_for_update().filter(is_staff=True, is_active=True)
    if [row.pk for row in keepers] == [user.pk]:
        raise LastKeeper
