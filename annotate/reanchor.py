"""Re-anchor spans when their text is edited: where each stands in the new text, and how surely."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import accumulate

import regex

from annotate.graphemes import snapped
from annotate.spans import Span

# What the edit did, stretch by stretch: tag, start and end before, start and end after.
Blocks = Sequence[tuple[str, int, int, int, int]]

# What an edit changes as a whole: a word, or a character where a script writes no spaces.
TOKEN = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]\p{M}*"
    r"|[\w\p{M}\u200c\u200d]+|.",
    regex.DOTALL,
)

METHOD = "edit"
SURE, UNSURE = 1.0, 0.5


def reanchored(spans: Iterable[Span], before: str, after: str) -> tuple[list[Span], list[Span]]:
    """Spans of ``before`` placed in ``after``, and those that the edit left nothing of.

    A span whose characters and both neighbours the edit left alone is sure (score 1), and so is one
    that moved elsewhere if its surface occurs once in either text. One beside a change, or whose
    place follows from its surroundings only, is unsure (score 0.5) and wants a look. Cost: one diff
    of the two texts.

    >>> new, gone = reanchored([Span("LOC", 8, 12)], "Er ist: Bonn.", "Sie ist: Bonn.")
    >>> [(s.start, s.end, s.score) for s in new], gone
    ([(9, 13, 1.0)], [])
    """
    blocks = changes(before, after)
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


def changes(before: str, after: str) -> Blocks:
    """What the edit did, word by word, in code points; words are not matched letter by letter.

    >>> changes("in Dakar.", "in París.")
    [('equal', 0, 3, 0, 3), ('replace', 3, 8, 3, 8), ('equal', 8, 9, 8, 9)]
    """
    (old, old_cuts), (new, new_cuts) = _cut(before), _cut(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        (tag, old_cuts[i], old_cuts[j], new_cuts[k], new_cuts[n])
        for tag, i, j, k, n in matcher.get_opcodes()
    ]


def _cut(text: str) -> tuple[list[str], list[int]]:
    tokens = TOKEN.findall(text)
    return tokens, [0, *accumulate(map(len, tokens))]


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
