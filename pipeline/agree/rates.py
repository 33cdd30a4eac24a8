"""Shares of a person's answers, with Wilson's interval (Wilson 1927), as the pages of people show them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pipeline.certify import wilson


@dataclass(frozen=True, slots=True)
class Rate:
    """``hits`` of ``n``; the interval holds the true share in about 95 of 100 such samples."""

    hits: int
    n: int
    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, Any]:
        """The rate as JSON values."""
        return asdict(self)


def rate(hits: int, n: int) -> Rate | None:
    """The share with its 95 % interval; None where nothing was asked. Raises ValueError if hits > n."""
    if not n:
        return None
    found = wilson(n, hits)
    return Rate(hits, n, found.rate, found.low, found.high)
