"""What judges set aside as not worth labelling: the list, and taking texts back in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from annotate.access import Role, project_view
from annotate.actions.usefulness import keep_items
from annotate.models import Field, Item, Project, Rendition
from annotate.usefulness import floor_of, set_aside

from .paging import number_or_none
from .shell import page

PAGE = 50


@project_view(Role.MANAGER)
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """The texts that are set aside, in the order of their arrival, each with its rating."""
    texts = Field.objects.select_related("passage").order_by("position", "id")
    originals = Rendition.objects.current().filter(origin="original")
    rows = Item.objects.filter(set_aside(project)).prefetch_related(
        Prefetch(
            "renditions", queryset=originals.prefetch_related(Prefetch("fields", queryset=texts))
        )
    )
    after = number_or_none(request.GET.get("after", ""))
    found = list(rows.filter(pk__gt=after or 0).order_by("pk")[: PAGE + 1])
    context: dict[str, Any] = {
        "tab": "items", "rows": found[:PAGE], "floor": floor_of(project),
        "after": found[PAGE - 1].pk if len(found) > PAGE else None,
    }  # fmt: skip
    return page(request, project, "annotate/aside.html", **context)


@require_POST
@project_view(Role.MANAGER)
def keep(request: HttpRequest, project: Project) -> HttpResponse:
    """Let the chosen items go on whatever their rating, or hold them to it again."""
    chosen = [pk for value in request.POST.getlist("item") if (pk := number_or_none(value))]
    kept = request.POST.get("kept") != "no"
    count = keep_items(project, chosen[:PAGE], kept=kept)
    said = ngettext("%s text goes on.", "%s texts go on.", count) if kept else ngettext(
        "%s text is held to its rating.", "%s texts are held to their rating.", count
    )  # fmt: skip
    messages.success(request, said % count)
    back = request.META.get("HTTP_REFERER", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}):
        return redirect(back)
    return redirect("annotate:aside", slug=project.slug)
