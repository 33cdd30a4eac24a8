"""Projects, their languages and labels."""

from __future__ import annotations

import json

from django.core.exceptions import ValidationError as DjangoValidationError
from django_scopes import scopes_disabled
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.access import Role
from annotate.actions.projects import create_project
from annotate.actions.setup import create_from_setup, setup_of
from annotate.forms.setup import read_setup
from annotate.models import Label, Project

from .asked import NewProject
from .described import FAULTY, FORBIDDEN, UNKNOWN
from .gate import ProjectView
from .paging import PageAsked, page, page_of
from .repeats import RepeatableView
from .shapes import LabelSerializer, LanguageSerializer, ProjectSerializer


class ProjectsView(RepeatableView):
    """The projects one may see, and making a new one."""

    @extend_schema(
        tags=["projects"], operation_id="projects_list", parameters=[PageAsked],
        responses={200: page_of(ProjectSerializer), **FAULTY},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """List your projects, newest first."""
        with scopes_disabled():
            rows = Project.objects.for_user(request.user).prefetch_related("languages")
            return page(request, rows, ProjectSerializer, newest_first=True)

    @extend_schema(
        tags=["projects"], operation_id="projects_create", request=NewProject,
        responses={201: ProjectSerializer, **FAULTY},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Make a project; you become its manager."""
        self.claim(request)
        asked = NewProject(data=request.data)
        asked.is_valid(raise_exception=True)
        project = create_project(by=request.user, **asked.validated_data)
        with scopes_disabled():
            return Response(ProjectSerializer(project).data, status=201)


class SetupView(ProjectView):
    """Set-up of a project."""

    @extend_schema(
        tags=["projects"], operation_id="setup_retrieve",
        responses={200: OpenApiTypes.OBJECT, **FORBIDDEN},
    )  # fmt: skip
    def get(self, request: Request, slug: str) -> Response:
        """Fetch the set-up: everything but data, people and keys, to make another project of."""
        return Response(setup_of(self.project))


class FromSetupView(RepeatableView):
    """Projects made of a set-up."""

    @extend_schema(
        tags=["projects"], operation_id="projects_from_setup", request=OpenApiTypes.OBJECT,
        responses={201: ProjectSerializer, **FAULTY},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Make a project of a set-up, as `setup` gives it; you become its manager."""
        self.claim(request)
        try:
            setup = read_setup(json.dumps(request.data).encode())
        except DjangoValidationError as error:
            raise ValidationError({"setup": error.messages}) from error
        project = create_from_setup(setup, by=request.user, keep_secrets=request.user.is_staff)
        with scopes_disabled():
            return Response(ProjectSerializer(project).data, status=201)


class OneProjectView(ProjectView):
    """One project."""

    role = Role.REVIEWER

    @extend_schema(
        tags=["projects"],
        operation_id="projects_retrieve",
        responses={200: ProjectSerializer, **UNKNOWN},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Read a project."""
        return Response(ProjectSerializer(self.project).data)


class LanguagesView(ProjectView):
    """The languages of a project."""

    role = Role.REVIEWER

    @extend_schema(
        tags=["projects"],
        operation_id="languages_list",
        responses={200: LanguageSerializer(many=True), **UNKNOWN},
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the project's languages, the source's first."""
        rows = self.project.languages.order_by("role", "-priority", "tag")
        return Response(LanguageSerializer(rows, many=True).data)


class LabelsView(ProjectView):
    """The labels of a project."""

    role = Role.REVIEWER

    @extend_schema(
        tags=["projects"],
        operation_id="labels_list",
        responses={200: LabelSerializer(many=True), **UNKNOWN},
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the project's labels."""
        rows = Label.objects.filter(project=self.project)
        return Response(LabelSerializer(rows, many=True).data)
