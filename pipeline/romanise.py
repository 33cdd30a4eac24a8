"""Romanise: any script written in Latin letters (uroman; Hermjakob, May and Knight 2018)."""

from __future__ import annotations

from functools import cache
from typing import Any


def romanised(text: str) -> str:
    """``text`` in Latin letters, close to how it sounds. The tables load on the first call."""
    try:
        return str(_romaniser().romanize_string(text))
    except AttributeError:
        # uroman stumbles over some written-out numbers, though not over their signs one by one.
        return "".join(str(_romaniser().romanize_string(sign)) for sign in text)


@cache
def _romaniser() -> Any:
    from uroman import Uroman

    return Uroman()
