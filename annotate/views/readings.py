"""What a page shows of a reading, fetched for many at once: spans in order, and relations."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch

from annotate.models import Relation, Span


def shown(path: str) -> tuple[Prefetch[Any], Prefetch[Any]]:
    """What ``_parts/reading.html`` needs of readings at a path: two queries whatever their number."""
    spans = Span.objects.filter(rank=1).select_related("label", "field").order_by("start", "pk")
    relations = Relation.objects.select_related("label", "head", "tail").order_by("pk")
    return Prefetch(f"{path}__spans", queryset=spans), Prefetch(
        f"{path}__relations", queryset=relations
    )
