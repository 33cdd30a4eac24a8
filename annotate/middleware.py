"""Refuse bodies that are too large before anything reads them."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat

# Addresses that take files; a pair is two of the largest. All others take forms and JSON.
TAKES_FILES = ("/import/",)
FORM_BYTES = 5_000_000


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
