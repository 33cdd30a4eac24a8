"""A project's settings: words, guidelines, policy, labels, languages, and putting it away."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate.access import Role, project_view
from annotate.actions import project_settings as deeds
from annotate.actions.questions import questions_of, set_questions
from annotate.forms.policy import PolicyForm
from annotate.forms.settings import (
    DetailsForm,
    GuidelinesForm,
    LabelForm,
    LabelListForm,
    LanguagesForm,
    QuestionsForm,
)
from annotate.models import Label, Project
from annotate.trying_questions import shown

from .guard import settings_view, settle
from .shell import page


def _here(name: str, project: Project) -> str:
    return reverse(f"annotate:{name}", args=[project.slug])


@settings_view
def details(request: HttpRequest, project: Project) -> HttpResponse:
    """Name, description, licence; and the danger zone."""
    form = DetailsForm(request.POST or None, project=project)
    return settle(
        request, project, form, lambda: deeds.save_details(project, **form.chosen()),
        template="annotate/settings.html", back=_here("settings", project),
        tab="settings", part="details",
    )  # fmt: skip


@settings_view
def guidelines(request: HttpRequest, project: Project) -> HttpResponse:
    """What reviewers are told."""
    form = GuidelinesForm(request.POST or None, project=project)
    return settle(
        request, project, form, lambda: deeds.save_guidelines(project, form.chosen()["text"]),
        template="annotate/settings.html", back=_here("guidelines", project),
        tab="settings", part="guidelines",
    )  # fmt: skip


@settings_view
def policy(request: HttpRequest, project: Project) -> HttpResponse:
    """Whom the machine asks, how often, and what it accepts unseen."""
    form = PolicyForm(request.POST or None, project=project)
    return settle(
        request, project, form, lambda: deeds.save_policy(project, form.chosen()),
        template="annotate/settings.html", back=_here("policy", project),
        tab="settings", part="policy",
    )  # fmt: skip


@settings_view
def labels(request: HttpRequest, project: Project) -> HttpResponse:
    """The labels: a list to edit, and each with its colour, key and definition."""
    present = list(Label.objects.filter(project=project, kind="span").order_by("position", "id"))
    form = LabelListForm(request.POST or None, labels=present)
    return settle(
        request, project, form, lambda: deeds.set_labels(project, form.chosen()["labels"]),
        template="annotate/settings.html", back=_here("labels", project),
        tab="settings", part="labels", labels=present,
    )  # fmt: skip


@settings_view
def label(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """How one label looks and what it means."""
    row: Label = get_object_or_404(Label.objects, pk=pk)
    tags = project.languages.order_by("role", "-priority", "tag").values_list("tag", flat=True)
    form = LabelForm(request.POST or None, label=row, tags=list(tags))
    return settle(
        request, project, form, lambda: deeds.save_label(row, **form.chosen()),
        template="annotate/label.html", back=_here("labels", project),
        tab="settings", part="labels", label=row,
    )  # fmt: skip


@settings_view
def questions(request: HttpRequest, project: Project) -> HttpResponse:
    """What is asked, as data."""
    present = questions_of(project)
    form = QuestionsForm(
        request.POST or None, questions=present, trying=_here("questions-try", project)
    )
    return settle(
        request, project, form,
        lambda: set_questions(project, rows=form.chosen()["questions"]),
        template="annotate/settings.html", back=_here("questions", project),
        tab="settings", part="questions", questions=present, **_tried(present, project, "en"),
        tags=project.languages.order_by("role", "-priority", "tag").values_list("tag", flat=True),
    )  # fmt: skip


@require_POST
@project_view(Role.MANAGER)
def try_questions(request: HttpRequest, project: Project) -> HttpResponse:
    """The reviewer's form of questions as they are typed, or what is wrong with them; nothing is kept."""
    form = QuestionsForm({"questions": request.POST.get("questions", "")}, questions=[])
    rows = form.cleaned_data["questions"] if form.is_valid() else []
    context = _tried(rows, project, request.POST.get("shown_language", ""))
    context["faults"] = form.errors.get("questions", [])
    return page(request, project, "annotate/_questions_tried.html", **context)


def _tried(rows: list[dict[str, Any]], project: Project, asked: str) -> dict[str, Any]:
    tags = {"en", *project.languages.values_list("tag", flat=True)}
    language = asked if asked in tags else "en"
    tried = [shown(row, language) for row in rows]
    for row in tried:
        row["json"] = json.dumps(row)
    return {"tried": tried, "shown_language": language}


@settings_view
def languages(request: HttpRequest, project: Project) -> HttpResponse:
    """The target languages in order of urgency."""
    rows = list(project.languages.order_by("role", "-priority", "tag"))
    targets = [row for row in rows if row.role == "target"]
    form = LanguagesForm(request.POST or None, project=project, rows=targets)
    return settle(
        request, project, form, lambda: deeds.set_targets(project, form.chosen()["targets"]),
        template="annotate/settings.html", back=_here("languages", project),
        tab="settings", part="languages", rows=rows,
    )  # fmt: skip


@require_POST
@project_view(Role.MANAGER)
def archive(request: HttpRequest, project: Project) -> HttpResponse:
    """Put the project away, or take it out again; nothing is deleted."""
    deeds.archive_project(project, archived=request.POST.get("archived") == "1")
    said = _("The project is put away.") if project.is_archived else _("The project is back.")
    messages.success(request, said)
    return redirect("annotate:settings", slug=project.slug)
