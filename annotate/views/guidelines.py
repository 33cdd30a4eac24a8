"""The guidelines' versions, an earlier one put in force again, and who has read the present one."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate import guidelines
from annotate.access import Role, project_view
from annotate.actions.preferences import note_guidelines
from annotate.actions.project_settings import save_guidelines
from annotate.models import Project

from .paging import number_or_none
from .shell import page

SHOWN = 50


@project_view(Role.MANAGER)
def versions(request: HttpRequest, project: Project) -> HttpResponse:
    """Every version, newest first, with what changed from the one before."""
    found = guidelines.versions(project)
    before = {version.number: version.text for version in found}
    rows = [
        {"version": one, "changes": guidelines.changes(before.get(one.number - 1, ""), one.text)}
        for one in found[: -SHOWN - 1 : -1]
    ]
    return page(request, project, "annotate/guideline_versions.html", tab="settings", rows=rows)


@require_POST
@project_view(Role.MANAGER)
def restore(request: HttpRequest, project: Project) -> HttpResponse:
    """Put an earlier version in force again, as a version of its own."""
    wanted = number_or_none(request.POST.get("version"))
    found = next((one for one in guidelines.versions(project) if one.number == wanted), None)
    if found is None:
        raise Http404(_("There is no such version."))
    save_guidelines(project, found.text)
    messages.success(request, _("Version %d holds again.") % found.number)
    return redirect("annotate:guidelines-versions", slug=project.slug)


@require_POST
@project_view(Role.REVIEWER)
def read(request: HttpRequest, project: Project) -> HttpResponse:
    """Note that a person has read the guidelines as they were shown."""
    note_guidelines(
        user=request.user, project=project, fingerprint=request.POST.get("fingerprint", "")[:16]
    )
    return redirect("annotate:project", slug=project.slug)
