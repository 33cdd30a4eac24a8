"""How far people agree with one another, and machines with people, per language, label and pair."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from annotate.access import Role, project_view
from annotate.models import Project, Run
from annotate.views.shell import page, workers_alive
from verify.measured import MEASURES, Figure, figure, measure_names, measured, why_undefined
from verify.models import Assignment, Judgement, Report
from verify.standing_in import stand_ins

KIND = "agreement"
STAGE = "agree"

# So many of the newest judgements are looked at to tell what came since; more are "this many or more".
MOST_SINCE = 1000


@dataclass(frozen=True, slots=True)
class Language:
    """A target language, and what is known of the agreement in it."""

    tag: str
    made_at: datetime | None
    is_stale: bool
    since: int
    judgements: int
    shared: int
    alpha: Figure | None
    exact: Figure | None

    @property
    def is_outdated(self) -> bool:
        """Whether judgements came or went since it was measured."""
        return self.made_at is not None and (self.is_stale or self.since > 0)


@require_GET
@project_view(Role.MANAGER)
def agreement(request: HttpRequest, project: Project) -> HttpResponse:
    """All languages at a glance, and one of them in full, for people alone or with machines."""
    reports = {row.language: row for row in Report.objects.filter(project=project, kind=KIND)}
    languages = _languages(project, reports)
    chosen = _chosen(languages, request.GET.get("language", ""))
    context: dict[str, Any] = {
        "tab": "agreement",
        "languages": languages,
        "chosen": chosen,
        "is_outdated": any(row.is_outdated or (row.since and not row.made_at) for row in languages),
        "live_run": _live_run(project),
        "is_silent": not workers_alive(),
    }
    if chosen is not None:
        context |= _in_full(request, chosen.tag, reports[chosen.tag].body)
    return page(request, project, "verify/agreement.html", **context)


def _chosen(languages: list[Language], asked: str) -> Language | None:
    """The language that is asked for, else the one that has most to show; None before any measure."""
    known = sorted((row for row in languages if row.made_at), key=lambda row: -row.shared)
    return next((row for row in known if row.tag == asked), known[0] if known else None)


def _in_full(request: HttpRequest, tag: str, body: dict[str, Any]) -> dict[str, Any]:
    with_machines = request.GET.get("raters") == "machines"
    asked = request.GET.get("measure", "")
    measure = asked if asked in MEASURES else "exact"
    part = body["with_machines" if with_machines else "people"]
    return {
        "with_machines": with_machines,
        "measure": measure,
        "drawn": body.get("measured", 0),
        "texts": body.get("texts", 0),
        "measured": measured(part, body["people"]["raters"], measure),
        "stand_ins": stand_ins(body) if with_machines else [],
        "links": _links(tag, with_machines, measure),
    }


def _languages(project: Project, reports: dict[str, Report]) -> list[Language]:
    """The project's target languages; judgements may also stand on its source, once measured."""
    tags = list(
        project.languages.filter(role="target")
        .order_by("-priority", "tag")
        .values_list("tag", flat=True)
    )
    tags += sorted(set(reports) - set(tags) - {""})
    seen = min(
        (reports[tag].body.get("last", 0) if tag in reports else 0 for tag in tags), default=0
    )
    newest = list(
        Judgement.objects.filter(
            project=project,
            pk__gt=seen,
            outcome=Judgement.Outcome.ANSWERED,
            successor__isnull=True,
            assignment__kind=Assignment.Kind.REVIEW,
        )
        .order_by("-pk")
        .values_list("rendition__language", "submitted_at")[:MOST_SINCE]
    )
    return [_language(tag, reports.get(tag), newest) for tag in tags]


def _language(tag: str, report: Report | None, newest: list[tuple[str, datetime]]) -> Language:
    if report is None:
        since = sum(language == tag for language, _ in newest)
        return Language(tag, None, False, since, 0, 0, None, None)
    since = sum(language == tag and at > report.made_at for language, at in newest)
    people = report.body["people"]
    part = people["slices"][0]
    pooled, absent = part["pooled"] or {}, why_undefined(people["items"])
    return Language(
        tag, report.made_at, report.is_stale, since, report.body["judgements"], people["items"],
        figure(part["span_alpha"], absent), figure(pooled.get("exact"), absent),
    )  # fmt: skip


def _live_run(project: Project) -> Run | None:
    live = (Run.State.QUEUED, Run.State.RUNNING)
    return Run.objects.filter(project=project, stage=STAGE, state__in=live).order_by("-pk").first()


def _links(tag: str, with_machines: bool, measure: str) -> dict[str, Any]:
    """The addresses of the same page seen another way."""

    def to(raters: bool, key: str) -> str:
        query = {"language": tag, "raters": "machines" if raters else "people", "measure": key}
        return "?" + urlencode(query)

    return {
        "people": to(False, measure),
        "machines": to(True, measure),
        "measures": [(key, name, to(with_machines, key)) for key, name in measure_names()],
    }
