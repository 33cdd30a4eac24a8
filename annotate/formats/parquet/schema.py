"""Columns of the Parquet files: what each row holds, in Arrow's types."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from annotate.readings import Reading
from annotate.records import ExportRecord, FieldRecord, JudgementRecord
from annotate.spans import Span

_SPAN = pa.struct(
    [
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("label", pa.string()),
        ("surface", pa.string()),
        ("field", pa.string()),
        ("source", pa.string()),
        ("key", pa.string()),
        ("anchor", pa.string()),
        ("side", pa.string()),
        ("method", pa.string()),
        ("score", pa.float64()),
        ("attributes", pa.string()),
    ]
)
_ANSWER = pa.struct([("question", pa.string()), ("target", pa.string()), ("value", pa.string())])
_RELATION = pa.struct([(name, pa.string()) for name in ("label", "head", "tail", "key", "source")])
_FIELD = pa.struct(
    [
        ("name", pa.string()),
        ("text", pa.string()),
        ("role", pa.string()),
        ("position", pa.int32()),
        ("speaker", pa.string()),
        ("language", pa.string()),
    ]
)
_METADATA = {"vouch.format": "1", "vouch.offset_unit": "codepoint"}
_TOKENS = [("tokens", pa.list_(pa.string())), ("ner_tags", pa.list_(pa.string()))]

DECIDED = pa.schema(
    [
        ("id", pa.string()),
        ("split", pa.string()),
        ("lang", pa.string()),
        ("source_lang", pa.string()),
        ("source_text", pa.string()),
        ("text", pa.string()),
        ("fields", pa.list_(_FIELD)),
        ("spans", pa.list_(_SPAN)),
        ("answers", pa.list_(_ANSWER)),
        ("relations", pa.list_(_RELATION)),
        ("origin", pa.string()),
        ("gold", pa.bool_()),
        ("rendition_origin", pa.string()),
        ("source_fields", pa.list_(_FIELD)),
        ("source_spans", pa.list_(_SPAN)),
        ("source_answers", pa.list_(_ANSWER)),
        ("source_relations", pa.list_(_RELATION)),
        ("group", pa.string()),
        ("position", pa.int32()),
        ("variety", pa.string()),
        ("metadata", pa.string()),
        ("inputs", pa.string()),
    ],
    metadata=_METADATA,
)
TAGGED = pa.schema([*DECIDED, *(pa.field(*column) for column in _TOKENS)], metadata=_METADATA)
JUDGED = pa.schema(
    [
        ("id", pa.string()),
        ("lang", pa.string()),
        ("rater", pa.string()),
        ("outcome", pa.string()),
        ("mode", pa.string()),
        ("round", pa.int32()),
        ("spans", pa.list_(_SPAN)),
        ("answers", pa.list_(_ANSWER)),
        ("relations", pa.list_(_RELATION)),
        ("seconds", pa.float64()),
        ("submitted_at", pa.string()),
        ("verdicts", pa.list_(pa.string())),
        ("comment", pa.string()),
    ],
    metadata=_METADATA,
)


def decided_row(record: ExportRecord, reading: Reading) -> dict[str, Any]:
    """The row of a decided rendition."""
    source = record.source_reading
    return {
        "id": record.external_id,
        "split": record.split,
        "lang": record.language,
        "source_lang": record.source_language,
        "source_text": main_text(record.source_fields),
        "text": main_text(record.fields),
        "fields": [_field(field) for field in record.fields],
        **_said(reading),
        "origin": record.origin,
        "gold": record.gold,
        "rendition_origin": record.rendition_origin,
        "source_fields": [_field(field) for field in record.source_fields],
        **{f"source_{name}": rows for name, rows in _said(source).items()},
        "group": record.group,
        "position": record.position,
        "variety": record.variety,
        "metadata": as_json(record.metadata) if record.metadata else None,
        "inputs": as_json(record.inputs) if record.inputs else None,
    }


def judged_row(record: ExportRecord, judgement: JudgementRecord) -> dict[str, Any]:
    """The row of a person's judgement."""
    return {
        "id": record.external_id,
        "lang": record.language,
        "rater": judgement.rater,
        "outcome": judgement.outcome,
        "mode": judgement.mode,
        "round": judgement.round,
        **_said(judgement.reading),
        "seconds": judgement.seconds,
        "submitted_at": judgement.submitted_at,
        "verdicts": [as_json(verdict) for verdict in judgement.verdicts],
        "comment": judgement.comment,
    }


def main_text(fields: Sequence[FieldRecord]) -> str | None:
    """The text people mean: the field called text, else the first labelled one, else the first."""
    if not fields:
        return None
    ordered = sorted(fields, key=lambda f: (f.name != "text", f.role != "labelled"))
    return ordered[0].text


def as_json(value: Any) -> str:
    """JSON with sorted keys, so that equal values are equal texts."""
    return json.dumps(
        dict(value) if isinstance(value, Mapping) else value,
        ensure_ascii=False,
        allow_nan=False,
        sort_keys=True,
    )


def _said(reading: Reading | None) -> dict[str, Any]:
    """Spans of rank 1, answers and relations; None each where nobody said anything."""
    if reading is None:
        return {"spans": None, "answers": None, "relations": None}
    return {
        "spans": [_span(span) for span in reading.spans if span.rank == 1],
        "answers": [
            {"question": a.question, "target": a.target, "value": as_json(a.value)}
            for a in reading.answers
        ],
        "relations": [
            {"label": r.label, "head": r.head, "tail": r.tail, "key": r.key, "source": r.source}
            for r in reading.relations
        ],
    }


def _span(span: Span) -> dict[str, Any]:
    return {
        "start": span.start,
        "end": span.end,
        "label": span.label,
        "surface": span.surface,
        "field": span.field,
        "source": span.source,
        "key": span.key,
        "anchor": span.anchor,
        "side": span.side,
        "method": span.method,
        "score": span.score,
        "attributes": as_json(span.attributes) if span.attributes else None,
    }


def _field(field: FieldRecord) -> dict[str, Any]:
    return {
        "name": field.name,
        "text": field.text,
        "role": field.role,
        "position": field.position,
        "speaker": field.speaker,
        "language": field.language,
    }
