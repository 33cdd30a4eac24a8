"""The project page: the journey as one line of stations, and the same for each language."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from annotate.access import Role, languages_of, may, project_view
from annotate.actions.preferences import preference_of
from annotate.guidelines import fingerprint, news
from annotate.journey import standing
from annotate.models import Project
from annotate.news import unseen
from annotate.stations import line, row

from .shell import page, wants_part, workers_alive


@project_view()
def project_page(request: HttpRequest, project: Project) -> HttpResponse:
    """Where the data set stands and what to do next; htmx asks for the journey alone."""
    context: dict[str, Any] = {"tab": "journey", **_figures(project)}
    if wants_part(request):
        return page(request, project, "annotate/project.html#journey", **context)
    context["own_languages"] = languages_of(request.user, project)
    seen = preference_of(request.user).guidelines_seen if project.guidelines else {}
    context["guidelines"] = news(project, seen)
    context["unseen"] = (
        unseen(project, request.user) if may(request.user, project, Role.MANAGER) else 0
    )
    context["fingerprint"] = fingerprint(project.guidelines)
    return page(request, project, "annotate/project.html", **context)


def _figures(project: Project) -> dict[str, Any]:
    found = standing(project)
    return {
        "standing": found,
        "stations": line(found),
        "rows": [(figures, row(found, figures)) for figures in found.targets],
        "is_silent": not workers_alive(),
    }
