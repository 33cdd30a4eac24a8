"""What every page's frame needs beside its own context: languages, fonts and the person's keys."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from annotate import fonts
from annotate.actions.preferences import preference_of
from annotate.tongues import tongues


def interface(request: HttpRequest) -> dict[str, Any]:
    """Each is asked for only where a template shows it."""

    def own_keys() -> dict[str, str]:
        user = getattr(request, "user", None)
        return preference_of(user).keys if user is not None and user.is_authenticated else {}

    def font_sheet() -> str:
        found = fonts.fonts()
        return f"{reverse('fonts')}?v={fonts.version(found)}" if found else ""

    return {"tongues": tongues, "own_keys": own_keys, "font_sheet": font_sheet}
