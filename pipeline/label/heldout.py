"""Held-out scores: exact span precision, recall and F1 of readings against the right ones.

A span counts when field, offsets and label are equal (the CoNLL-2003 shared task's measure, Tjong Kim
Sang and De Meulder 2003); overlap earns nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from annotate.readings import Reading


def span_scores(pairs: Iterable[tuple[Reading, Reading]]) -> dict[str, Any]:
    """``precision, recall, f1, spans, per_label`` over (guess, right) pairs; shares from 0 to 1.

    With nothing guessed the precision, and with nothing to find the recall, is 0.
    """
    hits: Counter[str] = Counter()
    guessed: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for guess, right in pairs:
        have = {span.place: span.label for span in guess.voted()}
        want = {span.place: span.label for span in right.voted()}
        guessed.update(have.values())
        wanted.update(want.values())
        hits.update(label for place, label in have.items() if place in want)
    labels = sorted(set(guessed) | set(wanted))
    per_label = {name: _shares(hits[name], guessed[name], wanted[name]) for name in labels}
    return {
        **_shares(hits.total(), guessed.total(), wanted.total()),
        "per_label": per_label,
    }


def _shares(hits: int, guessed: int, wanted: int) -> dict[str, Any]:
    return {
        "precision": round(hits / guessed, 6) if guessed else 0.0,
        "recall": round(hits / wanted, 6) if wanted else 0.0,
        "f1": round(2 * hits / (guessed + wanted), 6) if guessed + wanted else 0.0,
        "spans": wanted,
    }
