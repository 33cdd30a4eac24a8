"""What every page's frame needs beside its own context: interface languages and the person's keys."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from annotate.actions.preferences import preference_of
from annotate.tongues import tongues


def interface(request: HttpRequest) -> dict[str, Any]:
    """Both are asked for only where a template shows them."""

    def own_keys() -> dict[str, str]:
        user = getattr(request, "user", None)
        return preference_of(user).keys if user is not None and user.is_authenticated else {}

    return {"tongues": tongues, "own_keys": own_keys}
