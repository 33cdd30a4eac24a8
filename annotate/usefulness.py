"""Usefulness: which items are worth labelling, where a project's judges say so beforehand.

What is set aside is not stored: it follows from each item's rating and the project's floor, so that
another floor or a judge switched off holds at once.
"""

from __future__ import annotations

from django.db.models import Q

from annotate.models import Annotator, Project

# What a judge rates instead of the project's own questions; also the key of its answers.
USEFULNESS = "usefulness"
LOWEST, HIGHEST = 1, 4
DEFAULT_FLOOR, DEFAULT_KEPT = 2.0, 0.05


def rates_usefulness(annotator: Annotator) -> bool:
    """Whether a judge rates what is worth labelling, before anything is labelled."""
    return annotator.kind == "judge" and annotator.settings.get("rates") == USEFULNESS


def sifters(project: Project) -> list[Annotator]:
    """The enabled judges of usefulness. One query."""
    rows = Annotator.objects.filter(project=project, kind="judge", is_enabled=True)
    return [row for row in rows.select_related("template") if rates_usefulness(row)]


def floor_of(project: Project) -> float:
    """The least rating, from 1 to 4, with which an item goes on."""
    return float(project.policy.get("usefulness_floor", DEFAULT_FLOOR))


def wanted(project: Project, item: str = "") -> Q:
    """Whether the item at the path goes on: all do where no judge of usefulness is switched on."""
    path = f"{item}__" if item else ""
    if not sifters(project):
        return Q()
    return Q(**{f"{path}is_kept": True}) | Q(**{f"{path}usefulness__gte": floor_of(project)})


def set_aside(project: Project) -> Q:
    """Whether an item was rated and does not go on; nothing where no such judge is switched on."""
    if not sifters(project):
        return Q(pk__in=[])
    return Q(is_kept=False, usefulness__lt=floor_of(project))
