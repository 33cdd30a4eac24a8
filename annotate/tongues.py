"""The languages that the interface speaks, and which of them a native speaker has read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from annotate import languages


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language of the interface: tag, its own name for itself, and whether it is a draft."""

    tag: str
    name: str
    direction: str
    is_draft: bool


@cache
def tongues() -> tuple[Tongue, ...]:
    """All of them in the order of the settings; drafts are those that ``locale/reviewed.json`` lacks."""
    reviewed = json.loads(Path(settings.LOCALE_PATHS[0], "reviewed.json").read_text("utf-8"))
    return tuple(
        Tongue(tag, name, languages.direction(tag), not reviewed.get(tag))
        for tag, name in settings.LANGUAGES
    )
