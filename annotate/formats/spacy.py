"""spaCy JSONL: a document per line as ``Doc.to_json`` writes it, read without spaCy.

Offsets count code points. ``ents`` never overlap; everything that was marked stands in the group
``sc`` of ``spans`` as well where some marks do (``doc.spans["sc"]``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from annotate.formats.categories import answers_of, categories_of
from annotate.formats.checks import describe, object_in, objects_in
from annotate.formats.contract import CardFacts, Fault, Format, Losses, ReadOptions
from annotate.formats.lines import first_line
from annotate.formats.native.converted import from_lines
from annotate.formats.omissions import Files, decided, labelled, marked, omit
from annotate.formats.tokens import kept_tokens, tokens_kept, tokens_of
from annotate.records import ExportRecord, FieldRecord, ItemRecord, Loss, RowError
from annotate.spans import Span

# What spaCy takes for true in ``cats``.
LEAST = 0.5
GROUP = "sc"

_SIGN = re.compile(rb'"(?:ents|sents)"\s*:\s*\[|"spans"\s*:\s*\{|"cats"\s*:\s*\{')
_KNOWN = frozenset(("text", "ents", "spans", "cats", "sents", "tokens", "meta", "id", "_"))


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """``ents`` and all groups of ``spans``; ``cats`` of half or more answer the question ``label``.

    Ids are ``id`` or ``meta.id``. What spaCy says of tokens beside their places is counted and left.
    """
    return from_lines(stream, options, partial(_native, options))


def _native(options: ReadOptions, row: dict[str, Any]) -> Mapping[str, Any]:
    text, meta = row.get("text"), object_in(row.get("meta"), "meta")
    metadata = {key: value for key, value in meta.items() if key != "id"}
    metadata |= {key: value for key, value in row.items() if key not in _KNOWN}
    tokens = _tokens(text, row)
    if tokens is not None:
        metadata["tokens"] = {options.language: tokens}
    if any(len(one) > 3 for one in objects_in(row.get("tokens"), "tokens")):
        options.notes["analyses of tokens (tags, lemmas, heads), not imported"] += 1
    native: dict[str, Any] = {
        "text": text, "metadata": metadata, "spans": _spans(row),
        "answers": answers_of(_cats(row)),
    }  # fmt: skip
    ident = row.get("id", meta.get("id"))
    return native | ({"id": ident} if ident is not None else {})


def _spans(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    groups = {"ents": row.get("ents")}
    groups |= {
        f"spans.{name}": group for name, group in object_in(row.get("spans"), "spans").items()
    }
    for place, group in groups.items():
        for one in objects_in(group, place):
            span = {name: one.get(name) for name in ("start", "end", "label")}
            # What stands among the entities and in a group is one span.
            found.setdefault(str(span), span)
    return list(found.values())


def _cats(row: Mapping[str, Any]) -> list[str]:
    cats = object_in(row.get("cats"), "cats")
    wrong = next((key for key, score in cats.items() if not isinstance(score, int | float)), None)
    if wrong is not None:
        raise Fault(f"cats.{wrong}", f"expected a score, found {describe(cats[wrong])}")
    return [key for key, score in cats.items() if score >= LEAST]


def _tokens(text: Any, row: Mapping[str, Any]) -> list[str] | None:
    """The tokens where they are told and are others than our own; None else."""
    told = objects_in(row.get("tokens"), "tokens")
    if not isinstance(text, str) or not told:
        return None
    ends = [(one.get("start"), one.get("end")) for one in told]
    if not all(isinstance(a, int) and isinstance(b, int) and 0 <= a < b for a, b in ends):
        return None
    words = [text[a:b] for a, b in ends]
    places = kept_tokens(text, words)
    return words if places is not None and places != tokens_of(text) else None


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.jsonl``: a document for each labelled field. ``facts`` have no place here.

    Spans that begin or end inside a token are not taken by ``char_span`` in its strict way: counted.
    """
    losses = Losses()
    with Files(folder, ".jsonl") as files:
        for record in decided(records, losses):
            omit(record, losses, keeps=("answers",))
            fields = labelled(record, losses)
            for number, field in enumerate(fields):
                ident = record.external_id + (f"/{field.name}" if len(fields) > 1 else "")
                cats = categories_of(record, losses) if number == 0 else []
                row = _document(record, field, ident, cats, losses)
                files.of(record).write(json.dumps(row, ensure_ascii=False) + "\n")
    return losses.save(folder)


def _document(
    record: ExportRecord, field: FieldRecord, ident: str, cats: list[str], losses: Losses
) -> dict[str, Any]:
    text = field.text
    kept = kept_tokens(text, tokens_kept(record.metadata, record.language))
    places = tokens_of(text) if kept is None else kept
    spans = sorted(
        (span for span in marked(record) if span.field == field.name),
        key=lambda span: (span.start or 0, -(span.end or 0)),
    )
    starts, ends = {a for a, _ in places}, {b for _, b in places}
    cut = sum(span.start not in starts or span.end not in ends for span in spans)
    losses.add("spans that cut a token (char_span takes none of them)", record.external_id, cut)
    apart = _apart(spans)
    row: dict[str, Any] = {"text": text, "ents": [_place(span) for span in apart]}
    if len(apart) < len(spans):
        row["spans"] = {GROUP: [_place(span) for span in spans]}
    if cats:
        row["cats"] = dict.fromkeys(cats, 1.0)
    tokens = [{"id": n, "start": a, "end": b} for n, (a, b) in enumerate(places)]
    return row | {"tokens": tokens, "meta": {"id": ident}}


def _apart(spans: list[Span]) -> list[Span]:
    """Those that overlap none before them, the longer first where two begin together."""
    found: list[Span] = []
    for span in spans:
        if not found or (span.start or 0) >= (found[-1].end or 0):
            found.append(span)
    return found


def _place(span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "label": span.label}


def _sniff(filename: str, head: bytes) -> bool:
    first = first_line(head)
    return first.startswith(b"{") and _SIGN.search(first) is not None


FORMAT = Format(
    name="spacy",
    title="spaCy JSONL",
    extensions=(".jsonl",),
    unit="codepoint",
    sniff=_sniff,
    read=read,
    write=write,
    options=("annotator", "field", "max_line_bytes", "unit", "split", "id_prefix"),
)
