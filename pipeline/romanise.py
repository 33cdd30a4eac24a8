"""Romanise: any script written in Latin letters (uroman; Hermjakob, May and Knight 2018)."""

from __future__ import annotations

from functools import cache
from typing import Any


def romanised(text: str) -> str:
    """``text`` in Latin letters, close to how it sounds. The tables load on the first call."""
    return str(_romaniser().romanize_string(text))


@cache
def _romaniser() -> Any:
    from uroman import Uroman

    return Uroman()
