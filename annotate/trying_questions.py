"""Questions as the desk is given them, without an item: for looking at them while they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotate import languages

# Settings that the desk's forms need as they are.
KEPT = ("min", "max", "step", "ties", "least", "most", "rows")
# Kinds that are marked in the text and have no form of their own.
MARKED = ("spans", "relations")


def shown(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A checked question for the desk's forms, in a language, else in English, else by its key.

    Where the options come from an item's list, three stand for them.
    """
    settings = row.get("settings") or {}
    made = {
        "key": row["key"],
        "kind": row["kind"],
        "scope": row.get("scope", "rendition"),
        "wording": said(row.get("wording"), language, row["key"]),
        "help": said(settings.get("help"), language, ""),
        "required": row.get("required", True),
        "options": _options(row, settings, language),
        "settings": {name: settings[name] for name in KEPT if name in settings},
        "is_marked": row["kind"] in MARKED,
        "is_conditional": bool(row.get("condition")),
        "marking": [
            [said(_whole(option).get("wording"), language, str(_whole(option)["key"]))
             for option in settings.get(part, [])]
            for part in ("severities", "causes")
        ],
    }  # fmt: skip
    if row["kind"] == "text":
        of = settings.get("lang", "target")
        tag = language if of in ("target", "source", "interface") else str(of)
        made |= {"lang": tag, "dir": languages.direction(tag)}
    return made


def _options(
    row: Mapping[str, Any], settings: Mapping[str, Any], language: str
) -> list[dict[str, Any]]:
    own = [_whole(option) for option in row.get("options") or []]
    if settings.get("from"):
        drawn = [{"key": f"{settings['from']} {n}"} for n in (1, 2, 3)]
        own = [*drawn, *(option for option in own if option.get("fixed"))]
    return [
        {
            "key": option["key"],
            "wording": said(option.get("wording"), language, str(option["key"])),
            "help": said(option.get("help"), language, ""),
        }
        for option in own
    ]


def _whole(option: Any) -> Mapping[str, Any]:
    return option if isinstance(option, Mapping) else {"key": option}


def said(wording: Any, language: str, fallback: str) -> str:
    """A wording in a language, else in English, else the fallback."""
    if isinstance(wording, str):
        return wording
    if not isinstance(wording, Mapping):
        return fallback
    return str(wording.get(language) or wording.get("en") or fallback)
