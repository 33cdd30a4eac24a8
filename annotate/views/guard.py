"""Saving settings so that nobody's change is lost: locked while compared, refused when outdated."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from annotate.access import ProjectView, Role, project_view
from annotate.forms.guarded import GuardedForm
from annotate.models import Project

from .shell import page


def settings_view(view: ProjectView) -> Callable[..., Any]:
    """A manager's view whose POST holds the project's row, so that comparing and saving are one."""

    @project_view(Role.MANAGER)
    @wraps(view)
    def locked(request: HttpRequest, project: Project, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, project, **kwargs)
        with transaction.atomic():
            held = Project.objects.select_for_update().get(pk=project.pk)
            return view(request, held, **kwargs)

    return locked


def settle(
    request: HttpRequest,
    project: Project,
    form: GuardedForm,
    save: Callable[[], Any],
    *,
    template: str,
    back: str,
    **context: Any,
) -> HttpResponse:
    """Show the form; on POST save it, or say what is wrong, or what someone else changed.

    ``save`` may raise ValueError with a sentence for the person. ``back`` is where saving leads.
    """
    context |= {"form": form, "back": back}
    if request.method != "POST":
        return page(request, project, template, **context)
    if form.is_outdated:
        context["differences"] = form.rebased().differences()
        return page(request, project, "annotate/conflict.html", status=409, **context)
    if form.is_valid():
        try:
            save()
        except ValueError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect(back)
    return page(request, project, template, status=422, **context)
