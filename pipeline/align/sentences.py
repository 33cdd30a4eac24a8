"""Sentences: long texts are cut into sentences that translate each other before they are aligned.

Sentence lengths alone tell which belong together (Gale and Church 1993), helped by numbers that stand on
both sides. Words are then linked within a bead only, which is likelier to be right than a link across a
whole paragraph, and cheaper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log
from typing import NamedTuple

import numpy as np
import regex
from scipy.special import log_ndtr

from pipeline.align.corpus import Floats, Pair

_END = regex.compile(r"\p{Sentence_Terminal}+")
_CLOSING = regex.compile(r"[\p{Pe}\p{Pf}\"'’”]+")
_NUMBER = regex.compile(r"\p{N}")
# How many sentences of either side make a bead, and how often that happens (their table 5).
STEPS = {
    (1, 1): 0.89, (1, 0): 0.005, (0, 1): 0.005, (2, 1): 0.0445, (1, 2): 0.0445, (2, 2): 0.011,
    (3, 1): 0.002, (1, 3): 0.002,
}  # fmt: skip
# The variance of a sentence's length per letter of its translation.
VARIANCE = 6.8
# How much a number that stands on both sides speaks for a bead, in nats.
SHARED = 3.0


class Bead(NamedTuple):
    """Source tokens ``[first, last)`` whose translation is target tokens ``[start, end)``."""

    first: int
    last: int
    start: int
    end: int


def beads(pair: Pair) -> list[Bead]:
    """Cut a pair of token lists; in text order, and nothing is left out.

    One bead where either side is a single sentence. Costs grow with the product of sentence counts.
    """
    here, there = _ends(pair[0]), _ends(pair[1])
    if len(here) < 2 or len(there) < 2:
        return [Bead(0, len(pair[0]), 0, len(pair[1]))]
    steps = _path(_Side(pair[0], here), _Side(pair[1], there))
    edges, across = [0, *here], [0, *there]
    found: list[Bead] = []
    i = j = 0
    for down, right in steps:
        found.append(Bead(edges[i], edges[i + down], across[j], across[j + right]))
        i, j = i + down, j + right
    return found


def _ends(tokens: Sequence[str]) -> list[int]:
    """Where each sentence ends: after its closing sign and the quotes and brackets that follow it."""
    ends = []
    for number, token in enumerate(tokens):
        if _END.fullmatch(token):
            ends.append(number + 1)
        elif ends and ends[-1] == number and (_CLOSING.fullmatch(token)):
            ends[-1] = number + 1
    if not ends or ends[-1] < len(tokens):
        ends.append(len(tokens))
    merged: list[int] = []
    for end in ends:
        # A row of signs is no sentence of its own.
        if merged and not any(c.isalnum() for token in tokens[merged[-1] : end] for c in token):
            merged[-1] = end
        else:
            merged.append(end)
    return merged


class _Side:
    """One text's sentences: letters before each, and the numbers in each."""

    def __init__(self, tokens: Sequence[str], ends: Sequence[int]) -> None:
        starts = [0, *ends[:-1]]
        sizes = [sum(map(len, tokens[a:b])) for a, b in zip(starts, ends, strict=True)]
        self.letters = np.concatenate([[0], np.cumsum(sizes)])
        self.numbers = [
            Counter(token for token in tokens[a:b] if _NUMBER.search(token))
            for a, b in zip(starts, ends, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.numbers)


def _path(here: _Side, there: _Side) -> list[tuple[int, int]]:
    """The cheapest steps through both texts."""
    ratio = there.letters[-1] / max(here.letters[-1], 1)
    cost: Floats = np.full((len(here) + 1, len(there) + 1), np.inf)
    cost[0, 0] = 0.0
    back: dict[tuple[int, int], tuple[int, int]] = {}
    for i in range(len(here) + 1):
        for j in range(len(there) + 1):
            for down, right in STEPS:
                if i < down or j < right or not np.isfinite(cost[i - down, j - right]):
                    continue
                value = cost[i - down, j - right] + _price(
                    here, there, (i, j), (down, right), ratio
                )
                if value < cost[i, j]:
                    cost[i, j], back[i, j] = value, (down, right)
    steps = []
    place = (len(here), len(there))
    while place != (0, 0):
        steps.append(back[place])
        place = (place[0] - steps[-1][0], place[1] - steps[-1][1])
    return steps[::-1]


def _price(
    here: _Side, there: _Side, end: tuple[int, int], step: tuple[int, int], ratio: float
) -> float:
    """What a bead that ends at these sentences costs: minus its log probability."""
    (i, j), (down, right) = end, step
    one = here.letters[i] - here.letters[i - down]
    other = there.letters[j] - there.letters[j - right]
    mean = (one + other / ratio) / 2
    gap = abs(other - one * ratio) / np.sqrt(VARIANCE * max(mean, 1.0) * ratio)
    price = -log(STEPS[step]) - log(2) - float(log_ndtr(-gap))
    both = sum(here.numbers[i - down : i], Counter()) & sum(there.numbers[j - right : j], Counter())
    return price - SHARED * both.total()
