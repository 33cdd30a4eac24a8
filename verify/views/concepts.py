"""The desk's search for concepts to link to."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from annotate.access import project_view
from annotate.models import Project
from verify.vocabulary import find_concepts, named_concepts

LONGEST = 200


@require_GET
@project_view()
def search(request: HttpRequest, project: Project) -> JsonResponse:
    """Concepts by name (``q``) or by ``key``, named in ``lang``, else as the reader reads, else English."""
    tongues = [request.GET.get("lang", ""), (get_language() or "en").partition("-")[0], "en"]
    keys = request.GET.getlist("key")
    if keys:
        return JsonResponse({"concepts": named_concepts(project, keys, tongues)})
    return JsonResponse(
        {"concepts": find_concepts(project, request.GET.get("q", "")[:LONGEST], tongues)}
    )
