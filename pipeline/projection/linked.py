"""Linked: from a matrix of word links to scored places of a span, for methods that give links only."""

from __future__ import annotations

import numpy as np

from pipeline.align.corpus import SIGN, Floats, normal, shape
from pipeline.projection.assignment import Choice
from pipeline.projection.cutting import Cut

# Log odds of a place whose links are half foreign; below 0 the span has no place.
LEVEL = 3.0
MOST_GAP = 3


def choice(cut: Cut, place: tuple[int, int], strength: Floats) -> Choice:
    """The stretches between two target words linked to the span, by their share of all links.

    ``strength`` has shape (target tokens, source tokens). The share is an F score: links between
    span and stretch against all that either has. A gap wider than MOST_GAP words is not bridged,
    and no stretch begins or ends with a sign that the span's edge lacks.
    """
    own = strength[:, place[0] : place[1]].sum(axis=1)
    every = strength.sum(axis=1)
    rows = np.flatnonzero(own > 0)
    sign = np.array([shape(normal(token.text)) == SIGN for token in cut.target])
    if (~sign[rows]).any():
        rows = rows[~sign[rows]]
    starts: list[int] = []
    ends: list[int] = []
    scores: list[float] = []
    for at, first in enumerate(rows):
        last = first
        for row in rows[at:]:
            if row - last > MOST_GAP:
                break
            last = row
            inside = own[first : row + 1].sum()
            share = 2 * inside / (own.sum() + every[first : row + 1].sum())
            share = float(np.clip(share, 0.01, 0.99))
            starts.append(int(first))
            ends.append(int(row) + 1)
            scores.append(float(np.log(share / (1 - share))) + LEVEL)
    return Choice(place, np.array(starts, np.int64), np.array(ends, np.int64),
                  np.array(scores, np.float64), 0.0)  # fmt: skip
