"""doccano JSONL: spans, relations and categories of single texts.

Its offsets count UTF-16 units, or grapheme clusters in projects of that mode.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from annotate.formats.categories import answers_of, categories_of
from annotate.formats.checks import describe, list_in
from annotate.formats.contract import CardFacts, Fault, Format, Losses, ReadOptions
from annotate.formats.lines import first_line
from annotate.formats.native.converted import from_lines
from annotate.formats.omissions import Files, decided, labelled, marked, omit
from annotate.records import ExportRecord, FieldRecord, ItemRecord, Loss, RowError
from annotate.spans import offsets_of

_LABELLED = re.compile(rb'"(?:label|entities|cats)"\s*:\s*\[')
_KNOWN = frozenset(("id", "text", "data", "label", "labels", "entities", "relations", "cats"))


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """A text per line with ``label`` (triples or categories) or ``entities`` and ``relations``.

    Categories become the answer to the question ``label``, or to ``q`` where one reads ``q=value``.
    Other keys become metadata.
    """
    return from_lines(stream, options, _native)


def _native(row: dict[str, Any]) -> Mapping[str, Any]:
    text = row.get("text", row.get("data"))
    spans: list[dict[str, Any]] = []
    cats = list(list_in(row.get("cats"), "cats"))
    for place, one in _all(row, ("label", "labels", "entities")):
        if isinstance(one, list) and len(one) == 3:
            spans.append({"start": one[0], "end": one[1], "label": one[2]})
        elif isinstance(one, dict):
            spans.append(
                {
                    "start": one.get("start_offset"), "end": one.get("end_offset"),
                    "label": one.get("label"), "key": one.get("id"),
                }
            )  # fmt: skip
        elif isinstance(one, str):
            cats.append(one)
        else:
            raise Fault(place, f"expected a span or a category, found {describe(one)}")
    relations = [
        {"label": r.get("type"), "head": r.get("from_id"), "tail": r.get("to_id")}
        for r in list_in(row.get("relations"), "relations")
        if isinstance(r, dict)
    ]
    native = {key: value for key, value in row.items() if key not in _KNOWN}
    native |= {"text": text, "spans": spans, "relations": relations, "answers": answers_of(cats)}
    return native | ({"id": row["id"]} if row.get("id") is not None else {})


def _all(row: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name in names:
        for index, one in enumerate(list_in(row.get(name), name)):
            yield f"{name}[{index}]", one


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.jsonl``: a line for each labelled field, offsets in UTF-16 units.

    ``facts`` have no place in this format.
    """
    losses = Losses()
    with Files(folder, ".jsonl") as files:
        for record in decided(records, losses):
            omit(record, losses, keeps=("relations", "answers"))
            fields = labelled(record, losses)
            for number, field in enumerate(fields):
                row = _row(record, field, losses, several=len(fields) > 1, first=number == 0)
                files.of(record).write(json.dumps(row, ensure_ascii=False) + "\n")
    return losses.save(folder)


def _row(
    record: ExportRecord, field: FieldRecord, losses: Losses, *, several: bool, first: bool
) -> dict[str, Any]:
    at = offsets_of(field.text, "utf16")
    spans = [span for span in marked(record) if span.field == field.name]
    numbers = {span.key or str(n): n for n, span in enumerate(spans, 1)}
    entities = [
        {"id": n, "start_offset": at[span.start or 0], "end_offset": at[span.end or 0], "label": span.label}
        for n, span in enumerate(spans, 1)
    ]  # fmt: skip
    reading = record.reading
    relations = [
        {"id": n, "from_id": numbers[r.head], "to_id": numbers[r.tail], "type": r.label}
        for n, r in enumerate(reading.relations if reading else (), 1)
        if r.head in numbers and r.tail in numbers
    ]
    cats = categories_of(record, losses) if first else []
    ident = f"{record.external_id}/{field.name}" if several else record.external_id
    return {
        "id": ident,
        "text": field.text,
        "entities": entities,
        "relations": relations,
        "cats": cats,
    }


def _sniff(filename: str, head: bytes) -> bool:
    first = first_line(head)
    return first.startswith(b"{") and _LABELLED.search(first) is not None


FORMAT = Format(
    name="doccano",
    title="doccano JSONL",
    extensions=(".jsonl",),
    unit="utf16",
    sniff=_sniff,
    read=read,
    write=write,
    options=("annotator", "field", "max_line_bytes", "unit", "split", "id_prefix"),
)
