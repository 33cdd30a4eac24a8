"""Help beside the text of a seat: in Latin letters, translated back, its neighbours, and the terms."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from annotate.access import project_view
from annotate.models import Project
from verify.access import seat_holder
from verify.surroundings import neighbours, returned, romanised, terms


@require_GET
@project_view()
def surroundings(request: HttpRequest, project: Project, seat: int) -> JsonResponse:
    """What stands around the text in a seat of the person's own; empty for any other seat."""
    holder = seat_holder(request.user, project)
    return JsonResponse(
        {
            "romanised": romanised(project=project, seat=seat, rater=holder.rater),
            "returned": returned(project=project, seat=seat, rater=holder.rater),
            "neighbours": neighbours(project=project, seat=seat, rater=holder.rater),
        }
    )


@require_GET
@project_view()
def glossary(request: HttpRequest, project: Project) -> JsonResponse:
    """The terms of the project; a page asks for them once."""
    return JsonResponse({"terms": terms(project)})
