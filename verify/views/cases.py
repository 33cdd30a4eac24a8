"""Cases: what adjudicators decided and why people had differed, to write guidelines from."""

from __future__ import annotations

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from annotate.access import Role, project_view
from annotate.models import Project
from annotate.views.paging import keyset
from annotate.views.shell import page
from verify.models import Judgement

PAGE = 30


def fault_names() -> dict[str, str]:
    """What the reasons are called."""
    return {
        "ambiguous": _("the text is ambiguous"),
        "guideline_gap": _("the guidelines do not say"),
        "annotator_error": _("somebody erred"),
        "source_error": _("the source is wrong"),
    }


def _standing(project: Project) -> QuerySet[Judgement]:
    found = Judgement.objects.filter(project=project, successor__isnull=True)
    return found.exclude(fault="").exclude(outcome="withdrawn")


@require_GET
@project_view(Role.MANAGER)
def cases(request: HttpRequest, project: Project) -> HttpResponse:
    """The cases, newest first, all or of one reason; counted by reason."""
    names, asked = fault_names(), request.GET.get("fault", "")
    counts = dict(_standing(project).values_list("fault").annotate(n=Count("pk")))
    found = _standing(project).select_related("rendition__item", "rater")
    if asked in names:
        found = found.filter(fault=asked)
    rows, before = keyset(found, request.GET.get("before"), PAGE)
    return page(
        request, project, "verify/cases.html", tab="agreement", part="cases", asked=asked,
        cases=[(row, names[row.fault]) for row in rows], before=before,
        kinds=[(key, name, counts.get(key, 0)) for key, name in names.items()],
    )  # fmt: skip
