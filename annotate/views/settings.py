"""A project's settings: words, guidelines, policy, labels, languages, and putting it away."""

from __future__ import annotations

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

from .guard import settings_view, settle


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
    form = LabelForm(request.POST or None, label=row)
    return settle(
        request, project, form, lambda: deeds.save_label(row, **form.chosen()),
        template="annotate/label.html", back=_here("labels", project),
        tab="settings", part="labels", label=row,
    )  # fmt: skip


@settings_view
def questions(request: HttpRequest, project: Project) -> HttpResponse:
    """What is asked, as data."""
    present = questions_of(project)
    form = QuestionsForm(request.POST or None, questions=present)
    return settle(
        request, project, form,
        lambda: set_questions(project, rows=form.chosen()["questions"]),
        template="annotate/settings.html", back=_here("questions", project),
        tab="settings", part="questions", questions=present,
    )  # fmt: skip


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
