"""What happened in a project, and the webhooks that carry it to programs."""

from __future__ import annotations

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.actions.notices import KINDS, TRY, add_webhook
from annotate.models import Notice, Webhook

from .described import FAULTY, FORBIDDEN
from .gate import ProjectView
from .paging import PageAsked, page, page_of


class NoticeSerializer(serializers.ModelSerializer):
    """Something that happened; a webhook sends the same facts as ``data``."""

    class Meta:
        model = Notice
        fields = ("id", "kind", "language", "facts", "made_at")


class WebhookSerializer(serializers.ModelSerializer):
    """A webhook, without its secret."""

    kinds = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Webhook
        fields: tuple[str, ...] = ("id", "url", "kinds", "is_enabled", "failures", "made_at")


class MadeWebhookSerializer(WebhookSerializer):
    """A webhook as it is made: the only time that its secret is shown."""

    secret = serializers.CharField(help_text="what its messages are signed with")

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")


class WebhookAsked(serializers.Serializer):
    """Where messages go, and of which kinds."""

    url = serializers.URLField(max_length=500)
    kinds = serializers.ListField(child=serializers.ChoiceField(KINDS), allow_empty=False)

    def validate_url(self, url: str) -> str:
        """Refuse other than http and https, and a password in the address: it would be shown."""
        if not url.startswith(("https://", "http://")) or "@" in url.split("/")[2]:
            raise serializers.ValidationError(
                "Give an address that begins with https://, without name and password."
            )
        return url


class NewsView(ProjectView):
    """The notices."""

    @extend_schema(
        tags=["news"], operation_id="news_list", parameters=[PageAsked],
        responses={200: page_of(NoticeSerializer), **FAULTY, **FORBIDDEN},
    )  # fmt: skip
    def get(self, request: Request, slug: str) -> Response:
        """List what happened, newest first."""
        rows = Notice.objects.filter(project=self.project).exclude(kind=TRY)
        return page(request, rows, NoticeSerializer, newest_first=True)


class WebhooksView(ProjectView):
    """The webhooks."""

    @extend_schema(
        tags=["news"], operation_id="webhooks_list",
        responses={200: WebhookSerializer(many=True), **FORBIDDEN},
    )  # fmt: skip
    def get(self, request: Request, slug: str) -> Response:
        """List the webhooks."""
        rows = Webhook.objects.filter(project=self.project).order_by("pk")
        return Response(WebhookSerializer(rows, many=True).data)

    @extend_schema(
        tags=["news"], operation_id="webhooks_create", request=WebhookAsked,
        responses={201: MadeWebhookSerializer, **FAULTY, **FORBIDDEN},
    )  # fmt: skip
    def post(self, request: Request, slug: str) -> Response:
        """Add a webhook; its secret is in this answer and in no other."""
        asked = WebhookAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        hook, secret = add_webhook(self.project, made_by=request.user, **asked.validated_data)
        return Response({**WebhookSerializer(hook).data, "secret": secret}, status=201)


class OneWebhookView(ProjectView):
    """One webhook."""

    @extend_schema(
        tags=["news"], operation_id="webhooks_destroy", responses={204: None, **FORBIDDEN}
    )
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        """Remove a webhook; what waits for it is not sent."""
        if not Webhook.objects.filter(project=self.project, pk=pk).delete()[0]:
            raise Http404("This project has no such webhook.")
        return Response(status=204)
