"""Grapheme clusters: where a reader sees one character end and the next begin (UAX #29).

The server decides, because browsers differ in how they cut Indic conjuncts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import regex

_CLUSTER = regex.compile(r"\X")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}\u200c\u200d'’_-]+|\S")


def boundaries(text: str) -> list[int]:
    """Code point offsets of the cluster boundaries, 0 and ``len(text)`` included.

    >>> boundaries("e\\u0301a")
    [0, 2, 3]
    """
    return [0, *(match.end() for match in _CLUSTER.finditer(text))]


def snapped(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen ``[start, end)`` to whole clusters."""
    cuts = boundaries(text)
    left = max((cut for cut in cuts if cut <= start), default=0)
    right = min((cut for cut in cuts if cut >= end), default=len(text))
    return left, right


def words(text: str) -> list[tuple[int, int]]:
    """Word-like stretches as code point intervals; punctuation stands alone.

    A stretch never ends inside a cluster: one that would is widened, and joined with the next.

    >>> words("No, Ana!")
    [(0, 2), (2, 3), (4, 7), (7, 8)]
    """
    found = [match.span() for match in _WORD.finditer(text)]
    if text.isascii():
        return found
    cuts = boundaries(text)
    whole: list[tuple[int, int]] = []
    for start, end in found:
        left = cuts[bisect_right(cuts, start) - 1]
        right = cuts[bisect_left(cuts, end)]
        if whole and left < whole[-1][1]:
            whole[-1] = (whole[-1][0], max(right, whole[-1][1]))
        else:
            whole.append((left, right))
    return whole
