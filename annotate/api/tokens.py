"""Personal tokens: a person makes them with their password, and revokes them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework import serializers
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from annotate.access import project_for
from annotate.actions.tokens import make_token, revoke_token

from .asked import NewToken
from .described import FAULTY, UNKNOWN
from .signing import PasswordAuthentication, ReachedTokens


class TokenSerializer(serializers.ModelSerializer):
    """A token, without its secret part."""

    key = serializers.CharField(source="token_key", help_text="its first characters, to tell it by")
    name = serializers.CharField(source="reach.name", default="", help_text="what you called it")
    project = serializers.SlugField(
        source="reach.project.slug", default=None, allow_null=True,
        help_text="the one project that it opens; null for all of yours",
    )  # fmt: skip
    used = serializers.DateTimeField(
        source="reach.used_at", default=None, allow_null=True,
        help_text="when it was last used, to the minute",
    )  # fmt: skip

    class Meta:
        model = AuthToken
        fields: tuple[str, ...] = ("key", "name", "project", "created", "expiry", "used")
        read_only_fields = fields


class MadeTokenSerializer(TokenSerializer):
    """A token as it is made: the only time that it is shown whole."""

    token = serializers.CharField(help_text="send it as: Authorization: Bearer TOKEN")

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "token")


class Guesses(SimpleRateThrottle):
    """Ten passwords a minute for each name, right or wrong, wherever they come from."""

    scope = "token"
    rate = "10/min"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """The name that a password is offered for; none where no password comes."""
        kind, _, rest = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            name = base64.b64decode(rest).partition(b":")[0]
        except binascii.Error:
            name = b""
        return self.cache_format % {"scope": self.scope, "ident": name.hex()}


class GuardedView(APIView):
    """A view that may be asked with a password: guesses are counted before one is looked at."""

    authentication_classes: Sequence[type[BaseAuthentication]] = (
        PasswordAuthentication,
        SessionAuthentication,
    )
    throttle_classes = (Guesses,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Count the guess first."""
        self.check_throttles(request)
        super().initial(request, *args, **kwargs)

    def check_throttles(self, request: Request) -> None:
        """Count once, though the base class asks again after signing in."""
        if not hasattr(self, "_counted"):
            self._counted = True
            super().check_throttles(request)


class TokensView(GuardedView):
    """One's own tokens. A token cannot make tokens: that takes a password or a session."""

    @extend_schema(
        tags=["tokens"], operation_id="tokens_list", responses={200: TokenSerializer(many=True)}
    )
    def get(self, request: Request) -> Response:
        """List your tokens."""
        rows = AuthToken.objects.filter(user=request.user).select_related("reach__project")
        rows = rows.order_by("-created")
        return Response(TokenSerializer(rows, many=True).data)

    @extend_schema(
        tags=["tokens"], operation_id="tokens_create", request=NewToken,
        responses={201: MadeTokenSerializer, **FAULTY, **UNKNOWN},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Make a token with your name and password. It may do what you may, until it expires.

        Made for a project it opens that one alone, so that a program that leaks it leaks no more.
        """
        asked = NewToken(data=request.data)
        asked.is_valid(raise_exception=True)
        fields = asked.validated_data
        if "project" in fields:
            fields["project"] = project_for(request.user, fields["project"])
        row, token = make_token(request.user, **fields)
        return Response({**TokenSerializer(row).data, "token": token}, status=201)


class OneTokenView(GuardedView):
    """One of one's own tokens."""

    authentication_classes = (*GuardedView.authentication_classes, ReachedTokens)

    @extend_schema(tags=["tokens"], operation_id="tokens_destroy", responses={204: None, **UNKNOWN})
    def delete(self, request: Request, key: str) -> Response:
        """Revoke a token at once."""
        if not revoke_token(request.user, key=key):
            raise Http404("You have no such token.")
        return Response(status=204)
