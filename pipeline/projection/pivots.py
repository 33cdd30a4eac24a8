"""Pivots: spans of a text voted from its renditions in several languages that are labelled already.

The labels that stand in another language of the same item are carried to the target by an aligner of that
pair, and vote beside those carried from the source (multi-source projection; Agić, Johannsen, Plank et al.
2016). Errors of alignment are different for every pair, so languages that agree are seldom all wrong. What
each language finds probable is averaged (linear opinion pool; Stone 1961), so that a sure one outweighs an
unsure one, and the best places of all spans are chosen together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from annotate.spans import Span
from pipeline.align.model import AlignmentModel
from pipeline.projection import candidates
from pipeline.projection.assignment import Choice
from pipeline.projection.consensus import from_sources
from pipeline.projection.contract import (
    Example,
    FittedProjector,
    Pivot,
    Projection,
    checked,
)
from pipeline.projection.cutting import Cut, cut
from pipeline.projection.places import settle

NAME = "pivots"
# The source language among the parts.
SOURCE = ""
# A pivot's voice beside the source's, which is 1: its labels may be wrong themselves.
PIVOT_WEIGHT = 0.8
ALTERNATIVES = 4
# No place is impossible, and none is sure.
LEAST = 1e-4


@dataclass(frozen=True, slots=True)
class PivotsProjector:
    """Projects by one fitted projector per language; ``parts`` has the source language under SOURCE."""

    parts: Mapping[str, FittedProjector]
    name: str = NAME

    @property
    def model(self) -> AlignmentModel:
        """The aligner of source and target."""
        return self.parts[SOURCE].model

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Carry the spans of one text over, from the source alone."""
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """Carry the spans of many texts over, from the source and from each example's pivots."""
        own = self.parts[SOURCE].project_all(examples)
        outputs = [{SOURCE: output} for output in own]
        keys: list[dict[str, dict[str, str]]] = [
            {SOURCE: {span.key: span.key for span in example.spans}} for example in examples
        ]
        for language, part in self.parts.items():
            found = [
                (n, pivot)
                for n, example in enumerate(examples)
                for pivot in example.pivots
                if language != SOURCE and pivot.language == language
            ]
            carried = part.project_all(
                [Example(p.text, examples[n].target_text, p.spans) for n, p in found]
            )
            for (n, pivot), output in zip(found, carried, strict=True):
                outputs[n][language] = output
                keys[n][language] = common_keys(examples[n], own[n], pivot, output)
        return [
            _voted(cut(checked(example)), from_sources(said, known), known)
            for example, said, known in zip(examples, outputs, keys, strict=True)
        ]


def fit(model: AlignmentModel, examples: Sequence[Example]) -> PivotsProjector:
    """The projector for the source language alone; ``joined`` adds the others."""
    return PivotsProjector({SOURCE: candidates.fit(model, examples)})


def joined(
    source: FittedProjector, pivots: Mapping[str, tuple[AlignmentModel, Sequence[Example]]]
) -> PivotsProjector:
    """The projector of a source language and of pivots, each with its aligner and texts to the target."""
    made: dict[str, FittedProjector] = {
        language: candidates.fit(model, examples) for language, (model, examples) in pivots.items()
    }
    return PivotsProjector({SOURCE: source, **made})


def common_keys(
    example: Example, own: Projection, pivot: Pivot, output: Projection
) -> dict[str, str]:
    """Which span of the source each span of a pivot stands for.

    By the link that it has from its own projection; else by place: the span of the same label whose
    place in the target, as carried from the source, shares the most characters with its own.
    """
    known = {span.key for span in example.spans}
    found = {span.key: span.source for span in pivot.spans if span.source in known}
    made = {span.key: span.source for span in pivot.spans}
    free = known - set(found.values())
    here = {span.source: span for span in own.best() if span.source in free}
    for span in output.best():
        key = span.source
        if key is None or key in found or made.get(key) in known:
            continue
        shared = {other: _shared(span, place) for other, place in here.items()}
        best = max(shared, key=lambda other: shared[other], default=None)
        if best is not None and shared[best] > 0:
            found[key] = best
            del here[best]
    return {key: source for key, source in found.items() if source is not None}


def _shared(one: Span, other: Span) -> int:
    if one.label != other.label or None in (one.start, one.end, other.start, other.end):
        return 0
    return max(min(one.end or 0, other.end or 0) - max(one.start or 0, other.start or 0), 0)


def _voted(
    one: Cut, said: Mapping[str, Projection], keys: Mapping[str, Mapping[str, str]]
) -> Projection:
    """The vote on every span, with the pivots that spoke."""
    spans, failures = one.sorted_out()
    scored = [(span, _choice(one, span, said)) for span in spans]
    made = settle(one, scored, failures, NAME, ALTERNATIVES)
    spoke = sorted(language for language in said if language != SOURCE and keys[language])
    return replace(made, log=(f"voted with {', '.join(spoke)}",) if spoke else ())


def _choice(one: Cut, span: Span, said: Mapping[str, Projection]) -> Choice:
    """The places that languages offer for a span, by mean probability; who offers none is not heard."""
    firsts = {token.start: n for n, token in enumerate(one.target)}
    lasts = {token.end: n + 1 for n, token in enumerate(one.target)}
    masses: dict[tuple[int, int], float] = defaultdict(float)
    whole = 0.0
    for language, output in said.items():
        weight = 1.0 if language == SOURCE else PIVOT_WEIGHT
        offers = [made for made in output.spans if made.source == span.key]
        whole += weight if offers else 0.0
        for made in offers:
            if made.start in firsts and made.end in lasts:
                masses[firsts[made.start], lasts[made.end]] += weight * (made.score or 0.0)
    places = sorted(masses)
    chances = np.array([masses[place] for place in places]) / max(whole, LEAST)
    return Choice(
        one.place(span),
        np.array([start for start, _ in places], np.int64),
        np.array([end for _, end in places], np.int64),
        np.log(np.clip(chances, LEAST, 1.0)),
        float(np.log(np.clip(1.0 - chances.sum(), LEAST, 1.0))),
    )
