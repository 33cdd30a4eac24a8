"""A match: a labeller trained anew against the one in use, on what people judged.

Labellers that are fitted in folds label an item by what has not seen it, so every judged item is held
back for both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotate.prompts import LabelChoice
from annotate.readings import Reading
from pipeline.label.contract import Example, Labeller, LabelTask
from pipeline.label.heldout import span_scores


@dataclass(frozen=True, slots=True)
class Match:
    """Exact span F1 of the labeller in use (``before``) and of the new one, on ``texts`` judged texts."""

    before: float
    after: float
    texts: int

    @property
    def is_won(self) -> bool:
        """Whether the new one may replace the other: it must be better, not as good."""
        return self.after > self.before

    def told(self) -> dict[str, Any]:
        """As a version's metrics and a run's report keep it."""
        return {
            "judged_texts": self.texts,
            "f1_before": self.before,
            "f1_after": self.after,
        }


def play(
    current: Labeller, fresh: Labeller, judged: Sequence[Example], labels: Sequence[LabelChoice]
) -> Match | None:
    """Let both label the judged texts; None where nothing marked is among them. Two passes."""
    if not any(example.reading.voted() for example in judged):
        return None
    tasks = [LabelTask(e.key, e.language, e.fields, tuple(labels)) for e in judged]
    before, after = (_f1(one, tasks, judged) for one in (current, fresh))
    return Match(before, after, len(judged))


def _f1(labeller: Labeller, tasks: Sequence[LabelTask], judged: Sequence[Example]) -> float:
    made = [labelled.reading or Reading() for labelled in labeller.label(tasks)]
    scores = span_scores(zip(made, (example.reading for example in judged), strict=True))
    return float(scores["f1"])
