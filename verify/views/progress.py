"""What people have done so far and how fast they go on, for the project page."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from annotate.access import Role, project_view
from annotate.models import Membership, Project
from verify.pace import bill_of, loads_of, pace_of
from verify.standing import work_by_language

SECONDS = 10
PACE_SECONDS = 60


@project_view()
def progress(request: HttpRequest, project: Project) -> HttpResponse:
    """The figures of people's work per language, to be swapped into the project page."""
    key = f"work:{project.pk}"
    languages = cache.get(key)
    if languages is None:
        languages = work_by_language(project)
        cache.set(key, languages, SECONDS)
    return render(request, "verify/_progress.html", {"project": project, "languages": languages})


@require_GET
@project_view(Role.MANAGER)
def pace(request: HttpRequest, project: Project) -> HttpResponse:
    """How fast people judge, when they are done at that rate, and what it costs."""
    key = f"pace:{project.pk}"
    found = cache.get(key)
    if found is None:
        found = (pace_of(project), bill_of(project))
        cache.set(key, found, PACE_SECONDS)
    today = timezone.now().date()
    context = {
        "rows": [(row, row.finish(today)) for row in found[0]], "bill": found[1],
        "currency": project.policy.get("currency", ""), "wage": project.policy.get("wage_floor"),
    }  # fmt: skip
    return render(request, "verify/_pace.html", context)


@require_GET
@project_view(Role.MANAGER)
def workload(request: HttpRequest, project: Project) -> HttpResponse:
    """What each member does: how much lately, how fast, and what they hold now."""
    loads = {load.user: load for load in loads_of(project)}
    members = Membership.objects.filter(project=project).select_related("user")
    rows = [(member, loads.get(member.user_id)) for member in members.order_by("joined_at")]
    rows.sort(key=lambda row: -row[1].week if row[1] else 0)
    return render(request, "verify/_workload.html", {"rows": rows})
