"""Set-up files: fetched, made into a project, and cloned from a project at once."""

from __future__ import annotations

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate.access import Role, project_view
from annotate.actions.setup import create_from_setup, setup_of
from annotate.forms.projects import NewProjectForm
from annotate.forms.setup import CloneForm, SetupForm
from annotate.models import Project


@project_view(Role.MANAGER)
def setup_file(request: HttpRequest, project: Project) -> HttpResponse:
    """The project's set-up as a file, without its data and its people."""
    said = json.dumps(setup_of(project), ensure_ascii=False, indent=1)
    answer = HttpResponse(said + "\n", content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{project.slug}-setup.json"'
    return answer


@require_POST
@login_required
def from_file(request: HttpRequest) -> HttpResponse:
    """Make a project of a set-up file."""
    form = SetupForm(request.POST, request.FILES)
    if not form.is_valid():
        context = {"form": NewProjectForm(), "setup_form": form}
        return render(request, "annotate/project_new.html", context, status=422)
    project = create_from_setup(
        form.cleaned_data["file"], by=request.user, name=form.cleaned_data["name"],
        keep_secrets=request.user.is_staff,
    )  # fmt: skip
    messages.success(request, _("The project is made. Next: import a file."))
    return redirect("annotate:project", slug=project.slug)


@require_POST
@project_view(Role.MANAGER)
def clone(request: HttpRequest, project: Project) -> HttpResponse:
    """Make a project with the same set-up, and none of the data and people."""
    form = CloneForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the clone a name of at most 200 characters."))
        return redirect("annotate:settings", slug=project.slug)
    made = create_from_setup(
        setup_of(project), by=request.user, name=form.cleaned_data["name"], keep_secrets=True
    )
    messages.success(request, _("The clone is made: the same set-up, no data and no people."))
    return redirect("annotate:project", slug=made.slug)
