"""Links: a span goes from the first to the last target word linked to one of its words.

Word links are the aligner's, symmetrised by grow-diag-final-and; the min-max rule of Yarowsky, Ngai
& Wicentowski 2001, except that a stray link across a wide gap does not stretch the span.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotate.spans import Span
from pipeline.align.corpus import SIGN, Floats
from pipeline.align.model import AlignmentModel
from pipeline.align.symmetry import Links, grow_diag_final_and
from pipeline.projection.assignment import Choice
from pipeline.projection.contract import Example, Failure, Projection, checked
from pipeline.projection.evidence import Evidence, gather
from pipeline.projection.places import Scored, settle

NAME = "links"
GAP = 3


@dataclass(frozen=True, slots=True)
class LinksProjector:
    """Projects by word links alone; needs nothing but the aligner."""

    model: AlignmentModel
    name: str = NAME

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Carry the spans of one text over."""
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """Carry the spans of many texts over."""
        checks = [checked(example) for example in examples]
        return [_carry(evidence) for evidence in gather(self.model, checks)]


def _carry(evidence: Evidence) -> Projection:
    failures: list[Failure] = []
    scored: list[Scored] = []
    alignment = evidence.alignment
    links = grow_diag_final_and(alignment.hmm_forward, alignment.hmm_backward)
    for span in evidence.example.spans:
        hindrance = evidence.hindrance(span)
        if hindrance:
            failures.append(hindrance)
            continue
        place = evidence.place(span)
        found = _stretch(evidence, place, links)
        scored.append((span, _choice(evidence, place, found)))
    return settle(evidence, scored, failures, NAME)


def _stretch(evidence: Evidence, place: tuple[int, int], links: Links) -> tuple[int, int] | None:
    """Target tokens from the first to the last link, cut where a gap is wide and foreign."""
    rows = np.flatnonzero(links[:, place[0] : place[1]].any(axis=1))
    if not len(rows):
        return None
    strength = evidence.hmm[:, place[0] : place[1]].sum(axis=1)
    groups = np.split(rows, np.flatnonzero(np.diff(rows) > GAP) + 1)
    best = max(groups, key=lambda group: (float(strength[group].sum()), -int(group[0])))
    start, end = int(best[0]), int(best[-1]) + 1
    sign = evidence.shapes == SIGN
    inner = [n for n in range(start, end) if not sign[n]]
    return (inner[0], inner[-1] + 1) if inner else (start, end)


def _choice(evidence: Evidence, place: tuple[int, int], found: tuple[int, int] | None) -> Choice:
    """One candidate, scored by its share of links, on the log-odds scale around nothing at 0."""
    none = np.zeros(0, np.int64)
    if found is None:
        return Choice(place, none, none, np.zeros(0), 0.0)
    share = _share(evidence.hmm, place, found)
    score = np.log(share / (1 - share))
    return Choice(place, np.array([found[0]]), np.array([found[1]]), np.array([score + 5.0]), 0.0)


def _share(strength: Floats, place: tuple[int, int], found: tuple[int, int]) -> float:
    inside = strength[found[0] : found[1], place[0] : place[1]].sum()
    every = strength[:, place[0] : place[1]].sum() + strength[found[0] : found[1]].sum()
    return float(np.clip(2 * inside / max(every, 1e-9), 0.01, 0.99))
