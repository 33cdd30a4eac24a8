"""Teaching: a fitted projector learns from what people set right, and says what that was worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pipeline.learn.correction import Correction
from pipeline.learn.ranking import Learned, learn
from pipeline.learn.voting import weigh
from pipeline.projection import candidates, consensus
from pipeline.projection.candidates import CandidatesProjector
from pipeline.projection.consensus import ConsensusProjector, assembled
from pipeline.projection.contract import FittedProjector

LEAST_TEXTS = 2
# The methods with something to learn.
TAUGHT = frozenset({candidates.NAME, consensus.NAME})


class Taught(NamedTuple):
    """The projector to use from now on, and what was measured on held-back texts (empty: untried)."""

    projector: FittedProjector
    gain: dict[str, Any]


def taught(
    projector: FittedProjector, corrections: Sequence[Correction], *, seed: int = 0
) -> Taught:
    """What a projector becomes by ``corrections``; itself where it has nothing to learn.

    ``gain`` tells ``corrected_spans``, ``right_before`` and ``right_after`` (shares placed exactly on
    held-back texts) and ``adopted``. Costs an alignment of each corrected text and some tens of small fits.
    """
    useful = [row for row in corrections if row.wanted()]
    if len(useful) < LEAST_TEXTS:
        return Taught(projector, {})
    if isinstance(projector, CandidatesProjector):
        learned = learn(projector, useful, seed=seed)
        return Taught(learned.projector, _gain(learned))
    if isinstance(projector, ConsensusProjector):
        learned = learn(projector.ranked, useful, seed=seed)
        weighed = weigh(projector, useful)
        made = assembled(learned.projector, weighed.projector.consensus)
        return Taught(made, {**_gain(learned), "votes_weighed": weighed.adopted})
    return Taught(projector, {})


def _gain(learned: Learned) -> dict[str, Any]:
    return {
        "corrected_spans": learned.spans,
        "right_before": round(learned.before, 4),
        "right_after": round(learned.after, 4),
        "adopted": learned.adopted,
    }
