"""What a request sets going: imports, exports and stages. Each answers with its runs."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.actions.imports import queue_preview
from annotate.actions.runs import RunIsLive, queue_run
from annotate.actions.starting import NothingToStart, start_stage

from .asked import ExportAsked, ImportAsked, StageAsked
from .described import CONFLICT, FAULTY, FORBIDDEN
from .gate import Conflict, ProjectView
from .shapes import RunSerializer


class ImportView(ProjectView):
    """Files in."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        tags=["runs"], operation_id="import_create", request={"multipart/form-data": ImportAsked},
        responses={201: RunSerializer, **FAULTY, **FORBIDDEN},
    )  # fmt: skip
    def post(self, request: Request, slug: str) -> Response:
        """Upload a file; the run that you get reads it, or only previews it when asked to.

        A preview's report has the first rows as they would be stored, the unit of offsets, problems
        by row (as the run's errors) and what the sensors found.
        """
        asked = ImportAsked(data=request.data, context={"project": self.project})
        asked.is_valid(raise_exception=True)
        fields = {**asked.run_fields(), "made_by": request.user}
        if asked.validated_data["preview"]:
            run = queue_preview(self.project, **fields)
        else:
            run = queue_run(self.project, "import", **fields)
        return Response(RunSerializer(run).data, status=201)


class ExportView(ProjectView):
    """Files out."""

    @extend_schema(
        tags=["runs"], operation_id="export_create", request=ExportAsked,
        responses={201: RunSerializer, **FAULTY, **FORBIDDEN},
    )  # fmt: skip
    def post(self, request: Request, slug: str) -> Response:
        """Ask for an export; wait for the run that you get and fetch its result."""
        asked = ExportAsked(data=request.data, context={"project": self.project})
        asked.is_valid(raise_exception=True)
        run = queue_run(self.project, "export", scope=asked.validated_data, made_by=request.user)
        return Response(RunSerializer(run).data, status=201)


class StagesView(ProjectView):
    """The machine."""

    @extend_schema(
        tags=["runs"], operation_id="stages_create", request=StageAsked,
        responses={201: RunSerializer(many=True), **FAULTY, **FORBIDDEN, **CONFLICT},
    )  # fmt: skip
    def post(self, request: Request, slug: str) -> Response:
        """Queue a stage: one run, or one for each annotator that does it."""
        asked = StageAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            made = start_stage(self.project, asked.validated_data["stage"], made_by=request.user)
        except NothingToStart as error:
            raise ValidationError({"stage": [str(error)]}) from error
        except RunIsLive as error:
            raise Conflict(str(error)) from error
        return Response(RunSerializer(made, many=True).data, status=201)
