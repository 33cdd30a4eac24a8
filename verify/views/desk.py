"""The review desk and the adjudicator's: their pages, and what their scripts ask."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from annotate.access import ConsentMissing, project_view
from annotate.models import Project
from verify import actions
from verify.access import Holder, seat_holder
from verify.actions.claim import LEASE, claim_next
from verify.ahead import AHEAD, MOST, cards_ahead, read_ahead
from verify.card import card_of, next_card, readings_of, reasons_over
from verify.errors import SeatLost, SubmissionError, VerifyError
from verify.forms import read_body, read_reason, read_seat, read_seats, read_submission
from verify.models import Assignment, Judgement
from verify.parts import desk_parts
from verify.progress import note_done, progress
from verify.reveal import revealed
from verify.shell import icon, person_key
from verify.surroundings import goes_back, has_terms

REVIEW, ADJUDICATE = Assignment.Kind.REVIEW, Assignment.Kind.ADJUDICATE
# The desk's icon comes within the page, which saves a request.
DRAWN = [SELF, "data:"]
Answer = Callable[[HttpRequest, Project, Holder], dict[str, Any]]


def _urls(project: Project, kind: str, language: str | None) -> dict[str, str]:
    prefix = "verify:" if kind == REVIEW else "verify:adjudicate-"
    query = f"?language={language}" if language else ""
    names = ["submit", "undo", "skip", "heartbeat", "next"]
    names += ["ahead", "sync", "give-back"] if kind == REVIEW else []
    urls = {name: reverse(f"{prefix}{name}", args=[project.slug]) + query for name in names}
    if kind == ADJUDICATE:
        urls["send-back"] = reverse("verify:send-back", args=[project.slug]) + query
    urls["concepts"] = reverse("verify:concepts", args=[project.slug])
    urls["keys"] = reverse("keys")
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


def _tutorial(project: Project, holder: Holder) -> dict[str, bool]:
    """Whether the desk's menu has the tutorial, and whether the page offers it by itself."""
    if holder.kind != REVIEW:
        return {}
    began, available = actions.tutorial_state(project, holder.rater, holder.languages)
    return {"available": available, "offered": available and not began}


def _own(
    request: HttpRequest, project: Project, holder: Holder, language: str | None
) -> dict[str, Any]:
    """What the desk's scripts must know to keep things on the device and to work ahead."""
    is_review = holder.kind == REVIEW
    return {
        "person": person_key(request.user),
        "pool": f"{project.slug}/{holder.kind}/{language or ''}",
        "ahead": min(project.policy.get("ahead", AHEAD), MOST - 1) if is_review else None,
        "worker": reverse("verify:worker") if is_review else None,
        "shell": is_review and "shell" in request.GET,
    }


@never_cache
@csp_update({"img-src": DRAWN})
@require_GET
@project_view()
def desk(
    request: HttpRequest, project: Project, language: str | None = None, kind: str = REVIEW
) -> HttpResponse:
    """The desk with the person's next card, in one of their languages or in all."""
    holder = seat_holder(request.user, project, kind, language)
    own = _own(request, project, holder, language)
    now = timezone.now()
    seat = None if own["shell"] else claim_next(project, holder.rater, holder.pools, now)
    card = card_of(project, seat) if seat else None
    context: dict[str, Any] = {
        "project": project, "language": language, "card": card, "own": own,
        "urls": _urls(project, kind, language), "progress": progress(project, holder),
        "empty_message": _empty(holder), "tutorial": _tutorial(project, holder),
        "parts": desk_parts(request, is_shell=own["shell"]), "icon": icon(),
        "goes_back": goes_back(project),
    }  # fmt: skip
    if kind == REVIEW:
        return render(request, "verify/desk.html", context)
    context["readings"] = readings_of(project, seat) if seat else []
    context["reasons"] = reasons_over(seat) if seat else []
    return render(request, "verify/adjudicate.html", context)


def asked(answer: Answer) -> Callable[..., HttpResponse]:
    """Make a JSON view: the answer with progress, or why there is none (403, 409, 422)."""

    @project_view()
    @wraps(answer)
    def view(request: HttpRequest, project: Project, kind: str = REVIEW) -> HttpResponse:
        if request.headers.get("X-Person", own := person_key(request.user)) != own:
            return JsonResponse({"error": _("Somebody else is signed in here now.")}, status=403)
        try:
            holder = seat_holder(request.user, project, kind, request.GET.get("language") or None)
        except ConsentMissing as error:
            return JsonResponse({"error": str(error)}, status=403)
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
@asked
def submit(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """Take a judgement in and give the next card, or those that the desk holds ready."""
    data = read_body(request.body)
    seat, submission = read_seat(data), read_submission(data)
    saved = actions.record_judgement(seat, rater=holder.rater, submission=submission)
    note_done(holder.rater)
    told = revealed(project, saved)
    return {"saved": saved.pk, "revealed": told, **next_ones(project, holder, data)}


@require_POST
@asked
def skip(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """Leave a seat to others and give the next card."""
    data = read_body(request.body)
    actions.skip(read_seat(data), rater=holder.rater, reason=read_reason(data, "reason"))
    return next_ones(project, holder, data)


@require_POST
@asked
def undo(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """Take the person's last judgement back and give its card."""
    seat = actions.undo_last(holder.rater, pools=holder.pools)
    # A mended text that is taken back was none of those counted.
    if Judgement.objects.filter(assignment=seat).exists():
        note_done(holder.rater, -1)
    return {"card": card_of(project, seat), "progress": progress(project, holder)}


@require_POST
@asked
def heartbeat(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """Keep seats for another quarter of an hour; says which were kept."""
    seats = read_seats(read_body(request.body))
    kept = actions.heartbeat(seats=seats, rater=holder.rater, now=timezone.now())
    return {"lease_seconds": int(LEASE.total_seconds()), "kept": kept}


@require_GET
@asked
def next_one(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """The card the person holds, or their next one."""
    return next_ones(project, holder, {})


def next_ones(project: Project, holder: Holder, data: dict[str, Any]) -> dict[str, Any]:
    """The next card; where the request says what it holds ready, the cards that it lacks."""
    wanted, now = read_ahead(data), timezone.now()
    found = (
        cards_ahead(project, holder, wanted, now)
        if wanted
        else {"card": next_card(project, holder, now)}
    )
    return {**found, "progress": progress(project, holder)}
