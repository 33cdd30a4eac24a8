"""What happened in a project, for its managers, and the webhooks that tell their programs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from annotate.access import Role, project_view
from annotate.actions.notices import add_webhook, switch_webhook, try_webhook
from annotate.actions.preferences import note_news, preference_of
from annotate.forms.webhooks import WORDS, WebhookForm
from annotate.models import Delivery, Project, Webhook
from annotate.news import news, say

from .paging import keyset
from .shell import page

ROWS = 50
DELIVERIES = 20


@require_GET
@project_view(Role.MANAGER)
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """The notices, newest first; what is shown counts as seen from here on."""
    rows, older = keyset(news(project), request.GET.get("before"), ROWS)
    seen = preference_of(request.user).news_seen.get(str(project.pk), 0)
    if rows and rows[0].pk > seen:
        note_news(user=request.user, project=project, newest=rows[0].pk)
    shown = [(row, say(row), row.pk > seen) for row in rows]
    return page(request, project, "annotate/news.html", tab="journey", rows=shown, older=older)


def _webhooks(request: HttpRequest, project: Project, status: int = 200, **context: Any) -> Any:
    hooks = Webhook.objects.filter(project=project).order_by("pk")
    sent = Delivery.objects.filter(project=project).select_related("notice", "webhook")
    context = {
        "tab": "settings", "part": "webhooks", "form": WebhookForm(), "hooks": hooks,
        "sent": sent.order_by("-pk")[:DELIVERIES], "words": WORDS, **context,
    }  # fmt: skip
    return page(request, project, "annotate/webhooks.html", status=status, **context)


@require_GET
@project_view(Role.MANAGER)
def webhooks(request: HttpRequest, project: Project) -> HttpResponse:
    """The webhooks, and what was sent to them last."""
    return _webhooks(request, project)


@never_cache
@require_POST
@project_view(Role.MANAGER)
def add(request: HttpRequest, project: Project) -> HttpResponse:
    """Add a webhook, and show its secret this once."""
    form = WebhookForm(request.POST)
    if not form.is_valid():
        return _webhooks(request, project, 422, form=form)
    _hook, secret = add_webhook(project, made_by=request.user, **form.cleaned_data)
    return _webhooks(request, project, secret=secret)


@require_POST
@project_view(Role.MANAGER)
def change(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Try a webhook, switch it on or off, or remove it: what the button says."""
    hook: Webhook = get_object_or_404(Webhook, pk=pk)
    match request.POST.get("deed"):
        case "try":
            try_webhook(hook)
            messages.info(request, _("A message is on its way. Look below in a moment."))
        case "on" | "off" as deed:
            switch_webhook(hook, on=deed == "on")
        case "remove":
            hook.delete()
    return redirect("annotate:webhooks", slug=project.slug)
