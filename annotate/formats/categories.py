"""Answers as flat categories, ``question=value``, in formats that know only names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from annotate.formats.checks import describe
from annotate.formats.contract import Fault, Losses
from annotate.records import ExportRecord


def answers_of(cats: Iterable[Any], column: str = "cats") -> dict[str, Any]:
    """Answers by question; a category without ``=`` answers the question ``label``. Raises Fault.

    >>> answers_of(["topic=travel", "short"])
    {'topic': 'travel', 'label': 'short'}
    """
    found: dict[str, list[str]] = {}
    for cat in cats:
        if not isinstance(cat, str):
            raise Fault(column, f"expected a category, found {describe(cat)}")
        question, is_named, value = cat.partition("=")
        found.setdefault(question if is_named else "label", []).append(value if is_named else cat)
    return {key: values[0] if len(values) == 1 else values for key, values in found.items()}


def categories_of(record: ExportRecord, losses: Losses) -> list[str]:
    """The answers about a whole rendition as categories; those about its parts are counted."""
    cats: list[str] = []
    for answer in record.reading.answers if record.reading else ():
        if answer.target != "rendition":
            losses.add("answers about parts of a text", record.external_id)
            continue
        values = answer.value if isinstance(answer.value, list) else [answer.value]
        cats += [f"{answer.question}={value}" for value in values]
    return cats
