"""How people sign in, as django-allauth asks for it: their language, their second step, outside accounts."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from annotate.middleware import note_seen
from annotate.sealing import SealBroken, seal, unseal
from annotate.views.preferences import settle_language

PURPOSE = "second step"
# What is said by the page that follows anyway.
UNSAID = ("account/messages/logged_in.txt", "account/messages/logged_out.txt")


class Accounts(DefaultAccountAdapter):
    """Signing in brings back the language that a person chose, and is listed."""

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """The page that follows, in the person's language."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        settle_language(request, response, user)
        note_seen(request)
        return response

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None,
        *args: Any, **kwargs: Any,
    ) -> None:  # fmt: skip
        """Say what happened, unless the page shows it."""
        if message_template not in UNSAID:
            super().add_message(request, level, message_template, *args, **kwargs)


class OutsideAccounts(DefaultSocialAccountAdapter):
    """Accounts that an organisation's own sign-in makes: they see no project without an invite."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Whether somebody unknown here gets an account by signing in there."""
        return bool(settings.OIDC_NEW_ACCOUNTS)


class SecondSteps(DefaultMFAAdapter):
    """Secrets of authenticator apps lie encrypted in the database, by a key of the site's own."""

    def build_totp_svg(self, url: str) -> str:
        """The QR code as the data of a path in a square of 100: the page draws it."""
        code = qrcode.QRCode(border=2)
        code.add_data(url)
        rows = code.get_matrix()
        unit = 100 / len(rows)
        return "".join(
            f"M{x * unit:.3f} {y * unit:.3f}h{unit:.3f}v{unit:.3f}h-{unit:.3f}z"
            for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark
        )  # fmt: skip

    def encrypt(self, text: str) -> str:
        """What is stored."""
        return seal(text, PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """What was stored; nothing that any code fits when the site's SECRET_KEY has changed."""
        try:
            return unseal(encrypted_text, PURPOSE)
        except SealBroken:
            return base64.b32encode(hashlib.sha256(encrypted_text.encode()).digest()).decode()
