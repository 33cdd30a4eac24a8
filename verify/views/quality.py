"""Quality at a glance, the texts behind a cell, and policies tried on what is judged. For managers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotate.access import Role, project_view
from annotate.actions.project_settings import save_policy
from annotate.models import Project, Run
from annotate.views.shell import page, workers_alive
from verify.models import Certificate, Report
from verify.quality import judges, matrix, panel, steps
from verify.rated import concerned
from verify.stated import stated
from verify.tried import curve, trial_of, tried

KIND, STAGE = "quality", "agree"


def _shared(project: Project, part: str) -> tuple[Report | None, dict[str, Any]]:
    report = Report.objects.filter(project=project, kind=KIND, language="").first()
    live = (Run.State.QUEUED, Run.State.RUNNING)
    return report, {
        "tab": "agreement",
        "part": part,
        "report": report,
        "live_run": Run.objects.filter(project=project, stage=STAGE, state__in=live).last(),
        "is_silent": not workers_alive(),
    }


@require_GET
@project_view(Role.MANAGER)
def quality(request: HttpRequest, project: Project) -> HttpResponse:
    """How right, where weak, whom to trust, what next, at what cost: from the stored report."""
    report, context = _shared(project, "quality")
    if report is not None:
        context |= _answers(project, report.body, request.GET.get("language", ""))
    return page(request, project, "verify/quality.html", **context)


def _answers(project: Project, body: dict[str, Any], asked: str) -> dict[str, Any]:
    lang = get_language() or "en"
    issued = Certificate.objects.filter(project=project, state="issued", is_stale=False)
    by_tag = {row.language: row for row in issued.select_related("sample").order_by("pk")}
    known = sorted(body["panels"])
    chosen = asked if asked in known else (known[0] if known else "")
    people = Report.objects.filter(project=project, kind="raters", language="").first()
    concerns = concerned(people.body) if people else []
    rows = [
        row
        | {"certificate": stated(by_tag[row["language"]]) if row["language"] in by_tag else None}
        for row in body["errors"]
    ]
    return {
        "rows": rows,
        "chosen": chosen,
        "tags": known,
        "matrix": matrix(body["confusion"].get(chosen, ())),
        "panel": panel(body["panels"].get(chosen, {})),
        "habits": body.get("habits", {}).get(chosen, ()),
        "concerns": concerns,
        "cost": body["cost"],
        "judges": judges(body.get("judges", ())),
        "steps": steps(body, [row.rater for row in concerns], set(by_tag), lang),
    }


@require_GET
@project_view(Role.MANAGER)
def behind(request: HttpRequest, project: Project) -> HttpResponse:
    """The texts behind a cell of the confusion matrix or of the map of pairs."""
    tag = request.GET.get("language", "")
    one, two = request.GET.get("one", ""), request.GET.get("two", "")
    kind = "agreement" if request.GET.get("of") == "pair" else KIND
    report = Report.objects.filter(
        project=project, kind=kind, language=tag if kind == "agreement" else ""
    ).first()
    body = report.body if report else {}
    if kind == KIND:
        cells = body.get("confusion", {}).get(tag, ())
        found = next((c for c in cells if (c["was"], c["is"]) == (one, two)), None)
    else:
        pairs = body.get("differ", ())
        found = next((c for c in pairs if {c["one"], c["two"]} == {one, two}), None)
    if found is None:
        raise Http404(_("Nothing stands behind that."))
    context = {"tab": "agreement", "found": found, "tag": tag, "is_pair": kind != KIND}
    return page(request, project, "verify/behind.html", **context, part="quality")


@require_GET
@project_view(Role.MANAGER)
def simulator(request: HttpRequest, project: Project) -> HttpResponse:
    """What another policy would have people see, what it would leave wrong, and the hours."""
    report, context = _shared(project, "simulator")
    stored = report.body.get("trials") if report else None
    if report and stored:
        panels = report.body["panels"]
        trial = trial_of(project, stored, request.GET)
        now = trial_of(project, stored, QueryDict())
        context |= {
            "trials": stored, "trial": trial, "rows": tried(stored, panels, trial.policy),
            "now": tried(stored, panels, now.policy)[0], "curve": curve(stored, panels, trial),
            "most": len(stored["limits"]) - 1,
        }  # fmt: skip
    return page(request, project, "verify/simulator.html", **context)


@require_POST
@project_view(Role.MANAGER)
def adopt(request: HttpRequest, project: Project) -> HttpResponse:
    """Let the policy that was tried be the project's: for what is routed from now on."""
    report, _context = _shared(project, "simulator")
    stored = report.body.get("trials") if report else None
    if not stored:
        raise Http404(_("Nothing was simulated yet."))
    trial = trial_of(project, stored, request.POST)
    save_policy(project, trial.as_dict())
    messages.success(request, _("The project routes by this policy from now on."))
    query = f"?{urlencode({'language': trial.language})}" if trial.language else ""
    return redirect(reverse("verify:simulator", args=[project.slug]) + query)
