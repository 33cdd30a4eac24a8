"""The door of the API: every view of a project goes through ``annotate.access``, inside its scope."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django_scopes import scope
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.views import APIView

from annotate.access import Role, project_for
from annotate.models import Project


class Conflict(APIException):
    """The request is sound, but not now: something else is under way or over already."""

    status_code = 409
    default_code = "conflict"


class ProjectView(APIView):
    """A view of one project, for ``role`` and above: 404 for strangers, 403 for members with less.

    Handlers find the project in ``self.project`` and run inside its scope, so that rows of other
    projects do not exist for them.
    """

    role: str = Role.MANAGER
    project: Project

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Hold the scope for as long as the request lasts."""
        with ExitStack() as self.held:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find the project once the person is known."""
        super().initial(request, *args, **kwargs)
        self.project = project_for(request.user, kwargs["slug"], self.role)
        self.held.enter_context(scope(project=self.project))
