"""Eflomal: spans by the word links of an external program, fitted on all texts of the pair at once.

Links of the texts it was fitted on are kept; for other texts the program runs again, on all of them, since
it learns from what it aligns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotate.spans import Span
from pipeline.align import eflomal
from pipeline.align.eflomal import Link
from pipeline.align.model import AlignmentModel
from pipeline.align.tokens import tokenise
from pipeline.projection import linked
from pipeline.projection.contract import Example, Projection, checked
from pipeline.projection.cutting import Cut, cut
from pipeline.projection.places import settle

NAME = "eflomal"
ALTERNATIVES = 4
Texts = tuple[str, str]
Known = Mapping[Texts, frozenset[Link]]


@dataclass(frozen=True, slots=True)
class EflomalProjector:
    """Projects by the program's links; ``known`` are those of the texts it was fitted on."""

    model: AlignmentModel
    known: Known
    name: str = NAME

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Carry the spans of one text over."""
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """Carry the spans of many texts over. Raises BackendRefused without the program."""
        cuts = [cut(checked(example)) for example in examples]
        texts = [(e.source_text, e.target_text) for e in examples]
        known = self.known
        if any(pair not in known for pair in texts):
            known = _linked([*known, *texts])
        return [_carry(one, known[pair]) for one, pair in zip(cuts, texts, strict=True)]


def fit(model: AlignmentModel, examples: Sequence[Example]) -> EflomalProjector:
    """The projector with the program's links of ``examples``. Raises BackendRefused without it."""
    return EflomalProjector(model, _linked([(e.source_text, e.target_text) for e in examples]))


def _linked(texts: Sequence[Texts]) -> dict[Texts, frozenset[Link]]:
    unique = list(dict.fromkeys(texts))
    words = [([t.text for t in tokenise(a)], [t.text for t in tokenise(b)]) for a, b in unique]
    return dict(zip(unique, eflomal.aligned(words), strict=True))


def _carry(one: Cut, links: frozenset[Link]) -> Projection:
    spans, failures = one.sorted_out()
    strength = np.zeros((len(one.target), len(one.source)))
    for source, target in links:
        if source < len(one.source) and target < len(one.target):
            strength[target, source] = 1.0
    scored = [(span, linked.choice(one, one.place(span), strength)) for span in spans]
    return settle(one, scored, failures, NAME, ALTERNATIVES)
