"""Trying a policy by program, on what people have judged."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.gate import ProjectView
from annotate.api.policy import changes_in
from annotate.forms.policy import DEFAULTS

from .models import Report
from .tried import tried


class Trying(serializers.Serializer[Any]):
    """Keys of the policy to be tried; the others are as the project has them."""

    policy = serializers.DictField(default=dict)


class TryView(ProjectView):
    """What another policy would do."""

    @extend_schema(
        request=Trying, responses=OpenApiTypes.OBJECT, tags=["quality"], operation_id="policy_try"
    )
    def post(self, request: Request, slug: str) -> Response:
        """What people would see, the hours, and what would stay wrong; nothing is changed."""
        sent = Trying(data=request.data)
        sent.is_valid(raise_exception=True)
        changes = changes_in(self.project, sent.validated_data["policy"])
        report = Report.objects.filter(project=self.project, kind="quality", language="").first()
        stored = report.body.get("trials") if report else None
        if report is None or not stored:
            raise Http404
        policy = {**DEFAULTS, **self.project.policy, **changes}
        rows = tried(stored, report.body["panels"], policy)
        return Response(
            {
                "measured": report.made_at,
                "outcomes": [
                    {"language": row.language, **asdict(row.found), "hours_all": row.hours_all}
                    for row in rows
                ],
            }
        )
