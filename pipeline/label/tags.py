"""Tags: spans as one tag per word (outside, begins, goes on) and back, with the best legal path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from annotate.spans import Span, outermost
from pipeline.align.tokens import Token, covered

Floats = NDArray[np.float32]
OUTSIDE = 0


def tagged(tokens: tuple[Token, ...], spans: Iterable[Span], labels: Sequence[str]) -> list[int]:
    """The tag of each token: 0 outside, ``1 + 2 * label`` begins, ``2 + 2 * label`` goes on.

    Spans are widened to whole tokens; of overlapping ones the longest is kept; unknown labels are
    left out.
    """
    tags = [OUTSIDE] * len(tokens)
    kept, _ = outermost(span for span in spans if span.anchor == "text" and span.label in labels)
    for span in kept:
        first, last = covered(tokens, span.start or 0, span.end or 0)
        if first == last or any(tags[first:last]):
            continue
        begin = 1 + 2 * labels.index(span.label)
        tags[first:last] = [begin] + [begin + 1] * (last - first - 1)
    return tags


def untagged(tags: Sequence[int]) -> list[tuple[int, int, int]]:
    """Token intervals with the number of their label: ``(first, last, label)``, ends exclusive."""
    found: list[tuple[int, int, int]] = []
    for at, tag in enumerate(tags):
        if tag == OUTSIDE:
            continue
        label = (tag - 1) // 2
        goes_on = tag % 2 == 0 and found and found[-1][1] == at and found[-1][2] == label
        if goes_on:
            found[-1] = (found[-1][0], at + 1, label)
        else:
            found.append((at, at + 1, label))
    return found


def best_path(scores: Floats) -> list[int]:
    """The highest-scoring legal tag sequence under ``scores`` (words × tags, log probabilities).

    Legal: "goes on" only after the same label's "begins" or "goes on" (Viterbi 1967 over a mask).
    """
    words, count = scores.shape
    if not words:
        return []
    penalty = _forbidden(count)
    best = scores[0].astype(np.float64).copy()
    best[2::2] = -np.inf
    back = np.zeros((words, count), dtype=np.int64)
    for at in range(1, words):
        steps = best[:, None] + penalty
        back[at] = steps.argmax(axis=0)
        best = steps.max(axis=0) + scores[at]
    path = [int(best.argmax())]
    for at in range(words - 1, 0, -1):
        path.append(int(back[at, path[-1]]))
    return path[::-1]


def _forbidden(count: int) -> NDArray[np.float64]:
    """0 where tag (row) may be followed by tag (column), minus infinity where not."""
    penalty = np.zeros((count, count))
    for tag in range(2, count, 2):
        penalty[:, tag] = -np.inf
        penalty[[tag - 1, tag], tag] = 0.0
    return penalty
