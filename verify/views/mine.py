"""A person's own work: what they did today and in all, for their eyes only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from annotate.access import project_view
from annotate.models import Project
from annotate.views.shell import page
from verify.access import seat_holder
from verify.mine import work_of


@require_GET
@project_view()
def mine(request: HttpRequest, project: Project) -> HttpResponse:
    """How many texts this person judged, how long one takes them, and how many they took back."""
    rater = seat_holder(request.user, project).rater
    day = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    work = work_of(rater, day=day)
    return page(request, project, "verify/mine.html", tab="mine", work=work, rater=rater)
