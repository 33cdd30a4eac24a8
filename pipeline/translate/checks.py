"""Checks: what looks wrong with a translation without knowing either language.

A flag is a reason to look, not a verdict: it ranks translations and is shown to people.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import regex

EMPTY, COPY, LOOP, LENGTH = "empty", "copy", "loop", "length"
FLAGS = (EMPTY, COPY, LOOP, LENGTH)
# Set elsewhere: translated in pieces around protected parts; in another language than was asked for.
PIECED, LANGUAGE = "pieced", "language"

_LETTERS = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_CIRCLE = regex.compile(r"(\X{1,12}?)\1{7,}")
_SHORT = 20
_MOST = 20_000
_LOOP_TIMES = 4


def flags(source: str, target: str, *, ratio: float = 1.0) -> tuple[str, ...]:
    """The flags of one translation, in the order of ``FLAGS``.

    ``empty``: nothing but white space. ``copy``: a source of several words stands there unchanged.
    ``loop``: a stretch repeats four times in a row although the source's does not, or two of three
    words are repetitions. ``length``: more than 2.5 times longer or shorter, in code points, than
    ``ratio`` (usual target length over source length, see ``usual_ratio``) lets expect.
    """
    if not target.strip():
        return (EMPTY,)
    found: list[str] = []
    if _is_copy(source, target):
        found.append(COPY)
    if _loops(target) and not _loops(source):
        found.append(LOOP)
    if max(len(source), len(target)) >= _SHORT:
        expected = math.log(max(len(source), 1) * ratio)
        if abs(math.log(len(target)) - expected) > math.log(2.5):
            found.append(LENGTH)
    return tuple(found)


def usual_ratio(pairs: Sequence[tuple[str, str]]) -> float:
    """The median of target length over source length, 1.0 for fewer than ten pairs.

    Scripts differ several times over in code points per sentence, so the pair's own data decides.
    """
    shares = [len(target) / len(source) for source, target in pairs if source and target.strip()]
    return median(shares) if len(shares) >= 10 else 1.0


def _is_copy(source: str, target: str) -> bool:
    """Whether nearly all words of a source of three or more stand in the target in their order."""
    words, made = _named(source), _named(target)
    if len(words) < 3:
        return False
    pairs, others = Counter(pairwise(words)), Counter(pairwise(made))
    shared = (pairs & others).total()
    return shared >= 0.8 * max(pairs.total(), others.total())


def _named(text: str) -> list[str]:
    """The words with a letter in them; numbers are rightly copied."""
    return [word for word in _words(text) if not word.isnumeric()]


def _loops(text: str) -> bool:
    """Whether words, or letters in scripts without spaces, go round in a circle."""
    words = _words(text[:_MOST])
    for size in range(1, 9):
        if any(_run(words, at, size) >= _LOOP_TIMES for at in range(len(words) - size)):
            return True
    circle = _CIRCLE.search("".join(words))
    if circle and not circle.group(1).isdecimal():
        return True
    return len(words) >= 30 and len(set(words)) * 3 < len(words)


def _run(words: list[str], start: int, size: int) -> int:
    """How many times in a row the stretch at ``start`` stands there."""
    first, times = words[start : start + size], 1
    while words[start + times * size : start + (times + 1) * size] == first:
        times += 1
    return times


def _words(text: str) -> list[str]:
    return [match.group().casefold() for match in _LETTERS.finditer(text)]
