"""Parquet that other people wrote: texts or tokens, with labels in the columns they are usually in."""

from __future__ import annotations

import datetime
import decimal
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq

from annotate.formats.checks import all_storable, describe
from annotate.formats.conll.tags import TagError, TagReader
from annotate.formats.contract import Fault, ReadOptions
from annotate.formats.native.converted import items_of
from annotate.formats.tables.columns import guessed, meanings
from annotate.formats.tokens import kept_tokens, tokens_of
from annotate.records import ItemRecord, RowError

TOKENS = "tokens"
_TAGS = ("ner_tags", "tags", "labels")
_BATCH = 200
_NO_LABEL = -1


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the columns hold, which of them are tokens' tags, and the names behind numbers."""

    meanings: Mapping[str, str]
    tags: str | None
    names: Mapping[str, Sequence[str]]


def read(file: pq.ParquetFile, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per row of a file that is not an export of Vouch.

    ``tokens`` beside ``ner_tags`` (or ``tags``, ``labels``) become a text and spans, other columns
    what ``options.columns`` says or they are called (as in tables: ``text``, ``label``, ``id``,
    ``lang``; else metadata). Numbers of a ClassLabel become its names. A ``translation`` that holds
    texts by language becomes renditions.
    """
    return items_of(_rows(file, options), options)


def _rows(
    file: pq.ParquetFile, options: ReadOptions
) -> Iterator[tuple[int, Mapping[str, Any]] | RowError]:
    try:
        columns = _columns(file, options)
    except Fault as fault:
        yield fault.at(1)
        return
    number = 0
    for batch in file.iter_batches(batch_size=_BATCH):
        for row in batch.to_pylist():
            number += 1
            try:
                native = _native(row, columns, options)
                all_storable(native, "")
                yield number, native
            except Fault as fault:
                yield fault.at(number)


def header(file: pq.ParquetFile, options: ReadOptions) -> list[tuple[str, str]]:
    """The columns that may be said to hold something else, and what each would be taken for."""
    return guessed(_free(list(file.schema_arrow.names))[0], options)


def _free(known: Sequence[str]) -> tuple[list[str], str | None]:
    """The columns beside tokens and their tags, and the one of the tags."""
    tags = next((n for n in _TAGS if TOKENS in known and n in known), None)
    return [name for name in known if name not in (TOKENS, tags)], tags


def _columns(file: pq.ParquetFile, options: ReadOptions) -> _Columns:
    schema = file.schema_arrow
    known = list(schema.names)
    names, tags = _free(known)
    if TOKENS in known and not any(name.casefold() in ("text", "sentence") for name in names):
        # Tokens are the text.
        found = meanings(["text", *names], options)[1:]
    else:
        found = meanings(names, options)
    raw = (schema.metadata or {}).get(b"huggingface")
    return _Columns(dict(zip(names, found, strict=True)), tags, class_names(raw))


def class_names(raw: bytes | None) -> dict[str, Sequence[str]]:
    """The names behind a column's numbers, out of what ``datasets`` notes in the file."""
    try:
        features = json.loads(raw or b"{}")["info"]["features"]
        columns = dict(features)
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    found: dict[str, Sequence[str]] = {}
    for name, feature in columns.items():
        inner = feature[0] if isinstance(feature, list) and feature else feature
        if isinstance(inner, dict) and inner.get("_type") != "ClassLabel":
            inner = inner.get("feature")
        names = inner.get("names") if isinstance(inner, dict) else None
        if isinstance(names, list) and all(isinstance(label, str) for label in names):
            found[name] = names
    return found


def _native(row: Mapping[str, Any], columns: _Columns, options: ReadOptions) -> dict[str, Any]:
    native: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    for name, meaning in columns.meanings.items():
        value = _named(row[name], columns.names.get(name), name)
        if value is None or meaning == "nothing":
            continue
        kind, _, rest = meaning.partition(":")
        if meaning == "metadata":
            metadata[name] = plain(value, name)
        elif kind in ("field", "answer", "translation", "input", "source") and rest:
            inside = {"answer": "answers", "input": "inputs"}.get(kind, f"{kind}s")
            native.setdefault(inside, {})[rest] = plain(value, name)
        elif meaning == "target" and isinstance(value, dict):
            native["translations"] = {tag: text for tag, text in value.items() if text is not None}
        else:
            native[meaning] = _short(plain(value, name), name, options)
    _arrange(native, options)
    if TOKENS in row and row[TOKENS] is not None:
        _tag(row, native, metadata, columns, options)
    return native | ({"metadata": metadata} if metadata else {})


def _arrange(native: dict[str, Any], options: ReadOptions) -> None:
    """Bring texts into the shapes of the native format."""
    if "sources" in native:
        native["source"] = {"fields": native.pop("sources")}
    if "fields" in native and "text" in native:
        native["fields"] = {"text": native.pop("text"), **native["fields"]}
    spoken = native.get("translations")
    if spoken and not native.keys() & {"text", "fields", "source"}:
        first = options.language if options.language in spoken else next(iter(spoken))
        native["renditions"] = [
            {"language": tag, "text": spoken[tag]}
            for tag in (first, *(tag for tag in spoken if tag != first))
        ]
        native["source_language"] = first
        del native["translations"]
    if isinstance(native.get("source"), str) and "text" in native:
        inside = {k: native.pop(k) for k in ("text", "spans", "answers") if k in native}
        native["target"] = inside


def _tag(
    row: Mapping[str, Any], native: dict[str, Any], metadata: dict[str, Any], columns: _Columns,
    options: ReadOptions,
) -> None:  # fmt: skip
    """Make text and spans of a row's tokens and tags."""
    tokens = row[TOKENS]
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise Fault(TOKENS, f"expected a list of texts, found {describe(tokens)}")
    text = native.setdefault("text", " ".join(tokens))
    places = kept_tokens(text, tokens)
    if places is None:
        raise Fault(TOKENS, "the tokens are not, one after the other, what stands in the text")
    if places != tokens_of(text):
        metadata[TOKENS] = {native.get("language") or options.language: tokens}
    if columns.tags is None:
        return
    tags = _named(row[columns.tags], columns.names.get(columns.tags), columns.tags)
    if not isinstance(tags, list) or len(tags) != len(tokens):
        raise Fault(columns.tags, f"expected a tag for each of the {len(tokens)} tokens")
    if not all(isinstance(tag, str) for tag in tags):
        raise Fault(
            columns.tags,
            "the tags are numbers and the file does not say what they stand for; save it with "
            "ClassLabel or with the tags as texts",
        )
    try:
        chunks = TagReader().chunks(tags)
    except TagError as error:
        raise Fault(columns.tags, str(error)) from None
    native["spans"] = [[places[a][0], places[b - 1][1], label] for a, b, label in chunks]


def _named(value: Any, names: Sequence[str] | None, column: str) -> Any:
    """Numbers of a class label as its names; what has none, as it is."""
    if names is None or value is None:
        return value
    if isinstance(value, list):
        return [_named(part, names, column) for part in value]
    if type(value) is not int or value == _NO_LABEL:
        return None if value == _NO_LABEL else value
    if not 0 <= value < len(names):
        raise Fault(column, f"the number {value} stands for none of the {len(names)} labels")
    return names[value]


def plain(value: Any, column: str) -> Any:
    """A value as JSON holds it. Raises Fault for bytes and for numbers that are not finite."""
    if isinstance(value, dict):
        return {str(key): plain(part, column) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part, column) for part in value]
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal | datetime.timedelta):
        return str(value)
    if isinstance(value, float) and value - value != 0:
        raise Fault(column, f"{value} is no number that can be stored; leave it empty")
    if value is None or isinstance(value, str | int | float):
        return value
    raise Fault(column, f"holds {type(value).__name__}, which is no text and no number")


def _short(value: Any, column: str, options: ReadOptions) -> Any:
    if isinstance(value, str) and len(value) > options.max_line_bytes:
        most = options.max_line_bytes
        raise Fault(column, f"has more than {most:,} characters; split it into several rows")
    return value
