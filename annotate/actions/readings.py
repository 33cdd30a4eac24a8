"""Store readings with their spans and relations, and load them back as plain values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import cast

from django.utils import timezone

from annotate import models, readings
from annotate.copying import reserve_several, write_tables
from annotate.spans import Anchor, Side, Span, SpanError, anchored

READING_COLUMNS = ("id", "project_id", "rendition_id", "basis_id", "answers", "digest", "made_at")
SPAN_COLUMNS = (
    "id", "project_id", "reading_id", "key", "label_id", "field_id", "start", "end", "surface",
    "anchor", "attributes", "source_id", "method", "score", "rank",
)  # fmt: skip
RELATION_COLUMNS = ("id", "project_id", "reading_id", "key", "label_id", "head_id", "tail_id",
                    "source_id")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slot:
    """A field as spans see it: its row and its exact text."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class NewReading:
    """A reading to store for a rendition.

    ``slots`` maps (side, field name) to the text the spans stand in. ``basis_spans`` maps the keys
    of the basis' spans to their rows, for spans and relations that were carried from it.
    """

    rendition: int
    reading: readings.Reading
    slots: Mapping[tuple[str, str], Slot]
    basis: int | None = None
    basis_spans: Mapping[str, int] | None = None
    basis_relations: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class LabelBook:
    """The project's label rows by key, for spans and for relations."""

    spans: Mapping[str, int]
    relations: Mapping[str, int]

    @classmethod
    def of(cls, project: models.Project) -> LabelBook:
        """The labels as they are now: one query."""
        rows = models.Label.objects.filter(project=project).values_list("kind", "key", "id")
        book: dict[str, dict[str, int]] = defaultdict(dict)
        for kind, key, pk in rows:
            book[kind][key] = pk
        return cls(book["span"], book["relation"])


class UnknownLabel(ValueError):
    """A reading uses a label that the project does not have."""


def write_readings(
    project: models.Project,
    rows: Sequence[NewReading],
    *,
    labels: LabelBook | None = None,
    ids: Sequence[int] | None = None,
    span_ids: Sequence[int] = (),
) -> list[int]:
    """Store readings in bulk (four statements in all) and return their ids, in order.

    ``ids`` and ``span_ids`` were reserved beforehand; spans beyond the latter are given new ones. Every
    surface is checked against its text. Raises SpanError or UnknownLabel, then nothing of the
    batch is written. Call inside a transaction.
    """
    book = labels or LabelBook.of(project)
    spans = sum(len(row.reading.spans) for row in rows)
    wanted, for_spans, for_relations = reserve_several(
        {
            models.Reading: len(rows) if ids is None else 0,
            models.Span: max(spans - len(span_ids), 0),
            models.Relation: sum(len(row.reading.relations) for row in rows),
        }
    )
    reading_ids = wanted if ids is None else list(ids)
    spans_left, relation_ids = chain(span_ids, for_spans), iter(for_relations)
    now = timezone.now()
    reading_rows, span_rows, relation_rows = [], [], []
    for pk, row in zip(reading_ids, rows, strict=True):
        value = row.reading
        answers = [[a.question, a.target, a.value] for a in value.answers]
        reading_rows.append(
            (pk, project.pk, row.rendition, row.basis, answers, value.digest(), now)
        )
        keys: dict[str, int] = {}
        for number, span in enumerate(value.spans, 1):
            span_row = _span_row(project.pk, pk, next(spans_left), number, span, row, book)
            keys[span_row[3]] = span_row[0]
            span_rows.append(span_row)
        for number, relation in enumerate(value.relations, 1):
            relation_rows.append(
                _relation_row(project.pk, pk, next(relation_ids), number, relation, keys, row, book)
            )
    write_tables(
        (models.Reading, READING_COLUMNS, reading_rows),
        (models.Span, SPAN_COLUMNS, span_rows),
        (models.Relation, RELATION_COLUMNS, relation_rows),
    )
    return reading_ids


def _span_row(
    project: int, reading: int, pk: int, number: int, span: Span, row: NewReading, book: LabelBook
) -> tuple:
    label = book.spans.get(span.label)
    if label is None:
        raise UnknownLabel(f"the project has no span label {span.label!r}")
    slot = row.slots.get((span.side, span.field))
    if span.anchor == "text" and slot is None:
        raise SpanError(f"there is no field {span.field!r} on the {span.side} side")
    checked = anchored(span, slot.text if slot else "")
    source = (row.basis_spans or {}).get(span.source) if span.source else None
    return (
        pk, project, reading, span.key or str(number), label,
        slot.id if slot and span.anchor == "text" else None,
        checked.start, checked.end, checked.surface, span.anchor, dict(span.attributes),
        source, span.method, span.score, span.rank,
    )  # fmt: skip


