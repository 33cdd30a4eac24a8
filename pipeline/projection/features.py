"""Features: every target n-gram that a source span may have become, described by a few numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.align.corpus import SIGN, Floats, Ints
from pipeline.projection.edges import Odds
from pipeline.projection.evidence import Evidence

NAMES = (
    "hmm", "ibm1", "spelling", "length", "edge_mass", "outside_mass", "edge_links",
    "left_odds", "right_odds", "case", "torn_edges", "left_break", "right_break", "sign_before",
    "sign_after", "sign_first", "sign_last", "longer", "words",
)  # fmt: skip
REACH = 2
SLACK = 3
LINKED = 0.05
ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Candidates:
    """The n-grams ``[starts, ends)`` (target tokens) for one source span, one feature row each."""

    starts: Ints
    ends: Ints
    features: Floats

    def __len__(self) -> int:
        return len(self.starts)


def describe(evidence: Evidence, place: tuple[int, int], odds: Odds) -> Candidates:
    """List and describe the candidates of the source tokens ``[first, last)``.

    Candidates lie near a target token that is linked to the span or spelt like a word of it.
    """
    first, last = place
    links = {name: matrix[:, first:last].sum(axis=1) for name, matrix in _matrices(evidence)}
    every = {name: matrix.sum(axis=1) for name, matrix in _matrices(evidence)}
    likeness = evidence.likeness(first, last)
    linked = (links["loose"] > LINKED) | (links["ibm1"] > LINKED) | (likeness.max(axis=1) > ALIKE)
    starts, ends = _window(evidence, place, linked)
    if not len(starts):
        return Candidates(starts, ends, np.zeros((0, len(NAMES))))
    left, right = odds.of(evidence.forms)
    mass = np.concatenate([[0.0], np.minimum(links["hmm"], 1.0), [0.0]])
    torn = every["loose"] - links["loose"]
    longer = _signed(evidence, place, starts, ends)
    features = (
        _soft_f(starts, ends, links["hmm"], every["hmm"]),
        _soft_f(starts, ends, links["ibm1"], every["ibm1"]),
        _spelling(evidence, place, likeness, starts, ends),
        np.abs(longer),
        mass[starts + 1] + mass[ends],
        mass[starts] + mass[ends + 1],
        _edge_links(evidence, place, starts, ends),
        left[starts + 1] - left[starts],
        right[ends] - right[ends + 1],
        _case(evidence, place, starts, ends),
        torn[starts] + torn[ends - 1],
        *_surroundings(evidence, starts, ends),
        longer,
        np.log((ends - starts) / (place[1] - place[0])),
    )
    return Candidates(starts, ends, np.stack(features, axis=1))


def _matrices(evidence: Evidence) -> tuple[tuple[str, Floats], ...]:
    return (("hmm", evidence.hmm), ("ibm1", evidence.ibm1), ("loose", evidence.loose))


def _window(
    evidence: Evidence, place: tuple[int, int], linked: NDArray[np.bool_]
) -> tuple[Ints, Ints]:
    """N-grams that hold a linked token no farther than REACH from either edge."""
    tokens = len(evidence.target)
    ratio = max(1.0, tokens / len(evidence.source))
    longest = min(tokens, int(2 * (place[1] - place[0]) * ratio) + SLACK)
    seen = np.concatenate([[0], np.cumsum(linked)])
    places = np.arange(tokens)
    opening = np.flatnonzero(seen[np.minimum(places + REACH + 1, tokens)] > seen[places])
    starts = np.repeat(opening, longest)
    ends = starts + np.tile(np.arange(1, longest + 1), len(opening))
    inside = ends <= tokens
    starts, ends = starts[inside], ends[inside]
    near = np.maximum(ends - REACH - 1, starts)
    chosen = (seen[ends] > seen[near]) & (seen[np.minimum(starts + REACH + 1, ends)] > seen[starts])
    return starts[chosen], ends[chosen]


def _sums(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])


def _soft_f(starts: Ints, ends: Ints, mass: Floats, every: Floats) -> Floats:
    """2 x links inside / (links of the source span + links of the candidate)."""
    inside, own = _sums(mass), _sums(every)
    both = inside[ends] - inside[starts]
    return 2 * both / (mass.sum() + own[ends] - own[starts] + 1e-6)


def _spelling(
    evidence: Evidence, place: tuple[int, int], likeness: Floats, starts: Ints, ends: Ints
) -> Floats:
    """Mean of best spelling matches, both ways, words weighing by their letters."""
    here = np.array([len(t.text) for t in evidence.source[place[0] : place[1]]], np.float64)
    there = np.array([len(t.text) for t in evidence.target], np.float64)
    weighted, letters = _sums(likeness.max(axis=1) * there), _sums(there)
    precision = (weighted[ends] - weighted[starts]) / (letters[ends] - letters[starts])
    best = np.zeros((len(starts), likeness.shape[1]))
    for offset in range(int((ends - starts).max())):
        reaching = np.flatnonzero(starts + offset < ends)
        best[reaching] = np.maximum(best[reaching], likeness[starts[reaching] + offset])
    recall = (best * here).sum(axis=1) / here.sum()
    return 2 * precision * recall / np.maximum(precision + recall, 1e-9)


def _signed(evidence: Evidence, place: tuple[int, int], starts: Ints, ends: Ints) -> Floats:
    """How much longer the candidate is than the source span's share, as a log ratio of code points."""
    expected = max(len(evidence.example.target_text), 1) / max(len(evidence.example.source_text), 1)
    expected *= evidence.source[place[1] - 1].end - evidence.source[place[0]].start
    begin = np.array([t.start for t in evidence.target])[starts]
    finish = np.array([t.end for t in evidence.target])[ends - 1]
    return np.log((finish - begin + 2.0) / (expected + 2.0))


def _surroundings(evidence: Evidence, starts: Ints, ends: Ints) -> list[Floats]:
    """White space or an end of the text beside the candidate, and signs at its edges, out and in."""
    text = evidence.example.target_text
    opening = np.array(
        [float(t.start == 0 or text[t.start - 1].isspace()) for t in evidence.target]
    )
    closing = np.array(
        [float(t.end == len(text) or text[t.end].isspace()) for t in evidence.target]
    )
    sign = np.concatenate([[0.0], evidence.shapes == SIGN, [0.0]])
    return [
        opening[starts], closing[ends - 1], sign[starts], sign[ends + 1], sign[starts + 1], sign[ends],
    ]  # fmt: skip


def _edge_links(evidence: Evidence, place: tuple[int, int], starts: Ints, ends: Ints) -> Floats:
    """Share of the first and the last source token's links that fall into the candidate."""
    result = np.zeros(len(starts))
    for column in (place[0], place[1] - 1):
        links = _sums(evidence.hmm[:, column])
        result += (links[ends] - links[starts]) / (links[-1] + 0.1)
    return result


def _case(evidence: Evidence, place: tuple[int, int], starts: Ints, ends: Ints) -> Floats:
    """Edges that begin with a capital as the source span's edges do (1) or do not (-1)."""
    here = [_capital(evidence.source[n].text) for n in (place[0], place[1] - 1)]
    there = np.array([_capital(token.text) for token in evidence.target])
    return here[0] * there[starts] + here[1] * there[ends - 1]


def _capital(token: str) -> int:
    return 1 if token[0].isupper() else (-1 if token[0].islower() else 0)
