"""Check questions as a person or program writes them: each fault names its question and its cause."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .questions import CHOOSING, LONGEST_TEXT

KINDS = ("spans", "relations", "choice", "choices", "checklist", "rating", "score", "ranking",
         "pick", "link", "text")  # fmt: skip
SCOPES = ("rendition", "field", "span", "relation", "option", "basis")
PARTS = ("key", "kind", "scope", "wording", "options", "condition", "required", "settings")
# Settings by what they hold.
NUMBERS = ("min", "max", "step", "least", "most", "rows")
NAMES = ("from", "of", "prefill", "lang", "missing")
LISTS = ("severities", "causes", "show")
SWITCHES = ("ties", "source")
COMPARED = ("is", "below", "at_least")


def question_faults(rows: Any) -> list[str]:
    """What is wrong with a project's questions, in order, a sentence each."""
    if not isinstance(rows, list):
        return ["Give a list of questions."]
    if not _can_be_stored(rows):
        return ["A text holds a NUL character or half a surrogate pair."]
    faults: list[str] = []
    before: set[str] = set()
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping) or not _is_name(row.get("key"), 80):
            faults.append(f"Question {number}: give it a key of at most 80 characters.")
            continue
        found = _faults(row, before)
        if row["key"] in before:
            found.insert(0, "its key is another's already")
        faults += [f"Question {row['key']}: {fault}." for fault in found]
        before.add(row["key"])
    return faults


def _faults(row: Mapping[str, Any], before: set[str]) -> list[str]:
    found = [f"it has no part {part!r}" for part in row if part not in PARTS]
    if row.get("kind") not in KINDS:
        return [*found, f"its kind is none of {', '.join(KINDS)}"]
    if row.get("scope", "rendition") not in SCOPES:
        found.append(f"its scope is none of {', '.join(SCOPES)}")
    if not _is_wording(row.get("wording")):
        found.append('give its wording by language, such as {"en": "Is it fluent?"}')
    if not isinstance(row.get("required", True), bool):
        found.append("required is true or false")
    settings = row.get("settings", {})
    if not isinstance(settings, Mapping):
        return [*found, "its settings are no object"]
    found += _setting_faults(settings) + _option_faults(row, settings)
    if row.get("condition"):
        found += _condition_faults(row["condition"], before)
    return found


def _setting_faults(settings: Mapping[str, Any]) -> list[str]:
    found = []
    for name, value in settings.items():
        if name in NUMBERS:
            is_right = isinstance(value, int | float) and not isinstance(value, bool)
        elif name in NAMES:
            is_right = _is_name(value, 80)
        elif name in LISTS:
            is_right = isinstance(value, list) and (name != "show" or all(map(_is_shown, value)))
        elif name in SWITCHES:
            is_right = isinstance(value, bool)
        else:
            is_right = name == "help" and _is_wording(value)
        if not is_right:
            found.append(f"the setting {name!r} cannot be {value!r}")
    low, high = settings.get("min", 0), settings.get("max", LONGEST_TEXT)
    if not found and low >= high:
        found.append(f"min {low} is not below max {high}")
    return found


def _option_faults(row: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    options = row.get("options", [])
    if not isinstance(options, list):
        return ["its options are no list"]
    keys = [o.get("key") if isinstance(o, Mapping) else o for o in options]
    if not all(_is_name(key, 80) for key in keys):
        return ["every option needs a key, which is a text"]
    if len(set(keys)) < len(keys):
        return ["two of its options have the same key"]
    if row["kind"] in CHOOSING and not keys and "from" not in settings:
        return ['it has no options; give some, or the setting "from"']
    if row["kind"] == "score" and not all(_is_number(str(key)) for key in keys):
        return ["the keys of a score's anchors are numbers"]
    return []


def _condition_faults(condition: Any, before: set[str]) -> list[str]:
    if not isinstance(condition, Mapping):
        return ["its condition is no object"]
    several: Sequence[Any] | None = condition.get("any", condition.get("all"))
    if several is not None or "not" in condition:
        parts = [condition["not"]] if several is None else several
        if not isinstance(parts, list):
            return ["any and all take a list of conditions"]
        return [fault for part in parts for fault in _condition_faults(part, before)]
    if "label" in condition or "attribute" in condition:
        return []
    key = condition.get("question")
    if key not in before:
        return [f"its condition looks at {key!r}, which is not asked before it"]
    unknown = [part for part in condition if part not in ("question", *COMPARED)]
    return [f"its condition has no part {part!r}" for part in unknown]


def _is_name(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most


def _is_wording(value: Any) -> bool:
    """Whether it is a text for at least one language."""
    if not isinstance(value, Mapping):
        return False
    return bool(value) and all(isinstance(text, str) and text for text in value.values())


def _is_shown(row: Any) -> bool:
    return isinstance(row, Mapping) and _is_name(row.get("input"), 80)


def _can_be_stored(rows: list[Any]) -> bool:
    """Whether PostgreSQL takes all the texts in it."""
    written = json.dumps(rows, ensure_ascii=False)
    return "\\u0000" not in written and not any("\ud800" <= c <= "\udfff" for c in written)


def _is_number(key: str) -> bool:
    try:
        float(key)
    except ValueError:
        return False
    return True
