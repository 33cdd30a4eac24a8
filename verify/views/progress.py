"""What people have done so far, for the project page."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotate.access import project_view
from annotate.models import Project
from verify.standing import work_by_language

SECONDS = 10


@project_view()
def progress(request: HttpRequest, project: Project) -> HttpResponse:
    """The figures of people's work per language, to be swapped into the project page."""
    key = f"work:{project.pk}"
    languages = cache.get(key)
    if languages is None:
        languages = work_by_language(project)
        cache.set(key, languages, SECONDS)
    return render(request, "verify/_progress.html", {"project": project, "languages": languages})
