"""Certificates and the stored reports on quality by program, as the pages show them."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.gate import Conflict, ProjectView

from .actions.certificates import PlanRefused, plan_certificate, withdraw_certificate
from .models import Certificate, Report
from .planning import CONFIDENCES, RATES
from .stated import as_json

MOST = 200


class Planning(serializers.Serializer[Any]):
    """What is to be certified and how; it cannot be changed once it is kept."""

    language = serializers.CharField(max_length=35)
    rate = serializers.ChoiceField(RATES, default="0.05", help_text="at most so many wrong")
    confidence = serializers.ChoiceField(CONFIDENCES, default="0.95")
    design = serializers.ChoiceField(["fixed", "sequential"], default="fixed")
    allowed = serializers.IntegerField(min_value=0, max_value=20, default=0)
    mode = serializers.ChoiceField(["blind", "assisted"], default="blind")
    origins = serializers.ListField(
        child=serializers.ChoiceField(["imported", "accepted", "agreed", "single", "adjudicated"]),
        default=list, help_text="empty: everything decided, but for what is known right",
    )  # fmt: skip
    seed = serializers.RegexField(r"^[\w.-]*$", max_length=40, default="", allow_blank=True)


class Withdrawing(serializers.Serializer[Any]):
    """Why a certificate is withdrawn."""

    because = serializers.CharField(max_length=200)


class CertificatesView(ProjectView):
    """The certificates of a project."""

    @extend_schema(
        responses=OpenApiTypes.OBJECT, tags=["quality"], operation_id="certificates_list"
    )
    def get(self, request: Request, slug: str) -> Response:
        """The newest certificates, failed and withdrawn ones included."""
        found = Certificate.objects.filter(project=self.project).select_related("sample", "project")
        return Response({"certificates": [as_json(row) for row in found.order_by("-pk")[:MOST]]})

    @extend_schema(
        request=Planning, responses={201: OpenApiTypes.OBJECT}, tags=["quality"],
        operation_id="certificates_plan",
    )  # fmt: skip
    def post(self, request: Request, slug: str) -> Response:
        """Keep a plan; a worker draws its sample and opens the seats."""
        sent = Planning(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        for name in ("rate", "confidence"):
            given[name] = float(given[name])
        try:
            made = plan_certificate(self.project, **given, by=request.user)
        except PlanRefused as refused:
            raise Conflict(str(refused)) from refused
        return Response(as_json(made), status=201)


class OneCertificateView(ProjectView):
    """One certificate."""

    def _one(self, pk: int) -> Certificate:
        found = Certificate.objects.filter(project=self.project, pk=pk)
        row = found.select_related("sample", "project").first()
        if row is None:
            raise Http404
        return row

    @extend_schema(
        responses=OpenApiTypes.OBJECT, tags=["quality"], operation_id="certificates_read"
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """What it states and what it stands on."""
        return Response(as_json(self._one(pk)))

    @extend_schema(
        request=Withdrawing, responses=OpenApiTypes.OBJECT, tags=["quality"],
        operation_id="certificates_withdraw",
    )  # fmt: skip
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        """Withdraw it, with the reason; it is kept."""
        row = self._one(pk)
        sent = Withdrawing(data=request.data)
        sent.is_valid(raise_exception=True)
        because = sent.validated_data["because"]
        try:
            row = withdraw_certificate(row, because=because, by=request.user)
        except PlanRefused as refused:
            raise Conflict(str(refused)) from refused
        return Response(as_json(row))


class ReportsView(ProjectView):
    """The stored reports."""

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["quality"], operation_id="reports_list")
    def get(self, request: Request, slug: str) -> Response:
        """Agreement by language, how people judge, and quality, with when each was made."""
        rows = Report.objects.filter(project=self.project).order_by("kind", "language")
        return Response(
            {
                "reports": [
                    {"kind": row.kind, "language": row.language, "made_at": row.made_at,
                     "is_stale": row.is_stale, "body": row.body}
                    for row in rows
                ]
            }
        )  # fmt: skip
