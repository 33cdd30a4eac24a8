"""Round trip: how much of a text comes back when its translation is translated back (chrF; Popović 2015).

It says nothing about the translation alone: the way back makes errors of its own, and a copy comes back
whole. So it only ranks translations of the same text that are equally free of flags, all on one way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any


def score(texts: Sequence[str], back: Sequence[str]) -> float:
    """chrF2 of the texts that came back against those that went, 0 to 100, all fields counted as one.

    Raises ValueError for lists of unlike length or none at all.
    """
    if not texts or len(texts) != len(back):
        raise ValueError(f"{len(texts)} texts went and {len(back)} came back")
    return float(_measure().corpus_score(list(back), [list(texts)]).score)


@cache
def _measure() -> Any:
    from sacrebleu.metrics import CHRF

    return CHRF()
