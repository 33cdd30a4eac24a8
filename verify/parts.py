"""The desk's dock, dialogs and words: the same for everybody of a language, so a browser keeps them.

The first page brings them along, which saves a request; its script keeps them on the device and says so
by a cookie, and later pages come without them.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language

COOKIE = "desk_parts"
TEMPLATE = "_parts/desk_parts.html"


def desk_parts(request: HttpRequest, *, is_shell: bool = False) -> dict[str, Any]:
    """For the page: ``version``, ``url`` and the ``html``, which is empty where the browser has it.

    A page that is kept for opening without network always has all.
    """
    html, version = in_language(get_language() or "en")
    is_kept = not is_shell and request.COOKIES.get(COOKIE) == version
    return {"version": version, "url": reverse("verify:parts"), "html": "" if is_kept else html}


def in_language(language: str) -> tuple[str, str]:
    """The parts in the language in force, and their version, which tells languages apart too."""
    return _made(language) if settings.DEBUG else _kept(language)


@cache
def _kept(language: str) -> tuple[str, str]:
    return _made(language)


def _made(language: str) -> tuple[str, str]:
    html = render_to_string(TEMPLATE)
    return html, hashlib.sha256(f"{language}/{html}".encode()).hexdigest()[:12]
