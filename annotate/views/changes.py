"""Who changed what of a project's set-up."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from annotate.access import Role, project_view
from annotate.changes import TRACKED, changes
from annotate.models import Membership, Project

from .paging import number_or_none
from .shell import page


@project_view(Role.MANAGER)
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """The changes, newest first, of one kind or by one person where the address says so."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in TRACKED else ""
    by = number_or_none(request.GET.get("by"))
    rows, older = changes(project, kind=kind, by=by, before=request.GET.get("before", ""))
    managers = Membership.objects.filter(project=project, role=Role.MANAGER).select_related("user")
    asked = {"kind": kind, "by": by or "", "before": older}
    context: dict[str, Any] = {
        "rows": rows, "kind": kind, "by": by, "kinds": TRACKED, "people": managers,
        "older": urlencode(asked) if older else "", "is_first": not request.GET.get("before"),
    }  # fmt: skip
    return page(
        request, project, "annotate/changes.html", tab="settings", part="changes", **context
    )
