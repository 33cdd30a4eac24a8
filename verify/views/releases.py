"""Releases: planned, read, compared, fetched and withdrawn. For managers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotate.access import Role, project_view
from annotate.models import Project
from annotate.views.shell import page, workers_alive
from verify.actions.releases import ReleaseRefused, plan_release, withdraw_release
from verify.models import Release
from verify.release_forms import ReleaseForm
from verify.releasing import ReleaseScope, obstacles


@project_view(Role.MANAGER)
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """All releases, newest first, what stands in the way of another, and the form that plans it."""
    form = ReleaseForm(request.POST or None, project=project)
    reasons: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = plan_release(project=project, by=request.user, **form.plan())
        except ReleaseRefused as refused:
            reasons = refused.reasons
        else:
            messages.success(request, _("A worker writes the files now."))
            return redirect("verify:release", slug=project.slug, pk=made.pk)
    elif not form.is_bound:
        reasons = obstacles(project, ReleaseScope(), str(form.initial["licence"]))
    context: dict[str, Any] = {
        "tab": "releases", "form": form, "reasons": reasons, "is_silent": not workers_alive(),
        "rows": Release.objects.filter(project=project).select_related("run")[:100],
    }  # fmt: skip
    status = 422 if form.is_bound else 200
    return page(request, project, "verify/releases.html", status=status, **context)


@require_GET
@project_view(Role.MANAGER)
def detail(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One release: what is in it, its checksum, and what changed since the one before."""
    release = get_object_or_404(Release.objects.select_related("run", "made_by"), pk=pk)
    changed = release.body.get("difference", {}).get("languages", {})
    items = release.body.get("items", {})
    rows = [(tag, items.get(tag, 0), changed.get(tag)) for tag in sorted({*items, *changed})]
    context: dict[str, Any] = {"tab": "releases", "release": release, "rows": rows}
    return page(request, project, "verify/release.html", **context)


@require_GET
@project_view(Role.MANAGER)
def fetch(request: HttpRequest, project: Project, pk: int) -> HttpResponseBase:
    """The file of a release."""
    release = get_object_or_404(Release.objects, pk=pk)
    if not release.file:
        raise Http404(_("This release has no file."))
    name = f"{project.slug}-{release.version}.zip"
    return FileResponse(release.file.open("rb"), as_attachment=True, filename=name)


@require_POST
@project_view(Role.MANAGER)
def withdraw(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Say that a release should no longer be used, and why."""
    release = get_object_or_404(Release.objects, pk=pk, state="ready")
    because = request.POST.get("because", "").strip()
    if because:
        withdraw_release(release=release, because=because)
    else:
        messages.error(request, _("Say why it is withdrawn."))
    return redirect("verify:release", slug=project.slug, pk=pk)
