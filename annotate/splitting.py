"""A rule that puts items into splits: by shares and a seed, the same for an item in every run."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

MOST_SPLITS = 20
MOST_WEIGHT = 1_000_000
LONGEST_NAME = 40
_SHARE = re.compile(r"([^\s=:,]+)\s*[=:\s]\s*([0-9]{1,7})\s*%?", re.ASCII)
_RANGE = 1 << 64


class BadRule(ValueError):
    """The rule cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Names of splits with whole weights (80 and 20 mean the same as 4 and 1), and a seed."""

    shares: tuple[tuple[str, int], ...]
    seed: str = ""

    def __post_init__(self) -> None:
        names = [name for name, _ in self.shares]
        if not 1 <= len(names) <= MOST_SPLITS:
            raise BadRule(f"name between one and {MOST_SPLITS} splits")
        if len(set(names)) < len(names):
            raise BadRule("a split is named twice")
        for name, weight in self.shares:
            if not name or len(name) > LONGEST_NAME or not name.isprintable():
                raise BadRule(f"a split's name has 1 to {LONGEST_NAME} printable characters")
            if not 1 <= weight <= MOST_WEIGHT:
                raise BadRule(f"the share of {name} is not between 1 and {MOST_WEIGHT:,}")

    def split_of(self, key: str) -> str:
        """The split of what has this key: an item's id, or its group.

        The key and the seed alone decide (by SHA-256), so neither order nor what else there is
        matters, and items that come later move none.
        """
        digest = hashlib.sha256(f"{self.seed}\0{key}".encode()).digest()
        place = int.from_bytes(digest[:8], "big") * sum(weight for _, weight in self.shares)
        reached = 0
        for name, weight in self.shares:
            reached += weight * _RANGE
            if place < reached:
                return name
        raise AssertionError("shares add up to their sum")


def parse_rule(text: str, seed: str = "") -> Rule:
    """Read ``train 80, dev 10, test 10`` (also with ``=``, ``:`` or ``%``). Raises BadRule."""
    shares = []
    for part in text[:2000].split(","):
        found = _SHARE.fullmatch(part.strip())
        if found is None:
            raise BadRule(
                f"{part.strip()[:60]!r} is no share; write for example: train 80, test 20"
            )
        shares.append((found[1], int(found[2])))
    return Rule(tuple(shares), seed)
