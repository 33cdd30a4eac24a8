"""Make and revoke the personal tokens that programs sign in with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from knox.models import AuthToken


def make_token(user: Any, *, days: int) -> tuple[AuthToken, str]:
    """A token good for so many days, and its text, which is kept nowhere: only its hash is."""
    row, text = AuthToken.objects.create(user=user, expiry=timedelta(days=days))
    return row, text


def revoke_token(user: Any, *, key: str) -> bool:
    """End a person's token by its first characters; False when they have no such token."""
    count, _ = AuthToken.objects.filter(user=user, token_key=key).delete()
    return bool(count)
