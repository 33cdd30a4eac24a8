"""Learning from corrections: a projector's weights, moved by what people set right.

A candidate is chosen by a softmax over weighted features; the weights that make the corrected places
likeliest are sought under a Gaussian prior on the weights in use (maximum a posteriori, Chen and
Rosenfeld 1999), so that few corrections move them little. How far they may move is itself chosen on
held-back texts, and what does no better there is not adopted.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from pipeline.align.corpus import Floats, Ints
from pipeline.learn.correction import Correction, LearnError, Score, folds
from pipeline.projection.assignment import Choice, assign
from pipeline.projection.candidates import NOTHING_SCORE, CandidatesProjector
from pipeline.projection.evidence import Evidence, gather
from pipeline.projection.features import Candidates, describe

# Standard deviations of the prior that are tried, from the most cautious.
SPREADS = (0.15, 0.3, 0.5, 1.0, 2.0)
Case = tuple[Floats, int]


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


@dataclass(frozen=True, slots=True)
class _Judged:
    """A text's source spans with their candidates, and which of these people vouch for (-1: none)."""

    found: tuple[tuple[tuple[int, int], Candidates], ...]
    right: tuple[int, ...]
    spans: int

    def cases(self) -> list[Case]:
        rows = zip(self.found, self.right, strict=True)
        return [(found.features, number) for (_, found), number in rows if number >= 0]

    def score(self, weights: Floats) -> Score:
        values = [found.features @ weights for _, found in self.found]
        choices = [
            Choice(place, found.starts, found.ends, scores, NOTHING_SCORE)
            for (place, found), scores in zip(self.found, values, strict=True)
        ]
        rows = list(zip(values, self.right, strict=True))
        return Score(
            tuple(n == m >= 0 for n, m in zip(assign(choices), self.right, strict=True)),
            sum(float(s[n] - np.logaddexp.reduce(s)) for s, n in rows if n >= 0),
        )


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
    texts = [_judged(projector, *row) for row in zip(taught, evidences, strict=True)]
    random.Random(seed).shuffle(texts)
    total = sum(text.spans for text in texts)
    before = _held_back(projector.weights, texts, None)
    trials = [(_held_back(projector.weights, texts, spread), spread) for spread in SPREADS]
    best = max((score for score, _ in trials), key=lambda score: (score.right, score.likelihood))
    # The most cautious that is not clearly worse (Breiman et al. 1984, the rule of one standard error).
    after, spread = next(trial for trial in trials if not best.is_clearly_better(trial[0]))
    adopted = after.beats(before)
    if adopted:
        cases = [case for text in texts for case in text.cases()]
        projector = replace(projector, weights=fitted(projector.weights, cases, spread))
    return Learned(projector, adopted, before.right / total, after.right / total, total)


def _held_back(prior: Floats, texts: Sequence[_Judged], spread: float | None) -> Score:
    """How weights learnt without a text do on it, over all texts; without a spread, the prior's own."""
    scores = []
    for held, rest in folds(texts):
        cases = [case for text in rest for case in text.cases()]
        weights = fitted(prior, cases, spread) if spread else prior
        scores += [text.score(weights) for text in held]
    return Score.total(scores)


def fitted(prior: Floats, cases: Sequence[Case], spread: float = 0.5) -> Floats:
    """The likeliest weights given cases (features of all candidates, number of the right one).

    ``spread`` is the prior's standard deviation. The cost of a step is that of one product of all
    candidates' features with the weights.
    """
    if not cases:
        return prior.copy()
    features = np.concatenate([rows for rows, _ in cases])
    sizes: Ints = np.array([len(rows) for rows, _ in cases])
    firsts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    rights = firsts + np.array([right for _, right in cases])
    wanted = features[rights].sum(axis=0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        gap = weights - prior
        scores = features @ weights
        tops = np.maximum.reduceat(scores, firsts)
        chances = np.exp(scores - np.repeat(tops, sizes))
        masses = np.add.reduceat(chances, firsts)
        chances /= np.repeat(masses, sizes)
        value = gap @ gap / (2 * spread**2) + (np.log(masses) + tops).sum() - scores[rights].sum()
        return float(value), gap / spread**2 + chances @ features - wanted

    return np.asarray(minimize(loss, prior, jac=True, method="L-BFGS-B").x)


def _judged(projector: CandidatesProjector, correction: Correction, evidence: Evidence) -> _Judged:
    wanted = correction.wanted()
    found, right = [], []
    for span in evidence.example.spans:
        if evidence.hindrance(span):
            continue
        place = evidence.place(span)
        options = describe(evidence, place, projector.odds)
        found.append((place, options))
        right.append(_number(evidence, options, wanted.get(span.key)))
    return _Judged(tuple(found), tuple(right), len(wanted))


def _number(evidence: Evidence, options: Candidates, wanted: tuple[int, int] | None) -> int:
    """Which candidate stands at the vouched place, -1 if none does."""
    if wanted is None:
        return -1
    starts = np.array([token.start for token in evidence.target])[options.starts]
    ends = np.array([token.end for token in evidence.target])[options.ends - 1]
    hits = np.flatnonzero((starts == wanted[0]) & (ends == wanted[1]))
    return int(hits[0]) if len(hits) else -1
