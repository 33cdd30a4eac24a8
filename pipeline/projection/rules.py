"""Rules: raw word links repaired step by step, each step logged.

Each word takes the span it is most strongly linked to, as taggers of single words do; then rules mend what
such tags usually get wrong (the post-processing of Yeginbergenova and Agerri 2023, without its word
lists): pieces are joined, gaps filled, signs and articles cut off. What is an article is counted on the
data: a word that stands before spans rather than in them and renders nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from annotate.spans import Span
from pipeline.align.corpus import SIGN, Floats
from pipeline.align.model import AlignmentModel
from pipeline.align.symmetry import grow_diag_final_and
from pipeline.projection import edges
from pipeline.projection.assignment import Choice
from pipeline.projection.contract import Example, Projection, checked
from pipeline.projection.edges import EVEN, Odds
from pipeline.projection.evidence import Evidence, gather
from pipeline.projection.places import Scored, settle

NAME = "rules"
# Words between two pieces of a span that may be bridged.
GAP = 2
# Log odds of standing outside, beyond which a word that renders nothing is cut off an edge.
OUTSIDE = -1.0
LINKED = 0.3
Pieces = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class RulesProjector:
    """Projects by repaired word tags; ``odds`` tell what stands outside of spans."""

    model: AlignmentModel
    odds: Odds
    name: str = NAME

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Carry the spans of one text over."""
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """Carry the spans of many texts over; ``log`` names every repair."""
        checks = [checked(example) for example in examples]
        return [self._carry(evidence) for evidence in gather(self.model, checks)]

    def _carry(self, evidence: Evidence) -> Projection:
        spans, failures = evidence.sorted_out()
        raw = tagged(evidence, spans)
        scored: list[Scored] = []
        log: list[str] = []
        for span in spans:
            owners = {n for key, rows in raw.items() if key != span.key for n in _tokens(rows)}
            found, notes = repaired(evidence, span, raw[span.key], owners, self.odds)
            log += [f"{evidence.example.source_text[span.start : span.end]}: {n}" for n in notes]
            scored.append((span, _choice(evidence, span, found)))
        return replace(settle(evidence, scored, failures, NAME), log=tuple(log))


def fit(model: AlignmentModel, examples: Sequence[Example]) -> RulesProjector:
    """A projector whose odds were counted on the raw tags of ``examples``; no gold is needed."""
    placed: list[edges.Placed] = []
    for evidence in gather(model, examples):
        spans, _ = evidence.sorted_out()
        for rows in tagged(evidence, spans).values():
            placed += [(evidence.forms, start, end) for start, end in rows]
    return RulesProjector(model, edges.count(placed) if placed else EVEN)


def tagged(evidence: Evidence, spans: Sequence[Span]) -> dict[str, Pieces]:
    """Target token runs per span key: each token goes to the span it is linked to most strongly."""
    links = grow_diag_final_and(evidence.alignment.hmm_forward, evidence.alignment.hmm_backward)
    strength = np.where(links, np.maximum(evidence.hmm, 1e-6), 0.0)
    found: dict[str, Pieces] = {span.key: [] for span in spans}
    if not spans or not len(evidence.target):
        return found
    sums = np.stack([strength[:, slice(*evidence.place(span))].sum(axis=1) for span in spans])
    # Nested spans share their words: only spans that lie apart compete.
    for number, span in enumerate(spans):
        place = evidence.place(span)
        rivals = [n for n, other in enumerate(spans) if not _shares(place, evidence.place(other))]
        most = sums[rivals].max(axis=0) if rivals else np.zeros(sums.shape[1])
        rows = np.flatnonzero((sums[number] > 0) & (sums[number] >= most))
        groups = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
        found[span.key] = [(int(g[0]), int(g[-1]) + 1) for g in groups if len(g)]
    return found


def repaired(
    evidence: Evidence, span: Span, pieces: Pieces, taken: set[int], odds: Odds
) -> tuple[tuple[int, int] | None, list[str]]:
    """The one stretch that a span's pieces come to, and what was done for it, in words."""
    if not pieces:
        return None, []
    notes: list[str] = []
    joined = [pieces[0]]
    for start, end in pieces[1:]:
        between = range(joined[-1][1], start)
        if len(between) <= GAP and not taken & set(between):
            notes.append(f"gap filled before {evidence.target[start].text!r}")
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    place = evidence.place(span)
    own = evidence.hmm[:, slice(*place)].sum(axis=1)
    best = max(joined, key=lambda piece: (float(own[slice(*piece)].sum()), -piece[0]))
    notes += [f"piece dropped: {evidence.surface(*piece)!r}" for piece in joined if piece != best]
    trimmed = _trimmed(evidence, best, own, odds, notes)
    return trimmed, notes


def _trimmed(
    evidence: Evidence, piece: tuple[int, int], own: Floats, odds: Odds, notes: list[str]
) -> tuple[int, int]:
    """The piece without signs and words of no meaning at its edges; never without anything."""
    left, right = odds.of(evidence.forms)
    start, end = piece
    while end - start > 1:
        for at, side in ((start, left), (end - 1, right)):
            if evidence.shapes[at] == SIGN and own[at] < 1 - LINKED:
                notes.append(f"sign cut off: {evidence.target[at].text!r}")
                break
            if side[at + 1] <= OUTSIDE and own[at] < LINKED:
                notes.append(f"article cut off: {evidence.target[at].text!r}")
                break
        else:
            return start, end
        start, end = (start + 1, end) if at == start else (start, end - 1)
    return start, end


def _choice(evidence: Evidence, span: Span, found: tuple[int, int] | None) -> Choice:
    place = evidence.place(span)
    none = np.zeros(0, np.int64)
    if found is None:
        return Choice(place, none, none, np.zeros(0), 0.0)
    inside = evidence.hmm[slice(*found), slice(*place)].sum()
    every = evidence.hmm[slice(*found)].sum() + evidence.hmm[:, slice(*place)].sum()
    share = float(np.clip(2 * inside / max(every, 1e-9), 0.01, 0.99))
    score = np.array([np.log(share / (1 - share)) + 5.0])
    return Choice(place, np.array([found[0]]), np.array([found[1]]), score, 0.0)


def _shares(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _tokens(pieces: Pieces) -> set[int]:
    return {n for start, end in pieces for n in range(start, end)}
