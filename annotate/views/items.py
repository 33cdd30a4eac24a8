"""One item with all its texts, proposals and votes."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from annotate.access import Role, project_view
from annotate.models import Candidate, Consensus, Field, Item, Project, Rendition
from annotate.usefulness import set_aside

from .readings import shown
from .shell import page

MOST_CANDIDATES = 200


def _texts(rows: QuerySet[Rendition]) -> QuerySet[Rendition]:
    shown = Field.objects.select_related("passage").order_by("position", "id")
    votes = Consensus.objects.filter(of="machines").only("rendition_id", "route", "reason")
    return rows.select_related("item").prefetch_related(
        Prefetch("fields", queryset=shown), Prefetch("consensus", queryset=votes)
    )


@project_view(Role.MANAGER)
def detail(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One item: its texts in every language, what machines proposed and how their votes fell."""
    item: Item = get_object_or_404(Item.objects, pk=pk)
    renditions = _texts(Rendition.objects.filter(item=item)).select_related("version__annotator")
    rows = list(renditions.order_by("-is_current", "language", "-pk"))
    proposed: dict[int, list[Candidate]] = {}
    for candidate in _candidates(item):
        proposed.setdefault(candidate.rendition_id, []).append(candidate)
    parts = [(row, proposed.get(row.pk, [])) for row in rows]
    source = project.source_language
    parts.sort(key=lambda part: (not part[0].is_current, part[0].language != source))
    aside = Item.objects.filter(set_aside(project), pk=pk).exists()
    context: dict[str, Any] = {"tab": "items", "item": item, "parts": parts, "is_aside": aside}
    return page(request, project, "annotate/item.html", **context)


def _candidates(item: Item) -> QuerySet[Candidate]:
    found = Candidate.objects.filter(rendition__item=item).select_related("version__annotator")
    return found.prefetch_related(*shown("reading")).order_by(
        "version__annotator__position", "version_id", "ballot", "-id"
    )[:MOST_CANDIDATES]
