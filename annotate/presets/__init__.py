"""Presets: what a new project starts with, as data files."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The presets there are."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


@cache
def default() -> str:
    """The preset that a project starts with unless another is chosen: the one that says so."""
    return next(name for name in names() if load(name).get("default"))


@cache
def bare() -> str:
    """The preset that brings nothing: all is set by hand."""
    parts = ("labels", "questions", "annotators")
    return next(name for name in names() if not any(load(name).get(part) for part in parts))


@cache
def load(name: str) -> dict[str, Any]:
    """A preset's labels, questions, annotators and policy; ``example`` shows an item it works on.

    Raises KeyError for an unknown name.
    """
    path = FOLDER / f"{name}.json"
    if name not in names():
        raise KeyError(f"there is no preset {name!r}; use one of {', '.join(names())}")
    preset: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return preset
