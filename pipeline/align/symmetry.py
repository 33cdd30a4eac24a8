"""Word links from the two directions' posteriors: intersection, or grow-diag-final-and.

Koehn, Axelrod, Mayne, Callison-Burch, Osborne & Talbot 2005.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.align.corpus import Floats

Links = NDArray[np.bool_]
_NEIGHBOURS = ((-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))


def directed(forward: Floats, backward: Floats) -> tuple[Links, Links]:
    """Each direction's links: every token to its likeliest partner, or none where none is likelier.

    Both posteriors and both results have shape (target tokens, source tokens).
    """
    ahead = np.zeros(forward.shape, bool)
    behind = np.zeros(forward.shape, bool)
    if not forward.size:
        return ahead, behind
    best = forward.argmax(axis=1)
    rows = np.arange(forward.shape[0])
    ahead[rows, best] = forward[rows, best] > 1 - forward.sum(axis=1)
    best = backward.argmax(axis=0)
    columns = np.arange(forward.shape[1])
    behind[best, columns] = backward[best, columns] > 1 - backward.sum(axis=0)
    return ahead, behind


def intersection(forward: Floats, backward: Floats) -> Links:
    """Links that both directions make."""
    ahead, behind = directed(forward, backward)
    return ahead & behind


def grow_diag_final_and(forward: Floats, backward: Floats) -> Links:
    """The intersection, grown by neighbouring links, then by links of two tokens still alone."""
    ahead, behind = directed(forward, backward)
    links, either = ahead & behind, ahead | behind
    grown = True
    while grown:
        grown = False
        for row, column in np.argwhere(links):
            for down, right in _NEIGHBOURS:
                y, x = row + down, column + right
                if not (0 <= y < links.shape[0] and 0 <= x < links.shape[1]):
                    continue
                alone = not links[y].any() or not links[:, x].any()
                if either[y, x] and not links[y, x] and alone:
                    links[y, x] = grown = True
    for direction in (ahead, behind):
        for row, column in np.argwhere(direction & ~links):
            if not links[row].any() and not links[:, column].any():
                links[row, column] = True
    return links