def _relation_row(
    project: int, reading: int, pk: int, number: int, relation: readings.Relation,
    keys: Mapping[str, int], row: NewReading, book: LabelBook,
) -> tuple:  # fmt: skip
    label = book.relations.get(relation.label)
    if label is None:
        raise UnknownLabel(f"the project has no relation label {relation.label!r}")
    if relation.head not in keys or relation.tail not in keys:
        raise SpanError(f"relation {relation.label} joins a span that the reading does not have")
    source = (row.basis_relations or {}).get(relation.source) if relation.source else None
    key = relation.key or str(number)
    return (pk, project, reading, key, label, keys[relation.head], keys[relation.tail], source)


def load_readings(ids: Iterable[int]) -> dict[int, readings.Reading]:
    """Readings as values by id: three queries, however many. Call inside the project's scope.

    A projected span's ``source`` is the key of the span it came from.
    """
    wanted = list(ids)
    answers = dict(models.Reading.objects.filter(pk__in=wanted).values_list("pk", "answers"))
    targets = dict(models.Reading.objects.filter(pk__in=wanted).values_list("pk", "rendition_id"))
    spans: dict[int, list[Span]] = defaultdict(list)
    key_of: dict[int, str] = {}
    rows = (
        models.Span.objects.filter(reading_id__in=wanted)
        .order_by("id")
        .values_list(
            "id", "reading_id", "key", "label__key", "field__name", "field__rendition_id", "start",
            "end", "surface", "anchor", "attributes", "source__key", "method", "score", "rank",
        )
    )  # fmt: skip
    for (pk, reading, key, label, name, rendition, start, end, surface, anchor, attributes,
         source, method, score, rank) in rows:  # fmt: skip
        key_of[pk] = key
        side: Side = "target" if rendition in (None, targets.get(reading)) else "source"
        spans[reading].append(
            Span(label, start, end, name or "text", surface, cast("Anchor", anchor), side, key,
                 source, method, score, rank, attributes)
        )  # fmt: skip
    relations: dict[int, list[readings.Relation]] = defaultdict(list)
    for reading, key, label, head, tail, source in (
        models.Relation.objects.filter(reading_id__in=wanted)
        .order_by("id")
        .values_list("reading_id", "key", "label__key", "head_id", "tail_id", "source__key")
    ):
        relations[reading].append(readings.Relation(label, key_of[head], key_of[tail], key, source))
    return {
        pk: readings.Reading(
            tuple(readings.Answer(*answer) for answer in found),
            tuple(spans[pk]),
            tuple(relations[pk]),
        )
        for pk, found in answers.items()
    }


def span_rows_by_reading(readings: Iterable[int | None]) -> dict[int, dict[str, int]]:
    """The rows of readings' spans, by reading and key: one query."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    wanted = {pk for pk in readings if pk is not None}
    rows = models.Span.objects.filter(reading_id__in=wanted).values_list("reading_id", "key", "id")
    for reading, key, pk in rows:
        found[reading][key] = pk
    return found


def relation_rows_by_reading(readings: Iterable[int | None]) -> dict[int, dict[str, int]]:
    """The rows of readings' relations, by reading and key: one query."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    wanted = {pk for pk in readings if pk is not None}
    rows = models.Relation.objects.filter(reading_id__in=wanted)
    for reading, key, pk in rows.values_list("reading_id", "key", "id"):
        found[reading][key] = pk
    return found


def span_rows_of(reading: int | None) -> dict[str, int]:
    """The rows of one reading's spans by key: one query."""
    return span_rows_by_reading([reading]).get(reading or 0, {})


def relation_rows_of(reading: int | None) -> dict[str, int]:
    """The rows of one reading's relations by key: one query."""
    return relation_rows_by_reading([reading]).get(reading or 0, {})


def slots_of(renditions: Iterable[int]) -> dict[int, dict[tuple[str, str], Slot]]:
    """The fields spans may stand in, per rendition: its own and its source's. Two queries."""
    wanted = list(renditions)
    origins = dict(models.Rendition.objects.filter(pk__in=wanted).values_list("pk", "made_from_id"))
    fields: dict[int, dict[str, Slot]] = defaultdict(dict)
    needed = set(wanted) | {pk for pk in origins.values() if pk}
    for rendition, name, pk, text in models.Field.objects.filter(
        rendition_id__in=needed
    ).values_list("rendition_id", "name", "id", "passage__text"):
        fields[rendition][name] = Slot(pk, text)
    slots: dict[int, dict[tuple[str, str], Slot]] = {}
    for rendition, origin in origins.items():
        slots[rendition] = {("target", name): slot for name, slot in fields[rendition].items()}
        if origin:
            slots[rendition] |= {("source", n): slot for n, slot in fields[origin].items()}
    return slots
