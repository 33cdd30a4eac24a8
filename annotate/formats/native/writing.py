"""Write native JSONL: items as they were imported, and renditions as they are exported."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from annotate.formats.checks import Seen
from annotate.formats.contract import CardFacts, Losses
from annotate.readings import Reading, Relation
from annotate.records import (
    CandidateRecord,
    ExportRecord,
    FieldRecord,
    ItemRecord,
    JudgementRecord,
    Loss,
    RenditionRecord,
)
from annotate.spans import Span

FILENAME = "items.jsonl"


def item_line(item: ItemRecord) -> str:
    """The item as one line of JSON, without a line end; reading it gives an equal item."""
    row = _item(item)
    row["renditions"] = [_rendition(rendition) for rendition in item.renditions]
    return _json(row)


def write_items(items: Iterable[ItemRecord], stream: TextIO) -> int:
    """Write items, one line each; return how many. The stream must not translate line ends."""
    count = 0
    for item in items:
        stream.write(item_line(item) + "\n")
        count += 1
    return count


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``items.jsonl``: one line per item with all its renditions.

    Renditions of an item must follow one another; ValueError names the item otherwise. What is lost
    is empty unless renditions of an item were made from different source texts. ``facts`` have no
    place in this format.
    """
    losses, seen = Losses(), Seen()
    with (folder / FILENAME).open("w", encoding="utf-8", newline="\n") as stream:
        for group in _grouped(records):
            ident = group[0].external_id
            if not seen.add(ident):
                raise ValueError(
                    f"renditions of item {ident!r} do not follow one another; order them by item"
                )
            stream.write(_json(_exported(group, losses)) + "\n")
    return losses.report()


def _grouped(records: Iterable[ExportRecord]) -> Iterator[list[ExportRecord]]:
    group: list[ExportRecord] = []
    for record in records:
        if group and record.external_id != group[0].external_id:
            yield group
            group = []
        group.append(record)
    if group:
        yield group


def _exported(group: list[ExportRecord], losses: Losses) -> dict[str, Any]:
    """The row of an item: its source side once, then each rendition with what led to it."""
    first = group[0]
    row = _item(first)
    if first.source_language:
        row["source_language"] = first.source_language
    own = {record.language for record in group}
    renditions: list[dict[str, Any]] = []
    given: ExportRecord | None = None
    for record in group:
        if not record.source_fields or record.source_language in own:
            continue
        if given is None:
            given = record
            side: dict[str, Any] = {"language": record.source_language}
            side["fields"] = [_field(f, i) for i, f in enumerate(record.source_fields)]
            if record.source_reading is not None:
                side["reading"] = _reading(record.source_reading)
            renditions.append(side)
        elif (given.source_fields, given.source_reading) != (
            record.source_fields, record.source_reading,
        ):  # fmt: skip
            losses.add("source texts or labels that differ between languages", first.external_id)
    renditions += [_decided(record) for record in group]
    row["renditions"] = renditions
    return row


def _decided(record: ExportRecord) -> dict[str, Any]:
    row: dict[str, Any] = {"language": record.language}
    if record.rendition_origin != "original":
        row["origin"] = record.rendition_origin
    row["fields"] = [_field(field, index) for index, field in enumerate(record.fields)]
    if record.reading is not None:
        row["reading"] = _reading(record.reading)
    if record.origin or record.gold:
        row["decision"] = {"origin": record.origin, "gold": record.gold}
    if record.candidates:
        row["candidates"] = [_candidate(candidate) for candidate in record.candidates]
    if record.judgements:
        row["judgements"] = [judgement_row(judgement) for judgement in record.judgements]
    return row


def _item(item: ItemRecord | ExportRecord) -> dict[str, Any]:
    row: dict[str, Any] = {"id": item.external_id}
    values = {
        "split": item.split, "group": item.group, "position": item.position,
        "variety": item.variety, "metadata": dict(item.metadata), "inputs": dict(item.inputs),
    }  # fmt: skip
    row.update((name, value) for name, value in values.items() if value)
    return row


def _rendition(rendition: RenditionRecord) -> dict[str, Any]:
    row: dict[str, Any] = {"language": rendition.language}
    if rendition.origin != "original":
        row["origin"] = rendition.origin
    row["fields"] = [_field(field, index) for index, field in enumerate(rendition.fields)]
    if rendition.candidates:
        row["candidates"] = [_candidate(candidate) for candidate in rendition.candidates]
    return row


def _field(field: FieldRecord, index: int) -> dict[str, Any]:
    row: dict[str, Any] = {"name": field.name, "text": field.text}
    if field.role != "labelled":
        row["role"] = field.role
    if field.position != index:
        row["position"] = field.position
    if field.speaker:
        row["speaker"] = field.speaker
    if field.language is not None:
        row["language"] = field.language
    return row


def _candidate(candidate: CandidateRecord) -> dict[str, Any]:
    row: dict[str, Any] = {"annotator": candidate.annotator}
    if candidate.ballot != 1:
        row["ballot"] = candidate.ballot
    return row | _reading(candidate.reading)


def _reading(reading: Reading) -> dict[str, Any]:
    row: dict[str, Any] = {"spans": [span_row(span) for span in reading.spans]}
    if reading.answers:
        row["answers"] = [
            {"question": a.question, "target": a.target, "value": a.value} for a in reading.answers
        ]
    if reading.relations:
        row["relations"] = [_relation(relation) for relation in reading.relations]
    return row


def _relation(relation: Relation) -> dict[str, Any]:
    row = {"label": relation.label, "head": relation.head, "tail": relation.tail}
    if relation.source is not None:
        row["source"] = relation.source
    return _without(row, key=relation.key)


def span_row(span: Span) -> dict[str, Any]:
    """The span as JSON, defaults left out."""
    if span.anchor == "text":
        row: dict[str, Any] = {
            "start": span.start, "end": span.end, "label": span.label, "surface": span.surface,
        }  # fmt: skip
    else:
        row = {"anchor": span.anchor, "label": span.label}
    if span.field != "text":
        row["field"] = span.field
    if span.side != "target":
        row["side"] = span.side
    if span.rank != 1:
        row["rank"] = span.rank
    if span.attributes:
        row["attributes"] = dict(span.attributes)
    if span.source is not None:
        row["source"] = span.source
    return _without(row, key=span.key, method=span.method, score=span.score)


def judgement_row(judgement: JudgementRecord) -> dict[str, Any]:
    """The judgement as JSON, empty values left out."""
    row: dict[str, Any] = {"rater": judgement.rater, "outcome": judgement.outcome}
    if judgement.reading is not None:
        row["reading"] = _reading(judgement.reading)
    row["round"] = judgement.round
    if judgement.verdicts:
        row["verdicts"] = [dict(verdict) for verdict in judgement.verdicts]
    return _without(
        row, mode=judgement.mode, submitted_at=judgement.submitted_at,
        seconds=judgement.seconds, comment=judgement.comment,
    )  # fmt: skip


def _without(row: dict[str, Any], **values: Any) -> dict[str, Any]:
    """Add the values that say something: neither None nor an empty text."""
    row.update((name, value) for name, value in values.items() if value not in (None, ""))
    return row


def _json(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
