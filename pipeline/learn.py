"""Learning from corrections: a projector's weights, moved by what people set right.

A candidate is chosen by a softmax over weighted features; the weights that make the corrected places
likeliest are sought under a Gaussian prior on the weights in use (maximum a posteriori, Chen &
Rosenfeld 1999), so that few corrections move them little.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from annotate.spans import Span
from pipeline.align.corpus import Floats
from pipeline.projection.candidates import CandidatesProjector
from pipeline.projection.contract import Example
from pipeline.projection.evidence import Evidence, gather
from pipeline.projection.features import describe

SPREAD = 0.5
FOLDS = 5
Case = tuple[Floats, int]


class LearnError(ValueError):
    """Corrections that cannot be learnt from; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A text with its source spans, and the target spans that people vouch for.

    A corrected span names by ``source`` the key of the source span it belongs to; those that name
    none, and source spans that have none, teach nothing.
    """

    example: Example
    corrected: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Learned:
    """The outcome: ``projector`` is the one to use, a new one only if ``adopted``.

    ``before`` and ``after`` are the shares of held-back corrected spans that the old and the learnt
    weights place exactly, each text held back once; ``spans`` is how many were judged.
    """

    projector: CandidatesProjector
    adopted: bool
    before: float
    after: float
    spans: int


def learn(
    projector: CandidatesProjector, corrections: Sequence[Correction], *, seed: int = 0
) -> Learned:
    """Learn weights from ``corrections`` and adopt them only if better on held-back ones.

    Whole texts are held back, in five folds drawn by ``seed``. Raises LearnError when fewer than two
    texts hold a corrected span.
    """
    taught = [row for row in corrections if any(span.source for span in row.corrected)]
    if len(taught) < 2:
        raise LearnError("nothing to learn from: at least two texts need a corrected span")
    evidences = gather(projector.model, [row.example for row in taught])
    order = list(range(len(taught)))
    random.Random(seed).shuffle(order)
    before = after = total = 0
    cases = [_cases(projector, *row) for row in zip(taught, evidences, strict=True)]
    for fold in range(min(FOLDS, len(order))):
        held = order[fold::FOLDS]
        kept = [case for number in order if number not in set(held) for case in cases[number]]
        trial = replace(projector, weights=fitted(projector.weights, kept))
        for number in held:
            total += len(_wanted(taught[number]))
            before += _right(projector, evidences[number], taught[number])
            after += _right(trial, evidences[number], taught[number])
    adopted = after > before
    if adopted:
        every = [case for number in order for case in cases[number]]
        projector = replace(projector, weights=fitted(projector.weights, every))
    return Learned(projector, adopted, before / total, after / total, total)


def fitted(prior: Floats, cases: Sequence[Case]) -> Floats:
    """The likeliest weights given cases (features of all candidates, number of the right one)."""

    def loss(weights: Floats) -> tuple[float, Floats]:
        gap = weights - prior
        value, slope = gap @ gap / (2 * SPREAD**2), gap / SPREAD**2
        for features, right in cases:
            scores = features @ weights
            scores -= scores.max()
            chances = np.exp(scores)
            mass = chances.sum()
            value -= scores[right] - np.log(mass)
            slope -= features[right] - (chances / mass) @ features
        return float(value), slope

    return np.asarray(minimize(loss, prior, jac=True, method="L-BFGS-B").x)


def _wanted(correction: Correction) -> dict[str, tuple[int, int]]:
    """The vouched place of each source span that has one."""
    keys = {span.key for span in correction.example.spans}
    return {
        span.source: (span.start, span.end)
        for span in correction.corrected
        if span.source in keys
        and span.start is not None
        and span.end is not None
        and span.rank == 1
    }


def _cases(
    projector: CandidatesProjector, correction: Correction, evidence: Evidence
) -> list[Case]:
    wanted = _wanted(correction)
    cases: list[Case] = []
    for span in evidence.example.spans:
        place = evidence.place(span)
        if span.key not in wanted or place[0] == place[1] or not evidence.target:
            continue
        found = describe(evidence, place, projector.odds)
        start, end = wanted[span.key]
        for number in range(len(found)):
            first, last = (
                evidence.target[found.starts[number]],
                evidence.target[found.ends[number] - 1],
            )
            if (first.start, last.end) == (start, end):
                cases.append((found.features, number))
    return cases


def _right(projector: CandidatesProjector, evidence: Evidence, correction: Correction) -> int:
    wanted = _wanted(correction)
    made = projector.carry(evidence).best()
    return sum(wanted.get(span.source or "") == (span.start, span.end) for span in made)
