"""Mark a decision as known to be right, so that people can be measured by it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate.access import Role, project_view
from annotate.models import Project
from verify import actions
from verify.models import Decision


@require_POST
@project_view(Role.MANAGER)
def mark(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Mark the decision, or take the mark back, and go back to its item."""
    found = Decision.objects.select_related("rendition")
    decision = get_object_or_404(found, pk=pk, is_current=True)
    gold = request.POST.get("gold") == "1"
    actions.mark_gold(decision, gold=gold)
    if gold:
        messages.success(request, _("Marked as known right: people may be asked it as a check."))
    else:
        messages.success(request, _("No longer marked as known right."))
    return redirect("annotate:item", slug=project.slug, pk=decision.rendition.item_id)
