"""What stands before every page: bodies too large are refused, and sessions noted as seen."""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat

# Addresses that take files; a pair is two of the largest. All others take forms and JSON.
TAKES_FILES = ("/import/",)
FORM_BYTES = 5_000_000
# How exactly the list of one's sessions says when each was last seen, in seconds.
SEEN_SECONDS = 300.0
SEEN = "seen"


class BodyLimit:
    """Answer 413 to a request whose announced length is above what its address takes.

    Django limits fields and JSON by itself, but writes the files of any multipart form to disk, even
    for people who are not signed in. Place it above CsrfViewMiddleware, which reads the body.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the request through, or refuse it unread."""
        most = self.limit(request.path)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > most:
            return render(request, "413.html", {"most": filesizeformat(most)}, status=413)
        return self.get_response(request)

    @staticmethod
    def limit(path: str) -> int:
        """The most bytes of a body at an address."""
        if path.endswith(TAKES_FILES):
            return int(2 * settings.UPLOAD_MAX_BYTES + FORM_BYTES)
        return FORM_BYTES


class SessionsSeen:
    """Note when and from where a session that began at the sign-in page was last seen.

    Costs a write in five minutes for each session; a page that never asks who is there costs nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then note the session."""
        response = self.get_response(request)
        session = request.session
        if session.accessed and SEEN in session and request.user.is_authenticated:
            key, at = session[SEEN]
            if key != session.session_key or time.time() - at > SEEN_SECONDS:
                note_seen(request)
        return response


def note_seen(request: HttpRequest) -> None:
    """Keep when, from where and with what a session was seen."""
    request.session[SEEN] = (request.session.session_key, time.time())
    UserSession.objects.create_from_request(request)
