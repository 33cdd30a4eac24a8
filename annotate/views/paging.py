"""Pages of long lists by key, never by offset: the thousandth costs what the first does."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def number_or_none(value: str | None) -> int | None:
    """A key from an address; what is no number counts as absent."""
    return int(value) if value and value.isdecimal() and len(value) < 19 else None


def keyset(rows: QuerySet[Row], before: str | None, size: int) -> tuple[list[Row], int | None]:
    """The newest ``size`` rows below the key ``before``, and the key to go on with, if any."""
    key = number_or_none(before)
    if key is not None:
        rows = rows.filter(pk__lt=key)
    found = list(rows.order_by("-pk")[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None
