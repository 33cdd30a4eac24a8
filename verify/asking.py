"""The questions of a card: where each is asked, in which words, from which options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotate import languages
from annotate.questions import (
    MARKED,
    Asked,
    Option,
    asked_of_options,
    listed,
    options_of,
)

from .marking import Marking
from .sheet import Sheet

# Settings that the page needs as they are.
_PASSED = ("min", "max", "step", "ties", "least", "most", "rows")


def questions_on(sheet: Sheet, language: str) -> list[dict[str, Any]]:
    """The questions that this item can be asked, in order, in the reader's language."""
    return [
        _question(sheet, row, language)
        for row in sheet.questions
        if row.kind not in MARKED and sheet.asks(row)
    ]


def _question(sheet: Sheet, row: Asked, language: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "key": row.key,
        "kind": row.kind,
        "scope": row.scope,
        "wording": worded(row.wording, language, row.key),
        "required": row.required,
        "condition": row.condition,
        "options": [_option(o, sheet, language) for o in _shown(sheet, row)],
        "settings": {name: row.settings[name] for name in _PASSED if name in row.settings},
    }
    if help_text := worded(row.settings.get("help"), language, ""):
        found["help"] = help_text
    if row.scope == "field":
        found["targets"] = [
            {"target": f"field:{f.name}", "wording": f.name}
            for f in sheet.fields
            if f.side == "target"
        ]
    if row.scope == "option":
        found["targets"] = [
            {**_option(o, sheet, language), "target": f"option:{o['key']}"}
            for o in _in_shown_order(sheet, row)
        ]
    if row.kind == "text":
        found |= _writing(sheet, row, language)
    return found


def _shown(sheet: Sheet, row: Asked) -> list[Option]:
    """The options in the order that the seat was given."""
    options = {option["key"]: option for option in options_of(row, sheet.inputs)}
    order = (sheet.shown.get("options") or {}).get(row.key) or list(options)
    kept = [key for key in order if key in options]
    return [options[key] for key in [*kept, *(k for k in options if k not in kept)]]


def _in_shown_order(sheet: Sheet, row: Asked) -> Sequence[Option]:
    """What is asked one by one, in the order in which another question shows the same list."""
    options = {option["key"]: option for option in asked_of_options(row, sheet.inputs)}
    same = next(
        (q for q in sheet.questions if row.settings.get("of") == q.settings.get("from")), row
    )
    order = (sheet.shown.get("options") or {}).get(same.key) or []
    kept = [key for key in order if key in options]
    return [options[key] for key in [*kept, *(k for k in options if k not in kept)]]


def _option(option: Option, sheet: Sheet, language: str) -> dict[str, Any]:
    """An option for the page; who proposed it stays behind."""
    text = option.get("text")
    key = option["key"]
    found = {"key": key, "wording": worded(option.get("wording"), language, "" if text else key)}
    if text:
        found |= {"text": str(text), **_tongue(sheet, option.get("lang") or sheet.language)}
    if help_text := worded(option.get("help"), language, ""):
        found["help"] = help_text
    if colour := option.get("colour"):
        found["colour"] = colour
    return found


def _writing(sheet: Sheet, row: Asked, language: str) -> dict[str, Any]:
    """The language of a text to be written, and what it starts from, by target."""
    of = row.settings.get("lang", "target")
    tag = {"target": sheet.language, "source": sheet.source_language, "interface": language}.get(
        of, of
    )
    return {**_tongue(sheet, tag or sheet.language), "prefill": _prefill(sheet, row)}


def _prefill(sheet: Sheet, row: Asked) -> dict[str, str]:
    name = row.settings.get("prefill")
    if name not in ("target", "source"):
        given = sheet.inputs.get(name) if isinstance(name, str) else None
        return {"rendition": given} if isinstance(given, str) else {}
    fields = [f for f in sheet.fields if f.side == name]
    if row.scope == "field":
        return {f"field:{f.name}": f.text for f in fields}
    first = next((f.text for f in fields if f.role == "labelled"), None)
    return {"rendition": first} if first else {}


def _tongue(sheet: Sheet, tag: str) -> dict[str, str]:
    return {"lang": tag, "dir": sheet.directions.get(tag) or languages.direction(tag)}


def notes_on(sheet: Sheet, language: str) -> list[dict[str, Any]]:
    """What of the item's inputs is shown beside the texts, by the questions' setting ``show``."""
    found: dict[str, dict[str, Any]] = {}
    for question in sheet.questions:
        for row in question.settings.get("show") or []:
            value = sheet.inputs.get(row["input"])
            if value in (None, "", []) or row["input"] in found:
                continue
            lines = [o.get("text") or worded(o.get("wording"), language, o["key"])
                     for o in listed(sheet.inputs, row["input"])]  # fmt: skip
            found[row["input"]] = {
                "wording": worded(row.get("wording"), language, row["input"]),
                "lines": lines or [str(value)],
                **_tongue(sheet, row.get("lang") or sheet.source_language or sheet.language),
            }
    return list(found.values())


def marking_on(sheet: Sheet, language: str) -> dict[str, Any]:
    """What may be said of marked spans, in the reader's language."""
    marking = Marking.of(sheet.questions)
    return {
        "severities": [_option(o, sheet, language) for o in marking.severities],
        "causes": [_option(o, sheet, language) for o in marking.causes],
        "missing": marking.missing,
        "source": marking.source,
        "most": marking.most,
    }


def relations_on(sheet: Sheet, language: str, reading: int | None) -> list[dict[str, Any]]:
    """The links of a reading between its spans, their ends named by span."""
    names = {row.key: worded(row.names, language, row.key) for row in sheet.labels
             if row.kind == "relation"}  # fmt: skip
    return [
        {"key": row.key, "label": row.label, "name": names.get(row.label, row.label),
         "head": row.head, "tail": row.tail, "source": row.source}
        for row in sheet.relations
        if reading is not None and row.reading == reading
    ]  # fmt: skip


def answers_of(sheet: Sheet, reading: int | None) -> list[dict[str, Any]]:
    """A reading's answers, each with what it is about."""
    return [
        {"question": question, "target": target, "value": value}
        for question, target, value in (sheet.answers.get(reading, []) if reading else [])
    ]


def worded(wording: Any, language: str, otherwise: str) -> str:
    """A wording in the reader's language, else in English; a bare text as it is."""
    if isinstance(wording, str):
        return wording
    known: Mapping[str, Any] = wording or {}
    return str(known.get(language) or known.get("en") or otherwise)
