"""Signing in by token: its use is noted, and one made for a project opens nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotFound, PermissionDenied
from rest_framework.request import Request

from annotate.models import TokenReach

NOTED_EVERY = timedelta(minutes=1)


class ReachedTokens(TokenAuthentication):
    """Tokens held to their reach here, at the door, so that no view can forget to ask."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The person and their token, if one came.

        Raises AuthenticationFailed for a token that does not hold, NotFound where one of a project
        asks for another, PermissionDenied where it asks for what belongs to no project.
        """
        found = super().authenticate(request)
        if found is None:
            return None
        reach = _noted(found[1])
        if reach.project is not None:
            match = request.resolver_match
            slug = match.kwargs.get("slug") if match else None
            if slug is None:
                raise PermissionDenied(
                    f"This token is good for the project {reach.project.slug} only."
                )
            if slug != reach.project.slug:
                raise NotFound("No such project.")
        return found


class PasswordAuthentication(BasicAuthentication):
    """Name and password, of those whom a password alone signs in."""

    def authenticate_credentials(
        self, userid: str, password: str, request: Any = None
    ) -> tuple[Any, None]:
        """Raises AuthenticationFailed for a wrong password, and where a second step is on."""
        user, _ = super().authenticate_credentials(userid, password, request)
        if is_mfa_enabled(user):
            raise AuthenticationFailed(
                "This account has a second step at sign-in: make the token on its account page."
            )
        return user, None


class PasswordsDescribed(OpenApiAuthenticationExtension):
    """How the schema speaks of passwords."""

    target_class = PasswordAuthentication
    name = "password"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Name and password, to make tokens with."""
        return {"type": "http", "scheme": "basic", "description": "Your name and password."}


class TokensDescribed(OpenApiAuthenticationExtension):
    """How the schema speaks of tokens."""

    target_class = ReachedTokens
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "A token made at `tokens/`."}


def _noted(token: Any) -> TokenReach:
    """The token's reach, its use written at most once a minute."""
    reach = TokenReach.objects.select_related("project").filter(token=token).first()
    reach = reach or TokenReach(token=token)
    now = timezone.now()
    if reach.used_at is None or reach.used_at < now - NOTED_EVERY:
        reach.used_at = now
        if reach._state.adding:
            TokenReach.objects.bulk_create([reach], ignore_conflicts=True)
        else:
            reach.save(update_fields=["used_at"])
    return reach
