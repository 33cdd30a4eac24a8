"""How much each method's word counts, moved by what people set right; so scores become probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.learn.correction import Correction, Score, folds
from pipeline.projection.consensus import (
    Case,
    Consensus,
    ConsensusProjector,
    calibrated,
    votes_for,
)
from pipeline.projection.contract import checked
from pipeline.projection.cutting import Cut, cut


@dataclass(frozen=True, slots=True)
class Weighed:
    """The outcome: ``projector`` is the one to use, and the held-back scores of both."""

    projector: ConsensusProjector
    adopted: bool
    before: Score
    after: Score


def weigh(projector: ConsensusProjector, corrections: Sequence[Correction]) -> Weighed:
    """Move the voters' weights; adopted if right places on held-back texts became likelier, none fewer.

    Needs no more than two texts with a corrected span to be tried; with fewer nothing changes.
    """
    texts = _cases(projector, corrections)
    kept = projector.consensus
    before = _score(kept, texts)
    if len(texts) < 2:
        return Weighed(projector, False, before, before)
    voters = [part.name for part in projector.parts]
    after = Score.total(
        _score(calibrated(_together(rest), voters, kept), held) for held, rest in folds(texts)
    )
    adopted = after.likelihood > before.likelihood and after.right >= before.right
    if adopted:
        moved = calibrated(_together(texts), voters, kept)
        projector = replace(projector, consensus=moved)
    return Weighed(projector, adopted, before, after)


def _cases(projector: ConsensusProjector, corrections: Sequence[Correction]) -> list[list[Case]]:
    """Per text its judged spans: who voted for which place, and the place that people vouch for."""
    examples = [checked(row.example) for row in corrections]
    outputs = {part.name: part.project_all(examples) for part in projector.parts}
    texts = []
    for number, (row, example) in enumerate(zip(corrections, examples, strict=True)):
        one = cut(example)
        given = {name: rows[number] for name, rows in outputs.items()}
        wanted = row.wanted()
        found: list[Case] = [
            (votes_for(one, span, given), _place(one, *wanted[span.key]))
            for span in example.spans
            if span.key in wanted
        ]
        if found:
            texts.append(found)
    return texts


def _place(one: Cut, start: int, end: int) -> tuple[int, int] | None:
    """The target tokens from one code point to another, None where these cut a token."""
    firsts = [n for n, token in enumerate(one.target) if token.start == start]
    lasts = [n + 1 for n, token in enumerate(one.target) if token.end == end]
    return (firsts[0], lasts[0]) if firsts and lasts else None


def _together(texts: Sequence[Sequence[Case]]) -> list[Case]:
    return [case for text in texts for case in text]


def _score(consensus: Consensus, texts: Sequence[Sequence[Case]]) -> Score:
    hits: list[bool] = []
    likelihood = 0.0
    for places, wanted in _together(texts):
        values = {place: consensus.value(voters) for place, voters in places.items()}
        mass = float(np.logaddexp.reduce([*values.values(), 0.0]))
        likelihood += (values.get(wanted, 0.0) if wanted else 0.0) - mass
        best = max(values, key=lambda place: values[place], default=None)
        hits.append(best is not None and values[best] > 0 and best == wanted)
    return Score(tuple(hits), likelihood)
