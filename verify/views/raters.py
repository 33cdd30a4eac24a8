"""How each person judges: what their checks found. For managers; it shows and never bars anybody."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from annotate.access import Role, project_view
from annotate.models import Project, Run
from annotate.views.shell import page, workers_alive
from verify.attention import CheckPolicy
from verify.models import Report
from verify.rated import people_of, sureness_of, sway_of

KIND = "raters"
STAGE = "agree"


@require_GET
@project_view(Role.MANAGER)
def raters(request: HttpRequest, project: Project) -> HttpResponse:
    """All people of the project, under their pseudonyms, as they were measured last."""
    report = Report.objects.filter(project=project, kind=KIND, language="").first()
    live = (Run.State.QUEUED, Run.State.RUNNING)
    people = people_of(report.body) if report else []
    context: dict[str, Any] = {
        "tab": "agreement",
        "report": report,
        "people": people,
        "scorers": [one for one in people if one.twins],
        "sway": sway_of(report.body) if report else "",
        "sureness": sureness_of(report.body) if report else [],
        "apart": report.body.get("languages") if report else None,
        "policy": CheckPolicy.of(project.policy),
        "live_run": Run.objects.filter(project=project, stage=STAGE, state__in=live).last(),
        "is_silent": not workers_alive(),
    }
    return page(request, project, "verify/raters.html", **context)
