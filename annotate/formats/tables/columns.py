"""What the columns of a table mean: named by the project's manager, else by how they are called."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from annotate.formats.checks import language_tag
from annotate.formats.contract import Fault, ReadOptions
from annotate.formats.decoding import DECODER

# What a column may hold beside these: field:NAME, answer:QUESTION, translation:TAG, metadata, nothing.
PLAIN = (
    "id",
    "text",
    "language",
    "split",
    "group",
    "variety",
    "source",
    "target",
    "spans",
    "relations",
)
_KINDS = ("field", "answer", "translation", "source", "input")
_NAMED = {
    "id": "id", "text": "text", "sentence": "text", "content": "text", "language": "language",
    "lang": "language", "split": "split", "group": "group", "document": "group", "variety": "variety",
    "source": "source", "target": "target", "translation": "target", "spans": "spans",
    "relations": "relations", "label": "answer:label", "labels": "answer:label",
}  # fmt: skip
# What an export adds and an import passes over.
_PASSED = ("origin", "gold")
# A cell that a spreadsheet would take for a formula is written with this before it.
GUARD = "'"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def meanings(header: Sequence[str], options: ReadOptions) -> list[str]:
    """What each column holds. Raises Fault for a header that names none, twice the same, or no text."""
    names = [name.strip() for name in header]
    for name in options.columns:
        if name not in names:
            known = ", ".join(names)
            raise Fault(name, f"the table has no column of this name; it has {known}")
    found = [options.columns.get(name) or _by_name(name) for name in names]
    for meaning in found:
        kind, _, rest = meaning.partition(":")
        if meaning not in (*PLAIN, "metadata", "nothing") and not (kind in _KINDS and rest):
            raise Fault("columns", f"{meaning!r} is nothing that a column can hold")
        if meaning not in ("metadata", "nothing") and found.count(meaning) > 1:
            raise Fault("columns", f"two columns hold {meaning}; keep one of them")
    texts = ("text", "source", "target")
    if not any(m in texts or m.startswith(("field:", "translation:", "input:")) for m in found):
        raise Fault("text", "no column is called text; say which one holds the text")
    return found


def guessed(header: Sequence[str], options: ReadOptions) -> list[tuple[str, str]]:
    """Each column's name and what it would be taken for, whether or not a table of them can be read."""
    names = [name.strip() for name in header]
    return [(name, options.columns.get(name) or _by_name(name)) for name in names]


def _by_name(name: str) -> str:
    folded = name.casefold()
    if folded in _NAMED:
        return _NAMED[folded]
    if folded.partition(":")[0] in _KINDS and ":" in name:
        return name
    return "nothing" if folded in _PASSED or not name else "metadata"


def native(
    cells: Sequence[str], header: Sequence[str], found: Sequence[str], options: ReadOptions
) -> dict[str, Any]:
    """The row in the native form. Empty cells say nothing. Raises Fault."""
    if len(cells) > len(header) and any(cells[len(header) :]):
        raise Fault("", f"the row has {len(cells)} cells and the header {len(header)}")
    row: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {"field": {}, "answer": {}, "translation": {}, "input": {},
                                        "source": {}}  # fmt: skip
    metadata: dict[str, Any] = {}
    for cell, name, meaning in zip(cells, header, found, strict=False):
        if cell == "" or meaning == "nothing":
            continue
        kind, _, rest = meaning.partition(":")
        if meaning == "metadata":
            metadata[name.strip()] = cell
        elif meaning in ("spans", "relations"):
            row[meaning] = _json(cell, name)
        elif meaning in PLAIN:
            row[meaning] = cell
        elif kind == "answer":
            parts[kind][rest] = _answer(cell)
        else:
            parts[kind][rest] = cell
    return _assembled(row, parts, metadata, options)


def _assembled(
    row: dict[str, Any], parts: Mapping[str, Mapping[str, Any]], metadata: Mapping[str, Any],
    options: ReadOptions,
) -> dict[str, Any]:  # fmt: skip
    if parts["field"]:
        fields = {"text": row.pop("text")} if "text" in row else {}
        row["fields"] = {**fields, **parts["field"]}
    if parts["translation"]:
        row["translations"] = {
            language_tag(t, "translation"): x for t, x in parts["translation"].items()
        }
    if parts["source"]:
        # A table that was exported: the text is the target's, its source stands beside it.
        row = _pair(row, dict(parts["source"]))
    if row.get("source") and "text" in row:
        row = _pair(row, {"text": row.pop("source")})
    if parts["input"]:
        row["inputs"] = dict(parts["input"])
    if parts["answer"]:
        holder = row["target"] if isinstance(row.get("target"), dict) else row
        holder["answers"] = dict(parts["answer"])
    return row | ({"metadata": dict(metadata)} if metadata else {})


def _pair(row: dict[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
    inside = {
        k: row.pop(k) for k in ("text", "fields", "spans", "relations", "language") if k in row
    }
    row.pop("source", None)
    return row | {"source": {"fields": dict(source)}, "target": inside}


def _json(cell: str, name: str) -> Any:
    try:
        return DECODER.decode(cell)
    except (json.JSONDecodeError, RecursionError, ValueError):
        raise Fault(name, 'expected JSON, such as [[0, 3, "PER"]]') from None


def _answer(cell: str) -> Any:
    """A list of answers is written as JSON; everything else is a text."""
    if cell.startswith("[") and cell.endswith("]"):
        try:
            value = DECODER.decode(cell)
        except (ValueError, RecursionError):
            return cell
        return value if isinstance(value, list) else cell
    return cell
