"""Secrets that must be read again later lie in the database sealed, by a key made of SECRET_KEY."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class SealBroken(ValueError):
    """What was sealed cannot be read: the site's SECRET_KEY is another one now."""


def seal(text: str, purpose: str) -> str:
    """A secret as it may be stored. What is sealed for one purpose opens for no other."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: str) -> str:
    """The secret again. Raises SealBroken."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SealBroken(
            f"The secret of the {purpose} was sealed with another SECRET_KEY."
        ) from None


def _box(purpose: str) -> Fernet:
    key = hashlib.sha256(f"vouch {purpose}\0{settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
