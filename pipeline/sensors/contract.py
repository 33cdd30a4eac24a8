"""What a sensor is shown and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

# Examples kept of each kind, and characters shown of each.
EXAMPLES = 5
SHOWN = 80


@dataclass(frozen=True, slots=True)
class Text:
    """A text of an item: where it belongs and what it says."""

    item: str
    language: str
    field: str
    text: str


@dataclass(slots=True)
class Report:
    """Texts found by kind, with the first few of each."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def add(self, kind: str, text: Text, found: str) -> None:
        """Count a text; ``found`` is the part that drew attention, or a word on it."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        shown = self.examples.setdefault(kind, [])
        if len(shown) < EXAMPLES:
            shown.append(
                {"item": text.item, "language": text.language, "field": text.field,
                 "found": found[:SHOWN]}
            )  # fmt: skip

    def rows(self) -> list[dict[str, object]]:
        """One mapping per kind: ``kind``, ``texts`` and ``examples``."""
        return [
            {"kind": kind, "texts": count, "examples": self.examples[kind]}
            for kind, count in self.counts.items()
        ]


class Sensor(Protocol):
    """Looks at every text that comes in, some at a time; sees each text once."""

    def look(self, texts: Sequence[Text]) -> None:
        """Take note of what is suspicious about these texts."""

    def report(self) -> Report:
        """What was found in all texts so far."""
