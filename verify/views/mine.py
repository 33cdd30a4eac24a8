"""A person's own work, for their eyes only, and what they say of themselves."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from annotate.access import project_view
from annotate.forms.people import AboutMeForm
from annotate.models import Membership, Project
from annotate.views.guard import settle
from verify.access import seat_holder
from verify.actions import introduce
from verify.mine import work_of
from verify.models import Rater


@require_http_methods(["GET", "POST"])
@project_view()
@transaction.atomic
def mine(request: HttpRequest, project: Project) -> HttpResponse:
    """How many texts this person judged and how fast; on POST, what they say of themselves."""
    own = seat_holder(request.user, project).rater
    rows = Rater.objects.select_for_update(no_key=True) if request.POST else Rater.objects
    rater = rows.get(pk=own.pk)
    member = Membership.objects.filter(project=project, user=request.user.pk).first()
    stored = {"variety": member.variety if member else "", "credit": rater.credit}
    form = AboutMeForm(request.POST or None, stored=stored)
    if member is None:
        del form.fields["variety"]
    day = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return settle(
        request, project, form,
        lambda: introduce(rater, **{"variety": "", **form.chosen()}, member=member),
        template="verify/mine.html", back=reverse("verify:mine", args=[project.slug]),
        tab="mine", work=work_of(rater, day=day), rater=rater,
    )  # fmt: skip
