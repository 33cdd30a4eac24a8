"""The items: a list by key, and one item with all its texts, proposals and votes."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from annotate.access import Role, project_view
from annotate.models import Candidate, Consensus, Field, Item, Project, Rendition
from annotate.usefulness import set_aside

from .paging import number_or_none
from .readings import shown
from .shell import page

PAGE = 50
MOST_CANDIDATES = 200


@project_view(Role.MANAGER)
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """The current texts in one language, in the order of their arrival or, by prefix, of their id."""
    tags = list(
        project.languages.order_by("role", "-priority", "tag").values_list("tag", flat=True)
    )
    asked = request.GET.get("language", "")
    language = asked if asked in tags else project.source_language
    prefix, after = request.GET.get("id", "").strip(), request.GET.get("after", "")
    find = _by_prefix if prefix else _by_arrival
    rows, more = find(language, after, prefix)
    context: dict[str, Any] = {
        "tab": "items", "rows": rows, "shown_language": language, "tags": tags, "prefix": prefix,
        "after": more,
    }  # fmt: skip
    return page(request, project, "annotate/items.html", **context)


def _texts(rows: QuerySet[Rendition]) -> QuerySet[Rendition]:
    shown = Field.objects.select_related("passage").order_by("position", "id")
    votes = Consensus.objects.filter(of="machines").only("rendition_id", "route", "reason")
    return rows.select_related("item").prefetch_related(
        Prefetch("fields", queryset=shown), Prefetch("consensus", queryset=votes)
    )


def _by_arrival(language: str, after: str, _: str) -> tuple[list[Rendition], int | None]:
    rows = Rendition.objects.current().filter(language=language)
    key = number_or_none(after)
    if key is not None:
        rows = rows.filter(pk__gt=key)
    found = list(_texts(rows.order_by("pk"))[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def _by_prefix(language: str, after: str, prefix: str) -> tuple[list[Rendition], str | None]:
    """A page is so many ids, whether or not they have the language: what costs is bounded."""
    items = Item.objects.filter(external_id__startswith=prefix, external_id__gte=prefix)
    if after:
        items = items.filter(external_id__gt=after)
    found = list(items.order_by("external_id").values_list("pk", "external_id")[: PAGE + 1])
    rows = Rendition.objects.current().filter(
        language=language, item_id__in=[pk for pk, _ in found[:PAGE]]
    )
    more = found[PAGE - 1][1] if len(found) > PAGE else None
    return list(_texts(rows.order_by("item__external_id"))), more


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
