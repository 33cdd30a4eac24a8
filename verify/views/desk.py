"""The review desk and the adjudicator's: their pages, and what their scripts ask."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotate.access import project_view
from annotate.models import Project
from verify import actions
from verify.access import Holder, seat_holder
from verify.card import card_of, next_card, readings_of
from verify.errors import SeatLost, SubmissionError, VerifyError
from verify.forms import read_body, read_seat, read_submission
from verify.models import Assignment, Judgement
from verify.progress import note_done, progress
from verify.surroundings import has_terms

REVIEW, ADJUDICATE = Assignment.Kind.REVIEW, Assignment.Kind.ADJUDICATE
Answer = Callable[[HttpRequest, Project, Holder], dict[str, Any]]


def _urls(project: Project, kind: str, language: str | None) -> dict[str, str]:
    prefix = "verify:" if kind == REVIEW else "verify:adjudicate-"
    query = f"?language={language}" if language else ""
    names = ("submit", "undo", "skip", "heartbeat", "next")
    urls = {name: reverse(f"{prefix}{name}", args=[project.slug]) + query for name in names}
    if kind == REVIEW:
        mending = {"mend": "verify:mend", "siblings": "verify:mend-siblings"}
        urls |= {key: reverse(name, args=[project.slug]) + query for key, name in mending.items()}
        urls |= {key: reverse(f"verify:{key}", args=[project.slug]) for key in ("ask", "answers")}
    urls["around"] = reverse("verify:around", args=[project.slug, 0])
    if has_terms(project):
        urls["terms"] = reverse("verify:terms", args=[project.slug])
    return urls | {"project": reverse("annotate:project", args=[project.slug])}


def _empty(holder: Holder) -> str:
    if not holder.languages:
        return _("No language is set for you here. Ask the project's manager to add yours.")
    return _("Everything open to you is judged. Thank you!")


@require_GET
@project_view()
def desk(
    request: HttpRequest, project: Project, language: str | None = None, kind: str = REVIEW
) -> HttpResponse:
    """The desk with the person's next card, in one of their languages or in all."""
    holder = seat_holder(request.user, project, kind, language)
    seat = actions.claim_next(project, holder.rater, holder.pools, timezone.now())
    card = card_of(project, seat) if seat else None
    context: dict[str, Any] = {
        "project": project,
        "language": language,
        "card": card,
        "urls": _urls(project, kind, language),
        "progress": progress(project, holder),
        "empty_message": _empty(holder),
    }
    if kind == REVIEW:
        return render(request, "verify/desk.html", context)
    context["readings"] = readings_of(project, seat) if seat else []
    return render(request, "verify/adjudicate.html", context)


def _asked(answer: Answer) -> Callable[..., HttpResponse]:
    """Make a JSON view: the answer with progress, or why there is none (409, 422)."""

    @project_view()
    @wraps(answer)
    def view(request: HttpRequest, project: Project, kind: str = REVIEW) -> HttpResponse:
        holder = seat_holder(request.user, project, kind, request.GET.get("language") or None)
        try:
            body = answer(request, project, holder)
        except SubmissionError as error:
            return JsonResponse({"error": str(error), "rows": list(error.rows)}, status=422)
        except SeatLost as error:
            card = next_card(project, holder, timezone.now())
            return JsonResponse({"error": str(error), "card": card}, status=409)
        except VerifyError as error:
            return JsonResponse({"error": str(error)}, status=409)
        return JsonResponse({"message": "", **body})

    return view


@require_POST
@_asked
def submit(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """Take a judgement in and give the next card."""
    data = read_body(request.body)
    seat, submission = read_seat(data), read_submission(data)
    saved = actions.record_judgement(seat, rater=holder.rater, submission=submission)
    note_done(holder.rater)
    return {"saved": saved.pk, **_next(project, holder)}


@require_POST
@_asked
def skip(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """Leave a seat to others and give the next card."""
    data = read_body(request.body)
    reason = data.get("reason")
    actions.skip(
        read_seat(data), rater=holder.rater, reason=reason if isinstance(reason, str) else ""
    )
    return _next(project, holder)


@require_POST
@_asked
def undo(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """Take the person's last judgement back and give its card."""
    seat = actions.undo_last(holder.rater)
    # A mended text that is taken back was none of those counted.
    if Judgement.objects.filter(assignment=seat).exists():
        note_done(holder.rater, -1)
    return {"card": card_of(project, seat), "progress": progress(project, holder)}


@require_POST
@_asked
def heartbeat(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """Keep a seat for another quarter of an hour."""
    seat = read_seat(read_body(request.body))
    seconds = actions.heartbeat(seat=seat, rater=holder.rater, now=timezone.now())
    return {"lease_seconds": seconds}


@require_GET
@_asked
def next_one(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """The card the person holds, or their next one."""
    return _next(project, holder)


def _next(project: Project, holder: Holder) -> dict[str, Any]:
    return {
        "card": next_card(project, holder, timezone.now()),
        "progress": progress(project, holder),
    }
