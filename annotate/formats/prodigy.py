"""Prodigy JSONL: a task per line with its tokens, spans, relations, choices and the answer given.

Offsets count code points; ``token_end`` names the last token of a span, not the one after it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from annotate.formats.categories import answers_of, categories_of
from annotate.formats.checks import describe, list_in, object_in, objects_in
from annotate.formats.contract import CardFacts, Fault, Format, Losses, ReadOptions
from annotate.formats.lines import first_line
from annotate.formats.native.converted import from_lines
from annotate.formats.omissions import Files, decided, labelled, marked, omit
from annotate.formats.tokens import kept_tokens, tokens_kept, tokens_of
from annotate.records import ExportRecord, FieldRecord, ItemRecord, Loss, RowError
from annotate.spans import Span

_SIGN = re.compile(rb'"(?:_input_hash|_task_hash)"\s*:|"answer"\s*:\s*"(?:accept|reject|ignore)"')
_KNOWN = frozenset(
    (
        "text", "tokens", "spans", "relations", "options", "accept", "label", "answer", "meta",
        "id", "_input_hash", "_task_hash", "_annotator_id", "_is_binary", "_view_id",
    )
)  # fmt: skip


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Accepted tasks come with their labels; of rejected and ignored ones only the text is taken.

    Labels are credited to ``_annotator_id`` where there is one. Ids are ``id``, ``meta.id`` or
    ``_input_hash``. Choices and a task's ``label`` answer the question ``label``.
    """
    return from_lines(stream, options, partial(_native, options))


def _native(options: ReadOptions, row: dict[str, Any]) -> Mapping[str, Any]:
    text, meta = row.get("text"), object_in(row.get("meta"), "meta")
    metadata = {key: value for key, value in meta.items() if key != "id"}
    metadata |= {key: value for key, value in row.items() if key not in _KNOWN}
    tokens = [t.get("text") for t in objects_in(row.get("tokens"), "tokens")]
    places = kept_tokens(text, tokens) if isinstance(text, str) else None
    if places is not None and places != tokens_of(str(text)):
        metadata["tokens"] = {options.language: tokens}
    native: dict[str, Any] = {"text": text, "metadata": metadata}
    ident = row.get("id", meta.get("id", row.get("_input_hash")))
    if ident is not None:
        native["id"] = ident
    answer = row.get("answer", "accept")
    if answer not in ("accept", "reject", "ignore"):
        raise Fault("answer", f"expected accept, reject or ignore, found {describe(answer)}")
    if answer != "accept":
        options.notes[f"labels of tasks answered {answer}, not imported"] += 1
        return native
    annotator = row.get("_annotator_id") or options.annotator
    return native | {"candidates": [{"annotator": annotator, **_labels(options, row)}]}


def _labels(options: ReadOptions, row: Mapping[str, Any]) -> dict[str, Any]:
    rows = objects_in(row.get("spans"), "spans")
    spans = [
        {
            "start": one.get("start"), "end": one.get("end"), "label": one.get("label"),
            "surface": one.get("text") or "", "key": str(number), "score": one.get("score"),
        }
        for number, one in enumerate(rows, 1)
    ]  # fmt: skip
    relations = []
    for one in objects_in(row.get("relations"), "relations"):
        ends = [_end(rows, one, name) for name in ("head", "child")]
        if None in ends:
            options.notes["relations between tokens outside spans, not imported"] += 1
        else:
            relations.append({"label": one.get("label"), "head": ends[0], "tail": ends[1]})
    cats = list(list_in(row.get("accept"), "accept"))
    if row.get("label") is not None:
        cats.append(row["label"])
    said = answers_of([str(c) if type(c) is int else c for c in cats], "accept")
    return {"spans": spans, "relations": relations, "answers": said}


