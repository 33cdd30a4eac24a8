"""The aligner: joint IBM-1, then joint HMM, trained on the very sentences that will be aligned.

Both directions are trained to agree (Liang, Taskar & Klein 2006): expected counts are products of
the two directions' posteriors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from pipeline.align import hmm, ibm1, packing
from pipeline.align.corpus import Corpus, Floats, Pair, Side, Vocabulary, added_up
from pipeline.align.lexicon import Level, Settings, Table, levels, shape_factor
from pipeline.align.packing import Packing
from pipeline.align.sentences import Bead, beads

LEAST_COUNT = 1e-3


class AlignmentError(ValueError):
    """Text that cannot be aligned; the message says why."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """What is known about one sentence pair.

    Four matrices of shape (target tokens, source tokens): ``hmm_forward`` and ``ibm1_forward`` hold
    the chance that the target token came from the source token, the ``backward`` ones the reverse.
    """

    hmm_forward: Floats
    hmm_backward: Floats
    ibm1_forward: Floats
    ibm1_backward: Floats


@dataclass(frozen=True, slots=True)
class Jumps:
    """Jump weights of both HMM directions, from minus to plus the reach."""

    forward: Floats
    backward: Floats

    @classmethod
    def first(cls, reach: int) -> Jumps:
        """Forward-leaning start: one step on is likeliest."""
        distance = np.abs(np.arange(-reach, reach + 1) - 1)
        weights = 1.0 / (1.0 + distance.astype(np.float64)) ** 2
        return cls(weights, weights.copy())


@dataclass(frozen=True, slots=True)
class AlignmentModel:
    """Fitted tables and jumps of one language pair; aligns any sentence pair of it."""

    words: Table
    stems: Table
    jumps: Jumps
    settings: Settings
    source_packing: Packing = field(default_factory=Packing)
    target_packing: Packing = field(default_factory=Packing)

    def translations(self, pairs: Sequence[Pair]) -> list[Floats]:
        """Per pair a matrix (target tokens, source tokens) of how well two words translate.

        The geometric mean of both directions' word probabilities, 0 to 1, blind to place and to the
        other words of the sentence.
        """
        packed = [self._packed(pair) for pair in pairs]
        corpus = Corpus.read(packed)
        emissions = Reader(corpus, self.settings).emissions(self.words, self.stems)
        values = np.sqrt(np.minimum(emissions.forward * emissions.backward, 1.0))
        return [
            _spread_out(_matrix(corpus, number, values), pair, packed[number])
            for number, pair in enumerate(pairs)
        ]

    def align(self, source: Sequence[str], target: Sequence[str]) -> Alignment:
        """Align one pair of token lists; unseen words align by spelling, shape and place."""
        return self.align_all([(source, target)])[0]

    def align_all(self, pairs: Sequence[Pair]) -> list[Alignment]:
        """Align many pairs at once; same results as one by one, much faster."""
        cut = [beads(pair) for pair in pairs]
        parts = iter(self._align([part for pair, own in zip(pairs, cut, strict=True)
                                  for part in _parts(pair, own)]))  # fmt: skip
        return [
            _joined(pair, own, [next(parts) for _ in own])
            for pair, own in zip(pairs, cut, strict=True)
        ]

    def _align(self, pairs: Sequence[Pair]) -> list[Alignment]:
        """The same for pairs that are one bead each; tokens of a unit have what the unit has."""
        if not pairs:
            return []
        packed = [self._packed(pair) for pair in pairs]
        corpus = Corpus.read(packed)
        reader = Reader(corpus, self.settings)
        emissions = reader.emissions(self.words, self.stems)
        ibm = ibm1.posteriors(corpus, emissions, self.settings.diagonal, self.settings.null)
        hidden, _ = reader.hmm_posteriors(emissions, self.jumps)
        return [
            Alignment(
                *(
                    _spread_out(_matrix(corpus, number, values), pair, packed[number])
                    for values in (*hidden, *ibm)
                )
            )
            for number, pair in enumerate(pairs)
        ]

    def _packed(self, pair: Pair) -> Pair:
        return self.source_packing.pack(pair[0]), self.target_packing.pack(pair[1])


class Reader:
    """A corpus with everything about its types that stays the same from round to round."""

    def __init__(self, corpus: Corpus, settings: Settings) -> None:
        self.corpus, self.settings = corpus, settings
        self.levels: tuple[Level, Level] = levels(corpus, settings)
        self.shape = shape_factor(corpus, settings)
        factors = [1 / settings.case, 1.0, settings.case]
        self.case = np.array(factors)[corpus.case_match + 1]
        near = np.exp(-settings.hmm_diagonal * corpus.distance.astype(np.float64))
        self.near = near
        self.lattices = _lattices(corpus)

    def emissions(self, words: Table, stems: Table, sharp: bool = True) -> ibm1.Emissions:
        """Cell and null probabilities under the tables."""
        _, kind_of = self.corpus.kinds
        share = self.settings.stems
        forward, backward = self.levels[0].probabilities(words, self.settings, sharp)
        stem_forward, stem_backward = self.levels[1].probabilities(stems, self.settings, sharp)
        forward = self.shape * ((1 - share) * forward + share * stem_forward)
        backward = self.shape * ((1 - share) * backward + share * stem_backward)
        return ibm1.Emissions(
            forward[kind_of] * self.case,
            backward[kind_of] * self.case,
            _alone(self.corpus.target, words.target, words.target_totals),
            _alone(self.corpus.source, words.source, words.source_totals),
        )

    def hmm_posteriors(
        self, emissions: ibm1.Emissions, jumps: Jumps
    ) -> tuple[tuple[Floats, Floats], Jumps]:
        """Posteriors of both directions and their expected jumps."""
        settings = self.settings
        forward, ahead = hmm.posteriors(
            self.lattices[0], emissions.forward * self.near, emissions.target_null,
            jumps.forward, settings.null,
        )  # fmt: skip
        backward, behind = hmm.posteriors(
            self.lattices[1], emissions.backward * self.near, emissions.source_null,
            jumps.backward, settings.null,
        )  # fmt: skip
        return (forward, backward), Jumps(ahead, behind)

    def count(
        self, forward: Floats, backward: Floats, least: float, power: float = 1.0
    ) -> tuple[Table, Table]:
        """Word and stem tables from the product of both directions' posteriors."""
        _, kind_of = self.corpus.kinds
        kinds = added_up(kind_of, (forward * backward) ** power, len(self.shape))
        return self.levels[0].table(kinds, least), self.levels[1].table(kinds, least)


