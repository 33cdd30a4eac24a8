"""What a desk asks that works ahead or without network, and what makes it open without one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_POST

from annotate.models import Project
from verify import actions, shell
from verify.access import Holder
from verify.errors import SubmissionError, VerifyError
from verify.forms import (
    read_body,
    read_client_id,
    read_reason,
    read_seat,
    read_seats,
    read_sent,
    read_submission,
)
from verify.parts import in_language
from verify.progress import note_done

from .desk import asked, next_ones


@require_POST
@asked
def ahead(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """Lease the next seats and give the cards that the desk does not have."""
    return next_ones(project, holder, {"ahead": read_body(request.body)})


@require_POST
@asked
def sync(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """Take in, in order, what was judged without network; say of each what came of it."""
    data = read_body(request.body)
    results = [_take_in(row, holder) for row in read_sent(data)]
    return {"results": results, **next_ones(project, holder, data)}


@require_POST
@asked
def give_back(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """Return seats to the queue, as when a person signs out on a device that held them."""
    seats = read_seats(read_body(request.body))
    return {"returned": actions.give_back(seats=seats, rater=holder.rater)}


def _take_in(row: Mapping[str, Any], holder: Holder) -> dict[str, Any]:
    """Do one of them. One that fails keeps none of the others from being saved."""
    try:
        return {"status": 200, **_do(row, holder)}
    except SubmissionError as error:
        return {"status": 422, "error": str(error), "rows": list(error.rows)}
    except VerifyError as error:
        return {"status": 409, "error": str(error)}


def _do(row: Mapping[str, Any], holder: Holder) -> dict[str, Any]:
    taken_back = read_client_id(row, "undo")
    if row.get("skip"):
        skipped = read_seat(row)
        actions.skip(skipped, rater=holder.rater, reason=read_reason(row, "skip"))
        return {"skipped": skipped}
    if taken_back is None:
        saved = actions.record_judgement(
            read_seat(row), rater=holder.rater, submission=read_submission(row)
        )
        note_done(holder.rater)
        return {"saved": saved.pk}
    if not holder.rater.judgements.filter(client_id=taken_back, successor=None).exists():
        return {"undone": None}
    seat = actions.undo_last(holder.rater, pools=holder.pools, client_id=taken_back)
    note_done(holder.rater, -1)
    return {"undone": seat.pk}


@require_GET
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, from the root, so that it may serve every desk."""
    answer = HttpResponse(shell.worker_script(), content_type="text/javascript; charset=utf-8")
    answer["Service-Worker-Allowed"] = "/"
    return answer


@require_GET
@never_cache
def parts(request: HttpRequest) -> HttpResponse:
    """The desk's dialogs and words, for a browser that has lost those that it kept."""
    html, version = in_language(get_language() or "en")
    answer = HttpResponse(html)
    answer["X-Version"] = version
    return answer


@require_GET
@cache_control(max_age=3600, public=True)
def manifest(request: HttpRequest) -> HttpResponse:
    """What a browser needs to install the page."""
    return JsonResponse(shell.manifest(), content_type="application/manifest+json")


class SignOut(LogoutView):
    """Sign out, and have the browser delete what pages kept on the device."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session; the header works even where scripts do not."""
        answer = super().post(request, *args, **kwargs)
        answer["Clear-Site-Data"] = '"storage"'
        return answer
