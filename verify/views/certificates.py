"""Certificates: planned, watched, read, printed and withdrawn. For managers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotate.access import Role, project_view
from annotate.models import Project
from annotate.views.paging import keyset
from annotate.views.shell import page, workers_alive
from verify.actions.certificates import (
    PlanRefused,
    look_again,
    plan_certificate,
    withdraw_certificate,
)
from verify.models import Certificate, Report
from verify.planning import PlanForm
from verify.stated import as_json, stated

PAGE = 50


@project_view(Role.MANAGER)
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """All certificates, newest first, and the form that plans another."""
    initial = {"language": request.GET.get("language", "")}
    form = PlanForm(request.POST or None, project=project, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = plan_certificate(project, **form.plan(), by=request.user)
        except PlanRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The plan is kept. A worker draws the sample now."))
            return redirect("verify:certificate", slug=project.slug, pk=made.pk)
    found = Certificate.objects.filter(project=project).select_related("sample")
    rows, older = keyset(found, request.GET.get("before"), PAGE)
    report = Report.objects.filter(project=project, kind="quality", language="").first()
    return page(
        request, project, "verify/certificates.html",
        status=422 if form.errors else 200, tab="agreement", part="certificates", form=form,
        rows=[stated(row, get_language() or "en") for row in rows], older=older,
        plans=report.body.get("plans", []) if report else [], is_silent=not workers_alive(),
    )  # fmt: skip


def _one(pk: int) -> Certificate:
    return get_object_or_404(Certificate.objects.select_related("sample", "project"), pk=pk)


@require_GET
@project_view(Role.MANAGER)
def detail(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One certificate, to read and to print."""
    shown = stated(_one(pk), get_language() or "en")
    return page(
        request, project, "verify/certificate.html", tab="agreement", part="certificates",
        shown=shown, is_silent=not workers_alive(),
    )  # fmt: skip


@require_GET
@project_view(Role.MANAGER)
def as_file(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One certificate as JSON."""
    return JsonResponse(as_json(_one(pk)), json_dumps_params={"indent": 2, "ensure_ascii": False})


@require_POST
@project_view(Role.MANAGER)
def withdraw(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Withdraw it, with a reason; it is kept."""
    try:
        withdraw_certificate(_one(pk), because=request.POST.get("because", ""), by=request.user)
    except PlanRefused as refused:
        messages.error(request, str(refused))
    return redirect("verify:certificate", slug=project.slug, pk=pk)


@require_POST
@project_view(Role.MANAGER)
def look(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Have what was judged counted now."""
    _one(pk)
    look_again(project, by=request.user)
    messages.success(request, _("What was judged is being counted."))
    return redirect("verify:certificate", slug=project.slug, pk=pk)