def fit(
    pairs: Sequence[Pair], *, bitext: Sequence[Pair] = (), seed: int = 0,
    settings: Settings | None = None,
) -> AlignmentModel:  # fmt: skip
    """Fit an aligner on the ``pairs`` that matter and on further ``bitext``.

    Each pair is (source tokens, target tokens). Training is deterministic; ``seed`` is accepted so
    that every fitted annotator is called alike. Raises AlignmentError when no pair has tokens on
    both sides.
    """
    settings = settings or Settings()
    parts = [part for pair in (*pairs, *bitext) for part in _parts(pair, beads(pair))]
    usable = [pair for pair in parts if len(pair[0]) and len(pair[1])]
    if not usable:
        raise AlignmentError("nothing to learn from: no pair has tokens on both sides")
    here, there = (packing.learn(pair[side] for pair in usable) for side in (0, 1))
    corpus = Corpus.read([(here.pack(a), there.pack(b)) for a, b in usable])
    reader = Reader(corpus, settings)
    words, stems = reader.count(_flat(corpus, settings), np.ones(len(corpus.rows)), 0.0, 1.0)
    for round_ in range(settings.ibm1_rounds):
        emissions = reader.emissions(words, stems, sharp=round_ >= settings.plain_rounds)
        both = ibm1.posteriors(corpus, emissions, settings.diagonal, settings.null)
        words, stems = reader.count(*both, 0.0, settings.early)
    jumps = Jumps.first(settings.jump_reach)
    for round_ in range(settings.hmm_rounds):
        emissions = reader.emissions(words, stems)
        both, moved = reader.hmm_posteriors(emissions, jumps)
        jumps = Jumps(_spread(moved.forward, settings), _spread(moved.backward, settings))
        least = LEAST_COUNT if round_ == settings.hmm_rounds - 1 else 0.0
        words, stems = reader.count(*both, least, settings.late)
    return AlignmentModel(words, stems, jumps, settings, here, there)


def _parts(pair: Pair, own: Sequence[Bead]) -> list[Pair]:
    return [(pair[0][bead.first : bead.last], pair[1][bead.start : bead.end]) for bead in own]


def _joined(pair: Pair, own: Sequence[Bead], parts: Sequence[Alignment]) -> Alignment:
    """One alignment of a whole pair: between words of different beads there is no link."""
    if len(parts) == 1:
        return parts[0]
    whole = [np.zeros((len(pair[1]), len(pair[0]))) for _ in fields(Alignment)]
    for bead, part in zip(own, parts, strict=True):
        for matrix, name in zip(whole, fields(Alignment), strict=True):
            matrix[bead.start : bead.end, bead.first : bead.last] = getattr(part, name.name)
    return Alignment(*whole)


def _flat(corpus: Corpus, settings: Settings) -> Floats:
    """Where training starts: every word with every word of its pair, less off the diagonal."""
    share = 1.0 / np.maximum(corpus.source.lengths, corpus.target.lengths)
    cells = corpus.source.lengths * corpus.target.lengths
    return np.repeat(share, cells) * np.exp(-settings.diagonal * corpus.distance)


def _spread_out(matrix: Floats, pair: Pair, packed: Pair) -> Floats:
    """A matrix of units as one of their tokens."""
    if len(packed[0]) < len(pair[0]):
        matrix = matrix[:, packing.owners(pair[0], packed[0])]
    if len(packed[1]) < len(pair[1]):
        matrix = matrix[packing.owners(pair[1], packed[1])]
    return matrix


def _spread(counts: Floats, settings: Settings) -> Floats:
    weights = counts + 0.5
    weights[[0, -1]] /= settings.far
    return weights / weights.sum()


def _alone(side: Side, vocabulary: Vocabulary, totals: Floats) -> Floats:
    """Per token p(token | nothing): its share of all counts, smoothed by one."""
    numbers = np.array([vocabulary.number(form) for form in side.forms.forms], np.int64)
    known = (np.append(totals, 0.0)[numbers] + 1.0) / (totals.sum() + len(totals) + 1.0)
    return known[side.types]


def _lattices(corpus: Corpus) -> tuple[hmm.Lattice, hmm.Lattice]:
    here, there = corpus.source, corpus.target
    one = np.ones_like(here.lengths)
    forward = hmm.Lattice(
        there.lengths, here.lengths, corpus.cell_offsets, here.lengths, one, there.offsets
    )
    backward = hmm.Lattice(
        here.lengths, there.lengths, corpus.cell_offsets, one, here.lengths, here.offsets
    )
    return forward, backward


def _matrix(corpus: Corpus, pair: int, values: Floats) -> Floats:
    height, width = int(corpus.target.lengths[pair]), int(corpus.source.lengths[pair])
    start = int(corpus.cell_offsets[pair])
    return values[start : start + height * width].reshape(height, width)
