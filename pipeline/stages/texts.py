"""Texts of renditions as the stages hand them to machines, read in bulk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from annotate.actions.readings import load_readings
from annotate.models import Field, Rendition
from annotate.readings import Reading
from pipeline.projection.contract import Example


def texts_of(renditions: Iterable[int], **conditions: str) -> dict[int, dict[str, str]]:
    """The texts of renditions by field name, of the fields that meet the conditions. One query."""
    texts: dict[int, dict[str, str]] = defaultdict(dict)
    rows = Field.objects.filter(rendition_id__in=list(renditions), **conditions)
    for rendition, name, text in rows.values_list("rendition_id", "name", "passage__text"):
        texts[rendition][name] = text
    return texts


def carried_texts(rows: Iterable[tuple[int, int]]) -> Iterator[tuple[int, str, Example]]:
    """Target rendition, field name and what is to be carried, for fields that both sides have.

    ``rows`` are (target rendition, source rendition). Four queries for all of them.
    """
    origin = dict(rows)
    texts = texts_of({*origin, *origin.values()})
    standing = dict(
        Rendition.objects.filter(pk__in=set(origin.values())).values_list("pk", "standing_id")
    )
    readings = load_readings({pk for pk in standing.values() if pk})
    for target, source in origin.items():
        reading = readings.get(standing.get(source) or 0, Reading())
        for name, text in texts[target].items():
            if name in texts[source]:
                spans = tuple(span for span in reading.voted() if span.field == name)
                yield target, name, Example(texts[source][name], text, spans)
