"""The tutorial: known texts at the real desk, each explained after it was answered; nothing is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from annotate.access import project_view
from annotate.actions.readings import load_readings
from annotate.models import Project
from verify import actions
from verify.access import Holder, seat_holder
from verify.card import card_of
from verify.checks import checked
from verify.errors import SeatLost, UndoRefused
from verify.forms import read_body, read_seat, read_submission
from verify.lesson import lesson
from verify.models import Assignment
from verify.parts import desk_parts
from verify.sheet import load_sheet
from verify.shell import person_key

from .desk import asked

ANSWERED = "answered"


@never_cache
@require_GET
@project_view()
def tutorial(request: HttpRequest, project: Project) -> HttpResponse:
    """The desk with the first text of the person's tutorial."""
    holder = seat_holder(request.user, project)
    seats = _seats(project, holder)
    names = {"submit": "check", "skip": "skip", "undo": "undo", "next": "next"}
    urls = {key: reverse(f"verify:tutorial-{name}", args=[project.slug])
            for key, name in names.items()}  # fmt: skip
    plain = {"desk": "verify:desk", "concepts": "verify:concepts", "project": "annotate:project"}
    urls |= {key: reverse(name, args=[project.slug]) for key, name in plain.items()}
    urls["keys"] = reverse("keys")
    context = {
        "project": project, "urls": urls, "own": {"person": person_key(request.user)},
        "empty_message": _("Nothing is marked as known right yet, so there is no tutorial."),
        "parts": desk_parts(request),
        **_next(project, seats, -1),
    }  # fmt: skip
    return render(request, "verify/tutorial.html", context)


@require_POST
@asked
def check(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """Hold an answer against what was expected, and give the next text. Nothing is stored."""
    data = read_body(request.body)
    seats, at = _at(project, holder, data)
    submission = read_submission(data)
    sheet = load_sheet(project=project.pk, seat=seats[at].pk)
    if sheet is None:
        raise SeatLost(_("This text is no longer part of the tutorial."))
    own = checked(sheet, submission).reading if submission.outcome == ANSWERED else None
    truth = sheet.shown["truth"]
    right = load_readings([truth])[truth]
    language = (get_language() or "en").partition("-")[0]
    return {"lesson": lesson(sheet, own, right, language), **_next(project, seats, at)}


@require_POST
@asked
def skip(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """The next text, without an answer to this one."""
    seats, at = _at(project, holder, read_body(request.body))
    return _next(project, seats, at)


@require_POST
@asked
def undo(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """Refused: an answer of the tutorial is not kept, so none can be taken back."""
    raise UndoRefused(_("Nothing of the tutorial is kept, so there is nothing to take back."))


@require_GET
@asked
def first(request: HttpRequest, project: Project, holder: Holder) -> dict[str, Any]:
    """The first text once more."""
    return _next(project, _seats(project, holder), -1)


def _seats(project: Project, holder: Holder) -> list[Assignment]:
    return actions.open_tutorial(project, holder.rater, holder.languages, timezone.now())


def _at(
    project: Project, holder: Holder, data: dict[str, Any]
) -> tuple[list[Assignment], int]:  # fmt: skip
    """The person's tutorial, and which of its texts a request is about."""
    seats, asked_for = _seats(project, holder), read_seat(data)
    at = next((n for n, seat in enumerate(seats) if seat.pk == asked_for), None)
    if at is None:
        raise SeatLost(_("This text is no longer part of the tutorial."))
    return seats, at


def _next(project: Project, seats: Sequence[Assignment], at: int) -> dict[str, Any]:
    """The card after the one at a place, None behind the last, and how far that is."""
    following = seats[at + 1] if at + 1 < len(seats) else None
    return {
        "card": card_of(project, following) if following else None,
        "progress": {"done": at + 1, "left": len(seats) - at - 1},
    }
