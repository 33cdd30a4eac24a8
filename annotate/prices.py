"""Prices: what a call costs by tokens or characters, and the most that it can cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# What an annotator's price may name, each in the project's currency per million.
PRICES = (
    "input_per_million",
    "output_per_million",
    "input_per_million_characters",
    "output_per_million_characters",
)
# Below this many calls the mean of what they cost says little.
KNOWN_CALLS = 20


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call took: tokens and characters (code points), read and written."""

    tokens_in: int = 0
    tokens_out: int = 0
    characters_in: int = 0
    characters_out: int = 0


def cost_of(price: Mapping[str, Any], usage: Usage) -> Decimal:
    """What the usage costs; a price that is not named is nothing.

    >>> cost_of({"input_per_million": 3, "output_per_million_characters": 20}, Usage(1000, 9, 0, 50))
    Decimal('0.004')
    """
    amounts = (usage.tokens_in, usage.tokens_out, usage.characters_in, usage.characters_out)
    rates = (Decimal(str(price.get(name) or 0)) for name in PRICES)
    return sum((r * n for r, n in zip(rates, amounts, strict=True)), Decimal(0)) / 1_000_000


def has_price(price: Mapping[str, Any]) -> bool:
    """Whether anything costs something."""
    return any(price.get(name) for name in PRICES)
