"""Importing files: a preview by a worker first, then the run that stores them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate.access import Role, project_view
from annotate.actions.imports import import_previewed, preview_again, queue_uploads
from annotate.forms.imports import MOST_FILES, ReadingForm, UploadsForm
from annotate.models import Label, Project, Run

from .paging import number_or_none
from .shell import page, wants_part, workers_alive

MOST_PROBLEMS = 50


@project_view(Role.MANAGER)
def import_file(request: HttpRequest, project: Project) -> HttpResponse:
    """Take files; show their previews or, where nobody wants one, the run that reads them."""
    form = UploadsForm(request.POST or None, request.FILES or None, project=project)
    if request.method == "POST" and form.is_valid():
        wanted = [{**fields, "made_by": request.user} for fields in form.all_run_fields()]
        is_trial = "preview" in request.POST
        made = queue_uploads(project, wanted, is_trial=is_trial)
        return (_to_previews if is_trial else _to_runs)(project, made)
    status = 422 if form.is_bound else 200
    context: dict[str, Any] = {"tab": "journey", "form": form, "is_silent": not workers_alive()}
    return page(request, project, "annotate/import.html", status=status, **context)


def _to_previews(project: Project, runs: list[Run]) -> HttpResponse:
    asked = urlencode({"run": [run.pk for run in runs]}, doseq=True)
    return redirect(f"{reverse('annotate:import-preview', args=[project.slug])}?{asked}")


def _to_runs(project: Project, runs: list[Run]) -> HttpResponse:
    if len(runs) == 1:
        return redirect("annotate:run", slug=project.slug, pk=runs[0].pk)
    return redirect("annotate:runs", slug=project.slug)


def _previews(asked: list[str]) -> list[Run]:
    """The previews that an address names, in its order. Raises Http404 when one is not there."""
    keys = list(dict.fromkeys(number_or_none(key) for key in asked[:MOST_FILES]))
    found = Run.objects.filter(stage="import", is_trial=True).in_bulk([key for key in keys if key])
    if not keys or len(found) < len(keys):
        raise Http404(_("There is no such preview."))
    return [found[key] for key in keys if key]


@project_view(Role.MANAGER)
def preview(request: HttpRequest, project: Project) -> HttpResponse:
    """The first rows of each file as they will be stored, and what is wrong with them."""
    runs = _previews(request.GET.getlist("run"))
    colours = dict(Label.objects.filter(project=project).values_list("key", "colour"))
    files = [_shown(run, project, colours) for run in runs]
    context: dict[str, Any] = {
        "tab": "journey", "files": files, "is_silent": not workers_alive(),
        "is_live": any(run.is_live for run in runs),
        "is_ready": all(run.state == Run.State.DONE for run in runs),
        "problems": sum(run.report.get("errors", 0) for run in runs),
        "asked": urlencode({"run": [run.pk for run in runs]}, doseq=True),
    }  # fmt: skip
    part = "#files" if wants_part(request) else ""
    return page(request, project, f"annotate/import_preview.html{part}", **context)


def _shown(run: Run, project: Project, colours: dict[str, int]) -> dict[str, Any]:
    errors = list(run.errors.order_by("row", "id")[: MOST_PROBLEMS + 1]) if run.failed else []
    return {
        "run": run, "report": run.report, "colours": colours, "errors": errors[:MOST_PROBLEMS],
        "more": len(errors) > MOST_PROBLEMS, "form": ReadingForm(run=run, project=project),
    }  # fmt: skip


@require_POST
@project_view(Role.MANAGER)
def again(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Preview a file again, read otherwise; the other files of the page stay as they are."""
    run: Run = get_object_or_404(Run.objects.filter(stage="import", is_trial=True), pk=pk)
    runs = _previews(request.POST.getlist("run") or [str(pk)])
    form = ReadingForm(request.POST, run=run, project=project)
    if not form.is_valid():
        for rows in form.errors.values():
            messages.error(request, " ".join(map(str, rows)))
        return _to_previews(project, runs)
    made = preview_again(run, scope=form.scope(), made_by=request.user)
    return _to_previews(project, [made if old.pk == pk else old for old in runs])


@require_POST
@project_view(Role.MANAGER)
def start(request: HttpRequest, project: Project) -> HttpResponse:
    """Import what was previewed."""
    runs = _previews(request.POST.getlist("run"))
    if any(run.state != Run.State.DONE for run in runs):
        messages.warning(request, _("Not every preview is there yet, or one of them failed."))
        return _to_previews(project, runs)
    keep = request.POST.get("keep_good_rows") == "1"
    return _to_runs(project, import_previewed(runs, keep_good_rows=keep, made_by=request.user))
