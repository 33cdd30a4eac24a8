"""Versions of a project's guidelines, drawn from its history, and what changed between two of them."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from annotate.models import Project

MOST_EVENTS = 5000
# Lines around a change that are shown with it.
AROUND = 1


@dataclass(frozen=True, slots=True)
class Version:
    """The guidelines as they were from a time on; the first is number 1."""

    number: int
    since: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison: added, removed, the same, or a gap between two changes."""

    kind: Literal["added", "removed", "same", "gap"]
    text: str = ""


def fingerprint(text: str) -> str:
    """A short text that stands for guidelines; equal exactly for equal ones."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def versions(project: Project) -> list[Version]:
    """Every text that the guidelines had, oldest first; empty ones count once something stood there."""
    events: Any = project.events  # type: ignore[attr-defined]
    rows = events.order_by("pgh_id").values_list("pgh_created_at", "guidelines")[:MOST_EVENTS]
    found: list[Version] = []
    for since, text in rows:
        if text != (found[-1].text if found else ""):
            found.append(Version(len(found) + 1, since, text))
    return found


def changes(before: str, after: str) -> list[Line]:
    """What to strike from the one text and add to get the other, line by line, with a line around."""
    old, new = before.splitlines(), after.splitlines()
    lines: list[Line] = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(
        AROUND
    ):
        if lines:
            lines.append(Line("gap"))
        for kind, start, end, begin, until in group:
            if kind == "equal":
                lines += [Line("same", text) for text in old[start:end]]
                continue
            lines += [Line("removed", text) for text in old[start:end]]
            lines += [Line("added", text) for text in new[begin:until]]
    return lines


def news(project: Project, seen: dict[str, str]) -> dict[str, Any]:
    """What a person is told of the guidelines: whether they read these, and what changed since.

    ``seen`` maps project ids to fingerprints, as a preference keeps them.
    """
    if not project.guidelines or seen.get(str(project.pk)) == fingerprint(project.guidelines):
        return {"is_read": True}
    known = seen.get(str(project.pk))
    before = None
    if known:
        texts = (version.text for version in versions(project))
        before = next((text for text in texts if fingerprint(text) == known), None)
    return {
        "is_read": False,
        "changes": changes(before, project.guidelines) if before is not None else [],
    }
