"""Items with their texts."""

from __future__ import annotations

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.models import Field, Item, Rendition

from .described import FAULTY, FORBIDDEN
from .gate import ProjectView
from .paging import PageAsked, page, page_of
from .shapes import ItemSerializer


class ItemsView(ProjectView):
    """The items of a project."""

    @extend_schema(
        tags=["projects"], operation_id="items_list", parameters=[PageAsked],
        responses={200: page_of(ItemSerializer), **FAULTY, **FORBIDDEN},
    )  # fmt: skip
    def get(self, request: Request, slug: str) -> Response:
        """List the items in the order of their arrival, with their current texts."""
        texts = Field.objects.select_related("passage").order_by("position", "id")
        current = Rendition.objects.current().order_by("language").prefetch_related(
            Prefetch("fields", queryset=texts)
        )  # fmt: skip
        rows = Item.objects.filter(project=self.project)
        rows = rows.prefetch_related(Prefetch("renditions", queryset=current))
        return page(request, rows, ItemSerializer)
