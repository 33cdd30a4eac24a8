"""Sending a disagreement back to its reviewers, from the adjudicator's desk."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from annotate.models import Project
from verify import actions
from verify.access import Holder
from verify.forms import read_body, read_reason, read_seat
from verify.progress import note_done

from .desk import asked, next_ones


@require_POST
@asked
def send_back(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """Have the reviewers judge again, and give the adjudicator's next card."""
    data = read_body(request.body)
    sent = actions.send_back(
        read_seat(data), rater=holder.rater, reason=read_reason(data, "reason")
    )
    for rater in sent.raters:
        note_done(rater, -1)
    count = len(sent.raters) + sent.opened
    said = ngettext(
        "Sent back to %(n)s reviewer.", "Sent back to %(n)s reviewers.", count
    ) % {"n": count}  # fmt: skip
    return {"message": said, **next_ones(project, holder, {})}
