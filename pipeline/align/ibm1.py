"""IBM model 1 with a diagonal prior, both directions at once (Brown et al. 1993; Dyer et al. 2013)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.align.corpus import Corpus, Floats, added_up


@dataclass(frozen=True, slots=True)
class Emissions:
    """Per cell p(target token | source token) and the reverse; per token p(token | nothing)."""

    forward: Floats
    backward: Floats
    target_null: Floats
    source_null: Floats


def posteriors(
    corpus: Corpus, emissions: Emissions, diagonal: float, null: float
) -> tuple[Floats, Floats]:
    """Per cell the chance that the row came from the column, and that the column came from the row."""
    pull = np.exp(-diagonal * corpus.distance.astype(np.float64))
    rows, columns = corpus.rows, corpus.columns
    forward = _one(rows, len(corpus.target.types), pull, emissions.forward,
                   emissions.target_null, null)  # fmt: skip
    backward = _one(columns, len(corpus.source.types), pull, emissions.backward,
                    emissions.source_null, null)  # fmt: skip
    return forward, backward


def _one(owner: NDArray[np.integer[Any]], owners: int, pull: Floats, emission: Floats, nothing: Floats,
         null: float) -> Floats:  # fmt: skip
    spread = np.maximum(added_up(owner, pull, owners), 1e-300)
    joint = pull * emission
    total = added_up(owner, joint, owners) / spread * (1 - null) + null * nothing
    scale = (1 - null) / (spread * np.maximum(total, 1e-300))
    return joint * scale[owner]
