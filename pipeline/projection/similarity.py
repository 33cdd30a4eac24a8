"""Similarity: the target n-gram whose words best match the span's words, wherever they stand.

Greedy matching of words by translation probability and spelling (the F score of BERTScore, Zhang et
al. 2020, with a lexicon in place of embeddings). It ignores what the rest of the sentence is linked
to, so it errs elsewhere than the projectors that stand on alignment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotate.spans import Span
from pipeline.align.corpus import SIGN, Floats
from pipeline.align.model import AlignmentModel
from pipeline.projection.assignment import Choice
from pipeline.projection.contract import Example, Failure, Projection, checked
from pipeline.projection.evidence import Evidence, gather
from pipeline.projection.places import Scored, settle

NAME = "similarity"
SHARPNESS = 8.0
LENGTH_WEIGHT = 0.15
PLACE_WEIGHT = 0.3
LEAST = 0.15


@dataclass(frozen=True, slots=True)
class SimilarityProjector:
    """Projects by matching words of the lexicon; needs nothing but the aligner."""

    model: AlignmentModel
    name: str = NAME

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Carry the spans of one text over."""
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """Carry the spans of many texts over."""
        evidences = gather(self.model, [checked(example) for example in examples])
        words = [
            ([t.text for t in evidence.source], [t.text for t in evidence.target])
            for evidence in evidences
        ]
        lexical = self.model.translations(words)
        return [_carry(*row) for row in zip(evidences, lexical, strict=True)]


def _carry(evidence: Evidence, lexical: Floats) -> Projection:
    failures: list[Failure] = []
    scored: list[Scored] = []
    for span in evidence.example.spans:
        hindrance = evidence.hindrance(span)
        if hindrance:
            failures.append(hindrance)
            continue
        scored.append((span, _choice(evidence, evidence.place(span), lexical)))
    return settle(evidence, scored, failures, NAME)


def _choice(evidence: Evidence, place: tuple[int, int], lexical: Floats) -> Choice:
    match = np.sqrt(np.minimum(lexical[:, place[0] : place[1]], 1.0))
    match = np.maximum(match, evidence.likeness(*place))
    best = match.max(axis=1)
    tokens = len(evidence.target)
    longest = min(
        tokens, int(2 * (place[1] - place[0]) * max(1.0, tokens / len(evidence.source))) + 3
    )
    starts, extra = np.nonzero(np.ones((tokens, longest), bool))
    ends = starts + extra + 1
    sign = evidence.shapes == SIGN
    chosen = ends <= tokens
    starts, ends = starts[chosen], ends[chosen]
    chosen = (best[starts] > LEAST) & (best[ends - 1] > LEAST) & ~sign[starts] & ~sign[ends - 1]
    starts, ends = starts[chosen], ends[chosen]
    if not len(starts):
        return Choice(place, starts, ends, np.zeros(0), 0.0)
    scores = _score(evidence, place, match, starts, ends)
    return Choice(place, starts, ends, SHARPNESS * (scores - LEAST), 0.0)


def _score(
    evidence: Evidence, place: tuple[int, int], match: Floats, starts: Floats, ends: Floats
) -> Floats:
    total = np.concatenate([[0.0], np.cumsum(match.max(axis=1))])
    precision = (total[ends] - total[starts]) / (ends - starts)
    covered = np.zeros((len(starts), match.shape[1]))
    for offset in range(int((ends - starts).max())):
        rows = np.flatnonzero(starts + offset < ends)
        covered[rows] = np.maximum(covered[rows], match[starts[rows] + offset])
    recall = covered.mean(axis=1)
    tokens, words = len(evidence.target), len(evidence.source)
    ratio = np.log((ends - starts) / (place[1] - place[0]) * words / tokens)
    shift = np.abs((starts + ends) / 2 / tokens - (place[0] + place[1]) / 2 / words)
    harmonic = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    return harmonic - LENGTH_WEIGHT * np.abs(ratio) - PLACE_WEIGHT * shift
