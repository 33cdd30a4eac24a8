"""The pages of those who keep the site: its state, its people, and figures for a watcher."""

from __future__ import annotations

import hmac
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from annotate import metrics as figures
from annotate import site
from annotate.access import staff_view
from annotate.actions import accounts

from .paging import keyset

ROWS = 50


@require_GET
@staff_view
def index(request: HttpRequest) -> HttpResponse:
    """The state of the site; workers are asked by a part of the page, which takes a second."""
    context = {"runs": site.runs(), "storage": site.storage(), "waiting": site.waiting_deliveries()}
    return render(request, "annotate/site.html", {"part": "state", **context})


@require_GET
@staff_view
def machines(request: HttpRequest) -> HttpResponse:
    """The workers that answer, and what waits in the queues."""
    context = {"workers": site.workers(), "queues": site.queues()}
    return render(request, "annotate/_machines.html", context)


@require_GET
@staff_view
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who has an account, newest first, found by name or mail address."""
    sought = request.GET.get("q", "").strip()
    rows = get_user_model().objects.annotate(
        projects=Count("memberships"),
        has_second_step=Exists(Authenticator.objects.filter(user=OuterRef("pk"))),
    )
    if sought:
        rows = rows.filter(Q(username__icontains=sought) | Q(email__icontains=sought))
    found, older = keyset(rows, request.GET.get("before"), ROWS)
    context = {"part": "people", "rows": found, "older": older, "sought": sought}
    return render(request, "annotate/site_people.html", context)


@never_cache
@require_POST
@staff_view
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Do to an account what the button says."""
    user = get_object_or_404(get_user_model(), pk=pk)
    deed = request.POST.get("deed", "")
    if deed == "link":
        link = request.build_absolute_uri(reverse("new-password", args=accounts.password_key(user)))
        context = {"part": "people", "link": link, "person": user}
        return render(request, "annotate/site_people.html", context)
    try:
        _do(deed, user)
    except accounts.LastKeeper as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Done, for %s.") % user.get_username())
    return redirect("site-people")


def _do(deed: str, user: Any) -> None:
    match deed:
        case "close" | "open":
            accounts.set_open(user, is_open=deed == "open")
        case "staff" | "plain":
            accounts.set_staff(user, is_staff=deed == "staff")
        case "second-step":
            accounts.forget_second_step(user)
        case "sign-out":
            accounts.end_sessions(user)
        case _:
            raise Http404


@require_GET
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The state of the site as Prometheus reads it, for whoever shows the token of the settings."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    wanted = settings.METRICS_TOKEN
    if not wanted or not hmac.compare_digest(shown.encode(), wanted.encode()):
        raise Http404
    return HttpResponse(figures.exposed(), content_type=figures.CONTENT_TYPE)
