"""The door of the API: every view of a project goes through ``annotate.access``, inside its scope."""

from __future__ import annotations

from typing import Any

from django_scopes import scope
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from annotate.access import Role, project_for, remembered
from annotate.models import Project

from .repeats import RepeatableView


class Conflict(APIException):
    """The request is sound, but not now: something else is under way or over already."""

    status_code = 409
    default_code = "conflict"


class ProjectView(RepeatableView):
    """A view of one project, for ``role`` and above: 404 for strangers, 403 for members with less.

    Handlers find the project in ``self.project`` and run inside its scope, so that rows of other
    projects do not exist for them.
    """

    role: str = Role.MANAGER
    project: Project

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find the project once the person is known."""
        super().initial(request, *args, **kwargs)
        self.project = project_for(request.user, kwargs["slug"], self.role)
        self.held.enter_context(scope(project=self.project))
        self.held.enter_context(remembered(request, self.role))
        self.claim(request)
