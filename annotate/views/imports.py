"""Importing a file: what is uploaded becomes a run, and a worker reads it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from annotate.access import Role, project_view
from annotate.actions.runs import queue_run
from annotate.forms.runs import ImportForm
from annotate.models import Project

from .shell import page, workers_alive


@project_view(Role.MANAGER)
def import_file(request: HttpRequest, project: Project) -> HttpResponse:
    """Take a file and show the run that reads it."""
    form = ImportForm(request.POST or None, request.FILES or None, project=project)
    if request.method == "POST" and form.is_valid():
        run = queue_run(project, "import", made_by=request.user, **form.run_fields())
        return redirect("annotate:run", slug=project.slug, pk=run.pk)
    status = 422 if form.is_bound else 200
    context: dict[str, Any] = {"tab": "journey", "form": form, "is_silent": not workers_alive()}
    return page(request, project, "annotate/import.html", status=status, **context)