def _end(rows: list[dict[str, Any]], relation: Mapping[str, Any], name: str) -> str | None:
    """The key of the span that a relation's end stands for: by its offsets, else by its token."""
    place = relation.get(f"{name}_span")
    for number, one in enumerate(rows, 1):
        if isinstance(place, dict):
            if all(one.get(k) == place.get(k) for k in ("start", "end", "label")):
                return str(number)
        elif one.get("token_end") is not None and one["token_end"] == relation.get(name):
            return str(number)
    return None


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.jsonl``: an accepted task for each labelled field.

    ``facts`` have no place in this format.
    """
    losses = Losses()
    with Files(folder, ".jsonl") as files:
        for record in decided(records, losses):
            omit(record, losses, keeps=("relations", "answers"))
            fields = labelled(record, losses)
            for number, field in enumerate(fields):
                ident = record.external_id + (f"/{field.name}" if len(fields) > 1 else "")
                task = _task(record, field, ident, losses)
                cats = categories_of(record, losses) if number == 0 else []
                if cats:
                    task |= {"options": [{"id": c, "text": c} for c in cats], "accept": cats}
                files.of(record).write(json.dumps(task, ensure_ascii=False) + "\n")
            _count_relations(record, fields, losses)
    return losses.save(folder)


def _task(
    record: ExportRecord, field: FieldRecord, ident: str, losses: Losses
) -> dict[str, Any]:  # fmt: skip
    text = field.text
    kept = kept_tokens(text, tokens_kept(record.metadata, record.language))
    places = tokens_of(text) if kept is None else kept
    spans = [span for span in marked(record) if span.field == field.name]
    rows = [_span(span, places) for span in spans]
    cut = sum("token_start" not in row for row in rows)
    losses.add("spans that cut a token (written without its number)", record.external_id, cut)
    keys = {
        span.key or str(n): row for n, (span, row) in enumerate(zip(spans, rows, strict=True), 1)
    }
    relations = [
        {
            "head": keys[r.head].get("token_end"), "child": keys[r.tail].get("token_end"),
            "head_span": keys[r.head], "child_span": keys[r.tail], "label": r.label,
        }
        for r in (record.reading.relations if record.reading else ())
        if r.head in keys and r.tail in keys
    ]  # fmt: skip
    tokens = [
        {"text": text[a:b], "start": a, "end": b, "id": n, "ws": text[b : b + 1] == " "}
        for n, (a, b) in enumerate(places)
    ]
    task = {"text": text, "tokens": tokens, "spans": rows}
    if relations:
        task["relations"] = relations
    return task | {"answer": "accept", "meta": {"id": ident}}


def _span(span: Span, places: list[tuple[int, int]]) -> dict[str, Any]:
    row: dict[str, Any] = {"start": span.start, "end": span.end, "label": span.label}
    first = next((n for n, (a, _) in enumerate(places) if a == span.start), None)
    last = next((n for n, (_, b) in enumerate(places) if b == span.end), None)
    if first is not None and last is not None:
        row |= {"token_start": first, "token_end": last}
    return row


def _count_relations(record: ExportRecord, fields: list[FieldRecord], losses: Losses) -> None:
    """Relations whose ends stand in two fields, since a task holds one."""
    where = {span.key: span.field for span in marked(record) if span.key}
    names = {field.name for field in fields}
    for relation in record.reading.relations if record.reading else ():
        ends = {where.get(relation.head), where.get(relation.tail)}
        if len(ends) > 1 or not ends <= names:
            losses.add("relations across fields or to marks without a place", record.external_id)


def _sniff(filename: str, head: bytes) -> bool:
    first = first_line(head)
    return first.startswith(b"{") and _SIGN.search(first) is not None


FORMAT = Format(
    name="prodigy",
    title="Prodigy JSONL",
    extensions=(".jsonl",),
    unit="codepoint",
    sniff=_sniff,
    read=read,
    write=write,
    options=("annotator", "field", "max_line_bytes", "unit", "split", "id_prefix"),
)
