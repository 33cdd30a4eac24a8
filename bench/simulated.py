"""A simulated native speaker: sees only what the page shows, answers from gold, errs now and then."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

Gold = Mapping[str, Sequence[tuple[int, int, str]]]
SHOWN_AT = "2026-01-31T12:00:00.000Z"


class Speaker:
    """Knows the right spans of every item by external id; ``errors`` is their share per span."""

    def __init__(self, gold: Gold, seed: int, errors: float = 0.01) -> None:
        self.gold, self.errors = gold, errors
        self.random = random.Random(seed)

    def judgement(self, card: Mapping[str, Any]) -> dict[str, Any]:
        """What this person would send for a card; every shown span gets its verdict."""
        text = card["target"]["fields"][0]["text"]
        wanted = [self._remembered(span, text) for span in self.gold[card["item"]["id"]]]
        rows, left = [], list(wanted)
        for shown in card["spans"]:
            rows.append(self._verdict(shown, text, left))
        for number, (start, end, label) in enumerate(left, 1):
            key = f"seat{card['seat']}-{number}"
            rows.append(_row(key, None, "added", label, start, end, text, None))
        return {
            "seat": card["seat"], "client_id": str(uuid.uuid4()),
            "outcome": "answered", "spans": rows, "answers": [], "comment": "",
            "shown_at": SHOWN_AT, "first_input_at": None, "hidden_seconds": 0.0,
        }  # fmt: skip

    def _remembered(self, span: tuple[int, int, str], text: str) -> tuple[int, int, str]:
        """The gold span, or with a small chance one that ends a character early or late."""
        start, end, label = span
        if self.random.random() >= self.errors:
            return span
        return (start, end - 1 if end - start > 1 else min(end + 1, len(text)), label)

    def _verdict(
        self, shown: Mapping[str, Any], text: str, left: list[tuple[int, int, str]]
    ) -> dict[str, Any]:
        place = (shown["start"], shown["end"], shown["label"])
        known = (shown["key"], shown["key"])
        source = shown.get("source")
        near = [s for s in left if s[0] < shown["end"] and shown["start"] < s[1]]
        if place in left:
            left.remove(place)
            return _row(*known, "right", place[2], place[0], place[1], text, source)
        same = [s for s in near if s[2] == shown["label"]] or near
        if not same:
            return {"key": known[0], "shown": known[1], "verdict": "should_not_be", "cause": ""}
        start, end, label = same[0]
        left.remove(same[0])
        verdict = "boundary" if label == shown["label"] else "label"
        return _row(*known, verdict, label, start, end, text, source)


def _row(
    key: str, shown: str | None, verdict: str, label: str, start: int, end: int, text: str,
    source: str | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "key": key, "shown": shown, "verdict": verdict, "cause": "", "label": label,
        "field": "text", "start": start, "end": end, "surface": text[start:end], "source": source,
    }  # fmt: skip


def exact_f1(found: Gold, gold: Gold) -> float:
    """F1 of exact spans and labels over all items of ``gold``."""
    hits = sum(len(set(found.get(key, ())) & set(gold[key])) for key in gold)
    total = sum(len(set(found.get(key, ()))) + len(set(gold[key])) for key in gold)
    return 2 * hits / total if total else 1.0
