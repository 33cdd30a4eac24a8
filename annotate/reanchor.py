"""Re-anchor spans when their text is edited: where each stands in the new text, and how surely."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from annotate.graphemes import snapped
from annotate.spans import Span

# What the edit did, stretch by stretch: tag, start and end before, start and end after.
Blocks = Sequence[tuple[str, int, int, int, int]]

METHOD = "edit"
SURE, UNSURE = 1.0, 0.5


def reanchored(spans: Iterable[Span], before: str, after: str) -> tuple[list[Span], list[Span]]:
    """Spans of ``before`` placed in ``after``, and those that the edit left nothing of.

    A span whose characters and both neighbours the edit left alone, or whose surface occurs once in
    either text, is sure (score 1); one whose place follows from its surroundings only is unsure
    (score 0.5) and wants a look. Cost: one diff of the two texts.

    >>> new, gone = reanchored([Span("LOC", 8, 12)], "Er ist: Bonn.", "Sie ist: Bonn.")
    >>> [(s.start, s.end, s.score) for s in new], gone
    ([(9, 13, 1.0)], [])
    """
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    placed: list[Span] = []
    gone: list[Span] = []
    for span in spans:
        if span.start is None or span.end is None:
            placed.append(span)
            continue
        found = _place(span.start, span.end, before, after, blocks)
        if found is None:
            gone.append(span)
            continue
        start, end, score = found
        placed.append(
            replace(
                span, start=start, end=end, surface=after[start:end], method=METHOD, score=score
            )
        )
    return placed, gone


def _place(
    start: int, end: int, before: str, after: str, blocks: Blocks
) -> tuple[int, int, float] | None:
    surface = before[start:end]
    for tag, old_start, old_end, new_start, _ in blocks:
        if tag == "equal" and old_start <= start and end <= old_end:
            inner = old_start < start and end < old_end
            edge = (start == 0 or old_start < start) and (end == len(before) or end < old_end)
            moved = new_start - old_start
            return start + moved, end + moved, SURE if inner or edge else UNSURE
    if before.count(surface) == 1 and after.count(surface) == 1:
        found = after.index(surface)
        return found, found + len(surface), SURE
    left = _through(start, blocks, is_end=False)
    right = _through(end, blocks, is_end=True)
    if left >= right or not after[left:right].strip():
        return None
    left, right = snapped(after, left, right)
    return left, right, UNSURE


def _through(offset: int, blocks: Blocks, *, is_end: bool) -> int:
    """Where a boundary goes: through an unchanged stretch exactly, else to the change's edge."""
    for tag, old_start, old_end, new_start, new_end in blocks:
        if is_end and not old_start < offset <= old_end:
            continue
        if not is_end and not old_start <= offset < old_end:
            continue
        if tag == "equal":
            return new_start + offset - old_start
        return new_end if is_end else new_start
    return blocks[-1][4] if blocks else 0
