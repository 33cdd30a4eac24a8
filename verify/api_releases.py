"""Releases by program: planned, watched and fetched."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.gate import Conflict, ProjectView

from .actions.releases import ReleaseRefused, plan_release
from .licences import KNOWN
from .models import Release
from .models.release import VERSION
from .releasing import ORIGINS, ReleaseScope


class Releasing(serializers.Serializer[Any]):
    """What is released; it cannot be changed afterwards."""

    version = serializers.CharField(max_length=14, validators=[VERSION])
    licence = serializers.ChoiceField(sorted(KNOWN))
    notes = serializers.CharField(max_length=20_000, default="", allow_blank=True)
    languages = serializers.ListField(
        child=serializers.CharField(max_length=35), default=list, help_text="none: all"
    )
    origins = serializers.ListField(child=serializers.ChoiceField(ORIGINS), default=list)
    everywhere = serializers.BooleanField(default=False)
    certified = serializers.BooleanField(default=False)
    judgements = serializers.BooleanField(default=True)


def as_json(release: Release) -> dict[str, Any]:
    """A release as the API shows it."""
    return {
        "id": release.pk, "version": release.version, "licence": release.licence,
        "notes": release.notes, "scope": release.scope, "at": release.at.isoformat(),
        "state": release.state, "run": release.run_id, "sha256": release.sha256,
        "withdrawn_because": release.withdrawn_because,
        **{key: value for key, value in release.body.items() if key != "documentation"},
    }  # fmt: skip


class ReleasesView(ProjectView):
    """The releases of a project."""

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["releases"], operation_id="releases_list")
    def get(self, request: Request, slug: str) -> Response:
        """The newest hundred releases, failed and withdrawn ones included."""
        rows = Release.objects.filter(project=self.project)[:100]
        return Response({"releases": [as_json(row) for row in rows]})

    @extend_schema(
        request=Releasing, responses={201: OpenApiTypes.OBJECT}, tags=["releases"],
        operation_id="releases_create",
    )  # fmt: skip
    def post(self, request: Request, slug: str) -> Response:
        """Release what is decided now; wait for the run that you get, then fetch the file.

        409 with the reasons where something stands in its way.
        """
        sent = Releasing(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        scope = ReleaseScope.of(given)
        try:
            made = plan_release(
                project=self.project, version=given["version"], licence=given["licence"],
                notes=given["notes"], scope=scope, by=request.user,
            )  # fmt: skip
        except ReleaseRefused as refused:
            raise Conflict(str(refused)) from refused
        made.refresh_from_db()
        return Response(as_json(made), status=201)


class OneReleaseView(ProjectView):
    """One release."""

    @extend_schema(
        responses=OpenApiTypes.OBJECT, tags=["releases"], operation_id="releases_retrieve"
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """Its state, checksum, counts and what differs from the one before."""
        return Response(as_json(_one(self.project, pk)))


class ReleaseFileView(ProjectView):
    """The files of a release."""

    @extend_schema(
        responses={200: OpenApiTypes.BINARY}, tags=["releases"], operation_id="releases_file"
    )
    def get(self, request: Request, slug: str, pk: int) -> FileResponse:
        """A zip of Parquet files, card, Croissant description and checksums."""
        release = _one(self.project, pk)
        if not release.file:
            raise Http404(_("This release has no file."))
        name = f"{self.project.slug}-{release.version}.zip"
        return FileResponse(release.file.open("rb"), as_attachment=True, filename=name)


def _one(project: Any, pk: int) -> Release:
    release = Release.objects.filter(project=project, pk=pk).first()
    if release is None:
        raise Http404(_("There is no such release."))
    return release
