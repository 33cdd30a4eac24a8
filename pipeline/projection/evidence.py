"""Evidence: one sentence pair cut into tokens, with all that the aligner knows about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cdist

from pipeline.align.corpus import WORD, Floats, Ints, normal, shape
from pipeline.align.model import Alignment, AlignmentModel
from pipeline.align.spelling import LEAST_LETTERS, spelt
from pipeline.align.tokens import Token, tokenise
from pipeline.projection.contract import Example
from pipeline.projection.cutting import Cut


@dataclass(frozen=True, slots=True)
class Evidence(Cut):
    """A tokenised pair; ``hmm``, ``ibm1`` and ``loose`` are link strengths of its tokens.

    They have shape (target tokens, source tokens). The first two are high where both directions of
    a model agree, ``loose`` is where either direction of the HMM sees a link.
    """

    alignment: Alignment
    hmm: Floats
    ibm1: Floats
    loose: Floats
    forms: tuple[str, ...]
    shapes: Ints

    def likeness(self, first: int, last: int) -> Floats:
        """Spelling likeness 0 to 1, shape (target tokens, source tokens ``first`` to ``last``)."""
        here = [spelt(normal(token.text)) for token in self.source[first:last]]
        there = [spelt(normal(token.text)) for token in self.target]
        ratio = cdist(there, here, scorer=fuzz.ratio, dtype=np.float64, workers=1) / 100.0
        here_wordy = np.array([shape(form) == WORD and len(form) >= LEAST_LETTERS for form in here])
        there_wordy = np.array(
            [shape(form) == WORD and len(form) >= LEAST_LETTERS for form in there]
        )
        fuzzy = there_wordy[:, None] & here_wordy[None, :]
        return np.where(fuzzy | (ratio == 1.0), np.maximum(0.0, 2.0 * ratio - 1.0), 0.0)


def gather(model: AlignmentModel, examples: Sequence[Example]) -> list[Evidence]:
    """Tokenise and align every example, all of them at once."""
    cut = [(tokenise(e.source_text), tokenise(e.target_text)) for e in examples]
    words = [([t.text for t in here], [t.text for t in there]) for here, there in cut]
    return [
        _evidence(example, here, there, alignment)
        for example, (here, there), alignment in zip(
            examples, cut, model.align_all(words), strict=True
        )
    ]


def _evidence(
    example: Example, here: tuple[Token, ...], there: tuple[Token, ...], alignment: Alignment
) -> Evidence:
    forms = tuple(normal(token.text) for token in there)
    return Evidence(
        example, here, there, alignment,
        _link(alignment.hmm_forward, alignment.hmm_backward),
        _link(alignment.ibm1_forward, alignment.ibm1_backward),
        (alignment.hmm_forward + alignment.hmm_backward) / 2,
        forms, np.array([shape(form) for form in forms], np.int64),
    )  # fmt: skip


def _link(forward: Floats, backward: Floats) -> Floats:
    """One strength per cell: the geometric mean of both directions' posteriors."""
    return np.sqrt(forward * backward)
