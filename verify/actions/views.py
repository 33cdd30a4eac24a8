"""Keep a way of looking at a project's texts, or let it go."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from annotate.models import Project
from verify.filters import Asked
from verify.models import SavedView


def save_view(
    *, project: Project, user: Any, name: str, asked: Asked, shared: bool = False
) -> SavedView:
    """Keep filters under a name; the person's own view of that name is replaced."""
    view, _ = SavedView.objects.update_or_create(
        project=project, user=user, name=name.strip()[:80],
        defaults={"query": asked.as_query(), "is_shared": shared},
    )  # fmt: skip
    return view


def drop_view(*, project: Project, user: Any, pk: int) -> bool:
    """Let a view of one's own go; whether there was one."""
    return bool(SavedView.objects.filter(project=project, user=user, pk=pk).delete()[0])


def views_of(project: Project, user: Any) -> QuerySet[SavedView]:
    """A person's own views and the shared ones. One query."""
    return SavedView.objects.filter(Q(user=user) | Q(is_shared=True), project=project)
