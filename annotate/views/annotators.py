"""The project's machines: what there is, how each does, adding, configuring, trying."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Prefetch, Subquery, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate.access import Role, project_view
from annotate.actions.annotators import configure
from annotate.actions.annotators import switch as switch_annotator
from annotate.actions.projects import add_annotator
from annotate.actions.runs import queue_run
from annotate.actions.spending import STOPPED, stop_calls, stopped_everywhere
from annotate.catalog import BY_KEY, KIND_TITLES, backend_of
from annotate.forms.annotators import AnnotatorForm, NewAnnotatorForm
from annotate.models import Annotator, AnnotatorVersion, Project, Run, Spending

from .guard import settings_view, settle
from .shell import page

TRIAL_STAGES = {
    "labeller": "label",
    "translator": "translate",
    "projector": "projection",
    "judge": "judge",
}
TRIAL_ITEMS = 5


def _of(project: Project, pk: int) -> Annotator:
    return get_object_or_404(Annotator, project=project, pk=pk)


@project_view(Role.MANAGER)
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """The machines by kind, each with its current versions and how well they do."""
    current = AnnotatorVersion.objects.filter(is_current=True).order_by("language")
    paid = Spending.objects.filter(annotator=OuterRef("pk")).order_by().values("annotator")
    found: Any = (
        Annotator.objects.filter(project=project)
        .annotate(paid=Subquery(paid.annotate(total=Sum("cost")).values("total")))
        .prefetch_related(Prefetch("versions", queryset=current, to_attr="current"))
    )
    groups: list[dict[str, Any]] = [
        {"title": title, "rows": [a for a in found if a.kind == kind], "kind": kind}
        for kind, title in KIND_TITLES.items()
    ]
    for group in groups:
        for annotator in group["rows"]:
            backend = backend_of(annotator.kind, annotator.backend)
            annotator.title, annotator.asks = backend.title, "base_url" in backend.settings
            annotator.can_try = annotator.kind in TRIAL_STAGES
    context: dict[str, Any] = {"tab": "annotators", "groups": [g for g in groups if g["rows"]]}
    context |= {"asks": any(a.asks for a in found), "is_site_stopped": stopped_everywhere()}
    context["is_stopped"] = project.policy.get("paid_calls") == STOPPED
    return page(request, project, "annotate/annotators.html", **context)


@project_view(Role.MANAGER)
def new(request: HttpRequest, project: Project) -> HttpResponse:
    """Add a machine; one that must be told where it is starts switched off."""
    names = Annotator.objects.filter(project=project).values_list("name", flat=True)
    form = NewAnnotatorForm(request.POST or None, taken=set(names))
    if request.method == "POST" and form.is_valid():
        backend = BY_KEY[form.cleaned_data["backend"]]
        annotator = add_annotator(
            project,
            name=form.cleaned_data["name"],
            kind=backend.kind,
            backend=backend.name,
            is_enabled=not backend.settings,
            position=len(names),
        )
        messages.success(request, _("Added. Check its settings."))
        return redirect("annotate:annotator", slug=project.slug, pk=annotator.pk)
    status = 422 if form.is_bound else 200
    context: dict[str, Any] = {"tab": "annotators", "form": form}
    return page(request, project, "annotate/annotator_new.html", status=status, **context)


@settings_view
def edit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Change a machine's settings."""
    annotator = _of(project, pk)
    form = AnnotatorForm(request.POST or None, annotator=annotator, is_admin=request.user.is_staff)
    return settle(
        request, project, form, lambda: configure(annotator, **form.configuration()),
        template="annotate/annotator.html", back=reverse("annotate:annotators", args=[project.slug]),
        tab="annotators", annotator=annotator,
        title=backend_of(annotator.kind, annotator.backend).title,
        versions=annotator.versions.order_by("-made_at")[:20],
    )  # fmt: skip


@require_POST
@project_view(Role.MANAGER)
def switch(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Switch a machine on or off."""
    annotator = switch_annotator(_of(project, pk), on=request.POST.get("on") == "1")
    said = _("%s works and votes from now.") if annotator.is_enabled else _("%s is switched off.")
    messages.success(request, said % annotator.name)
    return redirect("annotate:annotators", slug=project.slug)


@require_POST
@project_view(Role.MANAGER)
def calls(request: HttpRequest, project: Project) -> HttpResponse:
    """Stop all calls to model servers or allow them again: the project's, or the site's by an admin."""
    everywhere = request.POST.get("where") == "site"
    if everywhere and not request.user.is_staff:
        raise PermissionDenied(_("Only the site's admins stop the whole site's calls."))
    stopped = request.POST.get("stop") == "1"
    stop_calls(None if everywhere else project, stopped=stopped)
    said = _("Stopped. No call to a model server begins any more; runs that need one end.")
    messages.success(request, said if stopped else _("Calls are allowed. Start the runs again."))
    return redirect("annotate:annotators", slug=project.slug)


@require_POST
@project_view(Role.MANAGER)
def trial(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Try a machine on five items; what comes of it is shown with the run and kept nowhere else."""
    annotator = _of(project, pk)
    stage = TRIAL_STAGES.get(annotator.kind)
    if stage is None:
        raise Http404(_("This machine cannot be tried on items."))
    run: Run = queue_run(
        project, stage, annotator=annotator, scope={"trial": TRIAL_ITEMS}, is_trial=True,
        made_by=request.user,
    )  # fmt: skip
    return redirect("annotate:run", slug=project.slug, pk=run.pk)
