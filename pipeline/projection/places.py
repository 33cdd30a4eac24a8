"""From scored candidates to projected spans: joint choice, alternatives, scores and failures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from annotate.spans import Span
from pipeline.align.corpus import Floats
from pipeline.projection.assignment import NOTHING, Choice, assign
from pipeline.projection.contract import Failure, Projection
from pipeline.projection.cutting import Cut

Scored = tuple[Span, Choice]


def settle(
    cut: Cut, scored: Sequence[Scored], failures: Sequence[Failure], method: str,
    alternatives: int = 0,
) -> Projection:  # fmt: skip
    """Choose one place per span jointly, and give ``alternatives`` runners-up as ranks 2 and on."""
    spans: list[Span] = []
    failed = list(failures)
    chosen = assign([choice for _, choice in scored])
    for (span, choice), number in zip(scored, chosen, strict=True):
        if number == NOTHING:
            failed.append(Failure(span.key, _reason(choice)))
            continue
        chances = _chances(choice)
        ranked = [number, *(n for n in choice.likeliest(alternatives + 1) if n != number)]
        spans.extend(
            _span(cut, span, choice, n, method, float(chances[n]), rank)
            for rank, n in enumerate(ranked[: alternatives + 1], start=1)
        )
    return Projection(tuple(spans), tuple(failed))


def _reason(choice: Choice) -> str:
    if not len(choice.scores):
        return "no word of the translation is linked to the span"
    if choice.scores.max() < choice.nothing:
        return "the evidence for every place in the translation is too weak"
    return "every likely place is taken by another span"


def _chances(choice: Choice) -> Floats:
    """Each candidate's share of belief, nothing included (softmax)."""
    top = max(float(choice.scores.max()), choice.nothing)
    weights = np.exp(choice.scores - top)
    return weights / (weights.sum() + np.exp(choice.nothing - top))


def _span(
    cut: Cut, span: Span, choice: Choice, number: int, method: str, score: float,
    rank: int,
) -> Span:  # fmt: skip
    start = cut.target[int(choice.starts[number])].start
    end = cut.target[int(choice.ends[number]) - 1].end
    return Span(
        label=span.label, start=start, end=end, field=span.field,
        surface=cut.example.target_text[start:end], key=f"{span.key}.{rank}" if rank > 1
        else span.key, source=span.key, method=method, score=round(score, 6), rank=rank,
        attributes=span.attributes,
    )  # fmt: skip
