"""Long lists by key: the page after a row costs the same wherever that row is."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

SIZE, MOST = 100, 500


class PageAsked(serializers.Serializer):
    """Where a page begins and how long it is."""

    after = serializers.IntegerField(
        min_value=0, max_value=2**63 - 1, required=False, help_text="the id of the last row seen"
    )
    size = serializers.IntegerField(
        min_value=1, max_value=MOST, default=SIZE, help_text="rows in a page"
    )


def page_of(one: type[serializers.Serializer]) -> serializers.Serializer:
    """The shape of a page of such rows."""
    name = one.__name__.removesuffix("Serializer") + "Page"
    return inline_serializer(
        name,
        {
            "results": one(many=True),
            "next": serializers.URLField(
                allow_null=True, help_text="the next page; null at the end"
            ),
        },
    )


def page(
    request: Request,
    rows: QuerySet[Any],
    shape: type[serializers.Serializer],
    *,
    newest_first: bool = False,
) -> Response:
    """Answer with the rows after the key that the request names, and the address of the rest.

    Raises ValidationError naming ``after`` or ``size`` when one of them is no such number.
    """
    asked = PageAsked(data=request.query_params)
    asked.is_valid(raise_exception=True)
    after, size = asked.validated_data.get("after"), asked.validated_data["size"]
    if after is not None:
        rows = rows.filter(pk__lt=after) if newest_first else rows.filter(pk__gt=after)
    found = list(rows.order_by("-pk" if newest_first else "pk")[: size + 1])
    following = None
    if len(found) > size:
        query = request.query_params.copy()
        query["after"] = str(found[size - 1].pk)
        following = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
    return Response({"results": shape(found[:size], many=True).data, "next": following})
