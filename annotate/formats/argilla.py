"""Argilla 2 records as JSON lines: fields, suggestions of agents, and responses of people.

Offsets count code points on Argilla's server; records made in its page may count UTF-16 units: choose
the unit on import where a text has characters beyond the basic plane.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from annotate.formats.checks import describe, object_in, objects_in
from annotate.formats.contract import CardFacts, Fault, Format, Losses, ReadOptions
from annotate.formats.lines import first_line
from annotate.formats.native.converted import from_lines
from annotate.formats.omissions import Files, decided, marked, omit
from annotate.records import ExportRecord, ItemRecord, Loss, RowError

# The question that holds the spans of a field, as this writer names it.
SPANS = "spans"

_SIGN = re.compile(rb'"fields"\s*:\s*\{')
_KNOWN = frozenset(
    ("id", "_server_id", "status", "fields", "metadata", "suggestions", "responses", "vectors")
)


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Each agent's suggestions and each person's submitted responses become a candidate of theirs.

    Drafts and discarded responses are counted and left. A question whose value is a list of places
    holds spans of the field named by the import's option, else of the first; any other is an answer.
    """
    return from_lines(stream, options, partial(_native, options))


def _native(options: ReadOptions, row: dict[str, Any]) -> Mapping[str, Any]:
    fields = object_in(row.get("fields"), "fields")
    texts = {name: text for name, text in fields.items() if isinstance(text, str)}
    if not texts:
        raise Fault("fields", "expected at least one field with a text")
    if len(texts) < len(fields):
        options.notes["fields without text, not imported"] += len(fields) - len(texts)
    marked_field = options.field if options.field in texts else next(iter(texts))
    more = {key: value for key, value in row.items() if key not in _KNOWN}
    metadata = object_in(row.get("metadata"), "metadata") | more
    said: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for one in objects_in(row.get("suggestions"), "suggestions"):
        said[one.get("agent") or options.annotator].append((_question(one, "suggestions"), one))
    for name, one in _responses(row):
        if one.get("status", "submitted") == "submitted":
            said[str(one.get("user_id") or options.annotator)].append((name, one))
        else:
            options.notes["drafts and discarded responses, not imported"] += 1
    candidates = [
        {"annotator": who, **_reading(values, marked_field)} for who, values in said.items()
    ]
    native: dict[str, Any] = {
        "fields": [{"name": name, "text": text} for name, text in texts.items()],
        "metadata": metadata, "candidates": candidates,
    }  # fmt: skip
    return native | ({"id": row["id"]} if row.get("id") is not None else {})


def _reading(values: list[tuple[str, Any]], field: str) -> dict[str, Any]:
    """What one agent or person said, as a native reading."""
    spans: list[dict[str, Any]] = []
    answers: dict[str, Any] = {}
    for question, one in values:
        value = one.get("value")
        if isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
            if "start" in value[0]:
                own = (
                    question.removeprefix(f"{SPANS}-")
                    if question.startswith(f"{SPANS}-")
                    else field
                )
                spans += [_span(v, own, one.get("score")) for v in value]
            else:
                # A ranking: values with their ranks.
                ordered = sorted(value, key=lambda v: v.get("rank") or 0)
                answers[question] = [v.get("value") for v in ordered]
        elif value is not None:
            answers[question] = value
    return {"spans": spans, "answers": answers}


def _span(value: Mapping[str, Any], field: str, score: Any) -> dict[str, Any]:
    place = {name: value.get(name) for name in ("start", "end", "label")}
    return place | {"field": field, "score": score if isinstance(score, int | float) else None}


def _responses(row: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(question, response): a list of them, or as Argilla's client writes them, by question."""
    responses = row.get("responses")
    if isinstance(responses, dict):
        for name, given in responses.items():
            for one in objects_in(given, f"responses.{name}"):
                yield name, one
        return
    for one in objects_in(responses, "responses"):
        values = one.get("values")
        if not isinstance(values, dict):
            yield _question(one, "responses"), one
            continue
        # As the server answers: one response with the values of all questions.
        for name, value in values.items():
            yield name, {**one, **(value if isinstance(value, dict) else {"value": value})}


def _question(one: Mapping[str, Any], where: str) -> str:
    name = one.get("question_name")
    if not isinstance(name, str) or not name:
        raise Fault(where, f"expected a question_name, found {describe(name)}")
    return name


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.jsonl``: a record for each text, what was decided as its suggestions.

    Argilla takes one suggestion for a question and spans of one field for each: those of other fields
    go to a question of their own, ``spans-FIELD``. ``facts`` have no place here.
    """
    losses = Losses()
    with Files(folder, ".jsonl") as files:
        for record in decided(records, losses):
            omit(record, losses, keeps=("answers", "metadata", "origin"))
            metadata = {k: v for k, v in record.metadata.items() if k != "tokens"}
            row = {
                "id": record.external_id, "status": "pending",
                "fields": {field.name: field.text for field in record.fields},
                "metadata": {k: v for k, v in metadata.items() if _is_plain(v)},
                "suggestions": _suggestions(record, losses), "responses": [],
            }  # fmt: skip
            left = sum(not _is_plain(v) for v in metadata.values())
            losses.add("metadata that is neither text nor number", record.external_id, left)
            other = bool(record.inputs) + bool(record.variety)
            losses.add("inputs and varieties", record.external_id, other)
            files.of(record).write(json.dumps(row, ensure_ascii=False) + "\n")
    return losses.save(folder)


def _suggestions(record: ExportRecord, losses: Losses) -> list[dict[str, Any]]:
    by_field: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for span in marked(record):
        by_field[span.field].append({"start": span.start, "end": span.end, "label": span.label})
    first = record.fields[0].name if record.fields else ""
    agent = record.origin or None
    found: list[dict[str, Any]] = []
    for field, spans in by_field.items():
        name = SPANS if field == first else f"{SPANS}-{field}"
        found.append({"question_name": name, "value": spans, "score": None, "agent": agent})
    for answer in record.reading.answers if record.reading else ():
        if answer.target != "rendition":
            losses.add("answers about parts of a text", record.external_id)
            continue
        told = {"question_name": answer.question, "value": answer.value}
        found.append(told | {"score": None, "agent": agent})
    return found


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _sniff(filename: str, head: bytes) -> bool:
    first = first_line(head)
    is_one = b'"suggestions"' in first or b'"responses"' in first
    return first.startswith(b"{") and is_one and _SIGN.search(first) is not None


FORMAT = Format(
    name="argilla",
    title="Argilla records",
    extensions=(".jsonl",),
    unit="codepoint",
    sniff=_sniff,
    read=read,
    write=write,
    options=("annotator", "field", "max_line_bytes", "unit", "split", "id_prefix"),
)
