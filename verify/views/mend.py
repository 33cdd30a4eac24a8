"""What the desk asks when a reviewer mends a translation, and carries the edit to like texts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from annotate.access import project_view
from annotate.models import Project
from verify import actions
from verify.access import Holder, seat_holder
from verify.actions.mend import Mended
from verify.actions.siblings import alike
from verify.card import card_of, next_card
from verify.errors import MendUnconfirmed, SeatLost, SubmissionError, VerifyError
from verify.forms import read_body, read_number, read_seat
from verify.mending import Alike, read_mending
from verify.models import Judgement
from verify.progress import progress


def _refused(error: VerifyError, project: Project, holder: Holder) -> JsonResponse:
    """Why not: 422 for what is wrong with the input, else 409 with what the person may do."""
    body: dict[str, Any] = {"error": str(error)}
    if isinstance(error, SubmissionError):
        return JsonResponse(body | {"rows": list(error.rows)}, status=422)
    if isinstance(error, MendUnconfirmed):
        body["confirm"] = error.confirm
    if isinstance(error, SeatLost):
        body["card"] = next_card(project, holder, timezone.now())
    return JsonResponse(body, status=409)


@require_POST
@project_view()
def mend(request: HttpRequest, project: Project) -> JsonResponse:
    """Take a mended text in; give the card of the new text to go on with."""
    holder = seat_holder(request.user, project, language=request.GET.get("language") or None)
    try:
        data = read_body(request.body)
        done = actions.mend(read_seat(data), rater=holder.rater, mending=read_mending(data))
    except VerifyError as error:
        return _refused(error, project, holder)
    told = {"message": _("The text is mended. Look at the labels once more.")}
    body = after_mending(project, holder, done) | {"progress": progress(project, holder)}
    return JsonResponse(body | told)


def after_mending(project: Project, holder: Holder, done: Mended) -> dict[str, Any]:
    """What follows an edit: the card of the new text, where own spans stand, and which texts are alike."""
    card = card_of(project, done.seat) if done.seat else None
    written = Judgement.objects.select_related("assignment", "rendition").get(pk=done.judgement)
    return {
        "card": card or next_card(project, holder, timezone.now()),
        "mended": done.judgement,
        "kept": [dict(zip(("key", "start", "end", "sure"), k, strict=True)) for k in done.kept],
        "siblings": asdict(alike(written)),
    }


@require_POST
@project_view()
def mend_siblings(request: HttpRequest, project: Project) -> JsonResponse:
    """Mend the other items with the same text, as many as the person saw."""
    holder = seat_holder(request.user, project, language=request.GET.get("language") or None)
    try:
        data = read_body(request.body)
        judgement = read_number(data, "mended")
        done = actions.mend_siblings(
            project=project, rater=holder.rater, judgement=judgement,
            confirmed=Alike(read_number(data, "count"), read_number(data, "judged")),
            also_judged=data.get("also_judged") is True,
        )  # fmt: skip
    except VerifyError as error:
        return _refused(error, project, holder)
    written = Judgement.objects.select_related("assignment", "rendition").get(pk=judgement)
    said = ngettext("%d more text is mended.", "%d more texts are mended.", done) % done
    return JsonResponse({"message": said, "done": done, "siblings": asdict(alike(written))})
