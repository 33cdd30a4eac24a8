"""Consensus: what several projections of the same spans add up to, with a score that means something.

Each voter lends its weight to the place it chose; places compete in a softmax with having no place, so the
score is the probability of being right. Weights are moved from their defaults to what people judged, under
a Gaussian prior (Chen and Rosenfeld 1999). Voters may be methods, or source languages whose spans
were carried from the same ones (several sources: Agić, Johannsen, Plank et al. 2016).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.optimize import minimize

from annotate.spans import Span
from pipeline.align.corpus import Floats
from pipeline.align.model import AlignmentModel
from pipeline.projection import candidates, links, similarity
from pipeline.projection.assignment import Choice
from pipeline.projection.candidates import CandidatesProjector
from pipeline.projection.contract import Example, Projection, Projector, checked
from pipeline.projection.cutting import Cut, cut
from pipeline.projection.places import Scored, settle

NAME = "consensus"
ALTERNATIVES = 4
# One voter alone is more likely right than not; a second doubles the log odds.
WEIGHT = 1.6
BIAS = -0.6
PRIOR_DEVIATION = 1.5
# Two weaker methods do not outvote the best one; all three agreeing is right in about 19 of 20 cases.
METHOD_WEIGHTS = {links.NAME: 1.0, candidates.NAME: 2.2, similarity.NAME: 1.0}
METHOD_BIAS = -1.0
Place = tuple[int, int]
# A span's places with the voters for each, and the right one (None: none of them).
Case = tuple[Mapping[Place, Sequence[str]], Place | None]


@dataclass(frozen=True, slots=True)
class Consensus:
    """How much each voter's word counts, in log odds, and what a place starts from."""

    weights: Mapping[str, float] = field(default_factory=dict)
    bias: float = BIAS

    def combined(self, one: Cut, outputs: Mapping[str, Projection]) -> Projection:
        """One projection from those of the voters; every place that one of them chose is kept."""
        spans, failures = one.sorted_out()
        scored: list[Scored] = []
        for span in spans:
            votes = votes_for(one, span, outputs)
            values = [self.value(voters) for voters in votes.values()]
            starts, ends = (np.array([place[n] for place in votes], np.int64) for n in (0, 1))
            scored.append((span, Choice(one.place(span), starts, ends, np.array(values), 0.0)))
        return settle(one, scored, failures, NAME, ALTERNATIVES)

    def value(self, voters: Sequence[str]) -> float:
        """The log odds of a place, against no place, that these voters chose."""
        return self.bias + sum(self.weights.get(voter, WEIGHT) for voter in voters)


def votes_for(one: Cut, span: Span, outputs: Mapping[str, Projection]) -> dict[Place, list[str]]:
    """The target token intervals that voters chose for a source span, in order of place."""
    found: dict[Place, list[str]] = defaultdict(list)
    firsts = {token.start: n for n, token in enumerate(one.target)}
    lasts = {token.end: n + 1 for n, token in enumerate(one.target)}
    for voter, output in outputs.items():
        for made in output.best():
            if made.source == span.key and made.start in firsts and made.end in lasts:
                found[firsts[made.start], lasts[made.end]].append(voter)
    return dict(sorted(found.items()))


def calibrated(
    cases: Sequence[Case], voters: Sequence[str], around: Consensus | None = None
) -> Consensus:
    """Weights under which what people judged is likeliest (MAP with a Gaussian prior ``around`` some)."""
    names = list(voters)
    known = around or Consensus()
    prior = np.array([*(known.weights.get(name, WEIGHT) for name in names), known.bias])
    rows: list[tuple[Floats, int]] = []
    for places, right in cases:
        if not places:
            continue
        chosen = list(places)
        shape = [[*(float(name in places[place]) for name in names), 1.0] for place in chosen]
        rows.append((np.array([*shape, [0.0] * len(prior)]),
                     chosen.index(right) if right in chosen else len(chosen)))  # fmt: skip

    def loss(weights: Floats) -> tuple[float, Floats]:
        gap = (weights - prior) / PRIOR_DEVIATION
        total, slope = float(gap @ gap) / 2, gap / PRIOR_DEVIATION
        for features, right in rows:
            scores = features @ weights
            scores -= scores.max()
            chances = np.exp(scores) / np.exp(scores).sum()
            total -= float(np.log(max(chances[right], 1e-12)))
            slope = slope + chances @ features - features[right]
        return total, slope

    found = minimize(loss, prior, jac=True, method="L-BFGS-B").x
    return Consensus(dict(zip(names, map(float, found), strict=False)), float(found[-1]))


def from_sources(
    outputs: Mapping[str, Projection], pivots: Mapping[str, Mapping[str, str]]
) -> dict[str, Projection]:
    """Projections from several source languages, told by the spans they all stand for.

    ``pivots`` gives, per language, the key of the common span by the key of that language's own;
    what has none is left out. The result may be combined like the outputs of methods.
    """
    return {
        language: replace(
            output,
            spans=tuple(
                replace(span, source=pivots[language][span.source])
                for span in output.spans
                if span.source is not None and span.source in pivots[language]
            ),
            failures=(),
        )
        for language, output in outputs.items()
    }


@dataclass(frozen=True, slots=True)
class ConsensusProjector:
    """Projects by the three methods that stand on the aligner, and adds them up."""

    parts: tuple[Projector, ...]
    model: AlignmentModel
    consensus: Consensus = field(default_factory=Consensus)
    name: str = NAME

    @property
    def ranked(self) -> CandidatesProjector:
        """The part that has fitted parameters of its own."""
        return next(part for part in self.parts if isinstance(part, CandidatesProjector))

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Carry the spans of one text over."""
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """Carry the spans of many texts over."""
        outputs = {part.name: part.project_all(examples) for part in self.parts}
        return [
            self.consensus.combined(
                cut(checked(example)), {name: rows[n] for name, rows in outputs.items()}
            )
            for n, example in enumerate(examples)
        ]


def fit(model: AlignmentModel, examples: Sequence[Example]) -> ConsensusProjector:
    """The projector with its parts fitted on ``examples`` and the weights' defaults."""
    default = Consensus(METHOD_WEIGHTS, METHOD_BIAS)
    return assembled(candidates.fit(model, examples), default)


def assembled(ranked: CandidatesProjector, consensus: Consensus) -> ConsensusProjector:
    """The projector around a fitted part."""
    model = ranked.model
    parts = (links.LinksProjector(model), ranked, similarity.SimilarityProjector(model))
    return ConsensusProjector(parts, model, consensus)
