"""The list of projects, and making a new one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from annotate import presets
from annotate.actions.project_settings import set_labels
from annotate.actions.projects import create_project
from annotate.forms.projects import (
    LanguageField,
    LanguagesField,
    NewProjectForm,
    preset_labels,
)
from annotate.forms.setup import SetupForm
from annotate.journey import MOST
from annotate.models import Project, Run

MOST_PROJECTS = 200

COUNTS = """
SELECT p.id, (SELECT count(*) FROM (
    SELECT 1 FROM annotate_item i WHERE i.project_id = p.id LIMIT %s) w)
FROM annotate_project p WHERE p.id = ANY(%s)
"""


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """What each project is and where it stands."""
    with scopes_disabled():
        found = Project.objects.for_user(request.user).order_by("is_archived", "-created_at")
        projects = list(found.prefetch_related("languages")[:MOST_PROJECTS])
        rows = _rows(projects)
    return render(request, "annotate/projects.html", {"rows": rows})


def _rows(projects: list[Project]) -> list[dict[str, Any]]:
    ids = [project.pk for project in projects]
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [MOST + 1, ids])
        items = dict(cursor.fetchall())
    live: dict[int, list[Run]] = {}
    for run in Run.objects.live().filter(project_id__in=ids, is_trial=False).order_by("-id"):
        live.setdefault(run.project_id, []).append(run)
    return [
        {
            "project": project,
            "items": items.get(project.pk, 0),
            "targets": [row.tag for row in project.languages.all() if row.role == "target"],
            "live": live.get(project.pk, []),
        }
        for project in projects
    ]


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Make a project from a preset; whoever makes it manages it."""
    form = NewProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        project = create_project(
            name=chosen["name"],
            source=chosen["source"],
            targets=chosen["targets"],
            preset=chosen["preset"],
            description=chosen["description"],
            by=request.user,
        )
        set_labels(project, chosen["labels"])
        messages.success(request, _("The project is made. Next: import a file."))
        return redirect("annotate:project", slug=project.slug)
    context = {"form": form, "setup_form": SetupForm()}
    return render(request, "annotate/project_new.html", context)


@login_required
def preset(request: HttpRequest) -> HttpResponse:
    """What a preset brings: its labels, to be edited, and its questions. A part of the page."""
    name = request.GET.get("preset", "")
    if name not in presets.names():
        raise Http404(_("There is no such preset."))
    form = NewProjectForm(initial={"preset": name, "labels": preset_labels(name)})
    context = {"form": form, "chosen": presets.load(name)}
    return render(request, "annotate/project_new.html#brings", context)


@login_required
def spoken(request: HttpRequest) -> HttpResponse:
    """What the languages typed so far are: name, tag, script and direction. A part of the page."""
    rows, faults = [], []
    for key, field in (("source", LanguageField()), ("targets", LanguagesField())):
        try:
            found = field.clean(request.GET.get(key, "")[:2000])
        except ValidationError as error:
            faults += error.messages if request.GET.get(key) else []
        else:
            rows += [(tag, key) for tag in ([found] if isinstance(found, str) else found)]
    context = {"rows": rows, "faults": faults}
    return render(request, "annotate/project_new.html#spoken", context)
