"""Candidates: target n-grams ranked by all the evidence at once, then placed jointly.

A log-linear model over the features of ``features``; its few round weights are the same for every
language pair and may be relearnt from corrected spans (``pipeline.learn``). A first pass over the
whole set teaches which words stand inside and outside the edges of spans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from annotate.spans import Span
from pipeline.align.corpus import Floats
from pipeline.align.model import AlignmentModel
from pipeline.projection import edges
from pipeline.projection.assignment import NOTHING, Choice, assign
from pipeline.projection.contract import Example, Failure, Projection, checked
from pipeline.projection.edges import EVEN, Odds
from pipeline.projection.evidence import Evidence, gather
from pipeline.projection.features import NAMES, describe
from pipeline.projection.places import Scored, settle

NAME = "candidates"
DEFAULTS = {
    "hmm": 2.0, "ibm1": 2.0, "spelling": 2.0, "length": -3.0, "edge_mass": 1.0,
    "outside_mass": -1.0, "edge_links": 1.0, "left_odds": 0.5, "right_odds": 0.5, "case": 0.3,
    "torn_edges": -1.0, "sign_after": 0.5,
}  # fmt: skip
NOTHING_SCORE = 3.0
PASSES = 2
ALTERNATIVES = 4


def default_weights() -> Floats:
    """The weights used until judgements teach better ones, in the order of ``features.NAMES``."""
    return np.array([DEFAULTS.get(name, 0.0) for name in NAMES])


@dataclass(frozen=True, slots=True)
class CandidatesProjector:
    """Projects by ranked n-grams; ``odds`` and ``weights`` are its fitted parameters."""

    model: AlignmentModel
    odds: Odds
    weights: Floats
    name: str = NAME

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Carry the spans of one text over."""
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """Carry the spans of many texts over."""
        checks = [checked(example) for example in examples]
        return [self.carry(evidence) for evidence in gather(self.model, checks)]

    def carry(self, evidence: Evidence) -> Projection:
        """The same from evidence already gathered."""
        scored, failures = self.score(evidence)
        return settle(evidence, scored, failures, NAME, ALTERNATIVES)

    def score(self, evidence: Evidence) -> tuple[list[Scored], list[Failure]]:
        """Every span with its scored candidates, and the spans that cannot be tried."""
        failures: list[Failure] = []
        scored: list[Scored] = []
        for span in evidence.example.spans:
            hindrance = evidence.hindrance(span)
            if hindrance:
                failures.append(hindrance)
                continue
            place = evidence.place(span)
            found = describe(evidence, place, self.odds)
            scores = found.features @ self.weights
            scored.append((span, Choice(place, found.starts, found.ends, scores, NOTHING_SCORE)))
        return scored, failures


def fit(
    model: AlignmentModel, examples: Sequence[Example], weights: Floats | None = None
) -> CandidatesProjector:
    """A projector whose edge odds were learnt on ``examples``; their spans need no gold."""
    chosen = default_weights() if weights is None else weights
    return refit(CandidatesProjector(model, EVEN, chosen), gather(model, examples))


def refit(projector: CandidatesProjector, evidences: Sequence[Evidence]) -> CandidatesProjector:
    """The projector with edge odds from its own output on ``evidences``, pass after pass."""
    for _ in range(PASSES):
        placed = [row for evidence in evidences for row in _placed(projector, evidence)]
        projector = replace(projector, odds=edges.count(placed))
    return projector


def _placed(projector: CandidatesProjector, evidence: Evidence) -> list[edges.Placed]:
    choices = [choice for _, choice in projector.score(evidence)[0]]
    return [
        (evidence.forms, int(choice.starts[number]), int(choice.ends[number]))
        for choice, number in zip(choices, assign(choices), strict=True)
        if number != NOTHING
    ]
