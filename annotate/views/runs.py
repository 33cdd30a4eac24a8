"""Runs: the list, one run with its progress and errors, starting, cancelling, retrying, results."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from annotate.access import Role, project_view
from annotate.actions import runs as deeds
from annotate.actions.starting import NothingToStart, start_stage
from annotate.estimates import estimates
from annotate.forms.runs import ExportForm
from annotate.models import Project, Run
from annotate.stages import STARTABLE

from .paging import keyset
from .shell import page, wants_part, workers_alive

PAGE = 50


@project_view(Role.MANAGER)
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """The runs, newest first, and the stages that can be started by hand."""
    found = Run.objects.filter(project=project).select_related("annotator", "made_by")
    rows, older = keyset(found.defer("report"), request.GET.get("before"), PAGE)
    context: dict[str, Any] = {"tab": "runs", "rows": rows, "older": older, "startable": STARTABLE}
    context |= {"is_silent": not workers_alive(), "chosen": request.GET.get("stage", "")}
    context["estimates"] = estimates(project)
    context["currency"] = project.policy.get("currency", "")
    return page(request, project, "annotate/runs.html", **context)


@project_view(Role.MANAGER)
def detail(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One run; htmx asks for its progress alone."""
    run: Run = get_object_or_404(Run.objects.select_related("annotator", "made_by"), pk=pk)
    if wants_part(request):
        return page(request, project, "annotate/run.html#progress", **_progress(run))
    errors, more = keyset(run.errors.all(), request.GET.get("before"), PAGE)
    context: dict[str, Any] = {"tab": "runs", "errors": errors, "more": more, **_progress(run)}
    context["blocked"] = run.errors.filter(is_resolved=False).exists()
    return page(request, project, "annotate/run.html", **context)


def _progress(run: Run) -> dict[str, Any]:
    done = max(run.total - run.remaining, 0)
    silent = run.is_live and not workers_alive()
    report = dict(run.report)
    losses = report.pop("losses", [])
    context = {"run": run, "done": done, "is_silent": silent, "losses": losses, "report": report}
    return {**context, "findings": report.pop("sensors", [])}


@require_POST
@project_view(Role.MANAGER)
def start(request: HttpRequest, project: Project) -> HttpResponse:
    """Queue a stage, and go where its runs are seen."""
    try:
        made = start_stage(project, request.POST.get("stage", ""), made_by=request.user)
    except (NothingToStart, deeds.RunIsLive) as error:
        messages.warning(request, str(error))
        return redirect("annotate:runs", slug=project.slug)
    if len(made) == 1:
        return redirect("annotate:run", slug=project.slug, pk=made[0].pk)
    messages.success(
        request, ngettext("%d run is queued.", "%d runs are queued.", len(made)) % len(made)
    )
    return redirect("annotate:runs", slug=project.slug)


@require_POST
@project_view(Role.MANAGER)
def cancel(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Stop a run; what it has saved stays."""
    run: Run = get_object_or_404(Run.objects, pk=pk)
    if deeds.cancel(run):
        messages.success(request, _("Cancelled. What was done is kept."))
    else:
        messages.info(request, _("The run was over already."))
    return redirect("annotate:run", slug=project.slug, pk=pk)


@require_POST
@project_view(Role.MANAGER)
def pause(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Hold a run."""
    run: Run = get_object_or_404(Run.objects, pk=pk)
    if deeds.pause(run):
        messages.success(request, _("Paused. Nothing more is begun until you resume it."))
    else:
        messages.info(request, _("The run is not under way."))
    return redirect("annotate:run", slug=project.slug, pk=pk)


@require_POST
@project_view(Role.MANAGER)
def resume(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Let a paused run go on."""
    run: Run = get_object_or_404(Run.objects, pk=pk)
    try:
        if not deeds.resume(run):
            messages.info(request, _("The run is not paused."))
    except deeds.RunIsLive as error:
        messages.warning(request, str(error))
    return redirect("annotate:run", slug=project.slug, pk=pk)


@require_POST
@project_view(Role.MANAGER)
def undo(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Queue the undoing of an import, and show the run that does it or says why it cannot."""
    run: Run = get_object_or_404(Run.objects.filter(stage="import", is_trial=False), pk=pk)
    try:
        made = deeds.queue_undo(run, made_by=request.user)
    except (deeds.NothingToUndo, deeds.RunIsLive) as error:
        messages.warning(request, str(error))
        return redirect("annotate:run", slug=project.slug, pk=pk)
    return redirect("annotate:run", slug=project.slug, pk=made.pk)


@require_POST
@project_view(Role.MANAGER)
def retry(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Let the failed rows be tried again, in a new run of the same stage and annotator."""
    run: Run = get_object_or_404(Run.objects.select_related("annotator"), pk=pk)
    if run.stage in deeds.MADE_ANEW or run.is_trial:
        raise Http404(_("Such a run is made anew, not retried."))
    count = deeds.retry_errors(run)
    try:
        run = deeds.queue_run(
            project, run.stage, annotator=run.annotator, scope=run.scope, made_by=request.user
        )
    except deeds.RunIsLive as error:
        messages.info(request, str(error))
    messages.success(
        request, ngettext("%d row is tried again.", "%d rows are tried again.", count) % count
    )
    return redirect("annotate:run", slug=project.slug, pk=run.pk)


@project_view(Role.MANAGER)
def result(request: HttpRequest, project: Project, pk: int) -> FileResponse:
    """The file that an export made."""
    run: Run = get_object_or_404(Run.objects, pk=pk)
    if not run.result:
        raise Http404(_("This run has made no file."))
    name = PurePath(str(run.result)).name
    return FileResponse(run.result.open("rb"), as_attachment=True, filename=name)


@project_view(Role.MANAGER)
def export(request: HttpRequest, project: Project) -> HttpResponse:
    """Ask for an export, and show the run that makes it."""
    form = ExportForm(request.POST or None, project=project)
    if request.method == "POST" and form.is_valid():
        run = deeds.queue_run(project, "export", scope=form.cleaned_data, made_by=request.user)
        return redirect("annotate:run", slug=project.slug, pk=run.pk)
    last = Run.objects.filter(project=project, stage="export").order_by("-id")[:10]
    context: dict[str, Any] = {
        "tab": "journey",
        "form": form,
        "last": last,
        "is_silent": not workers_alive(),
    }
    return page(request, project, "annotate/export.html", **context)
