"""Corpora as flat arrays: word types, their stems and shapes, and every source-target cell."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import regex
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Pair = tuple[Sequence[str], Sequence[str]]

STEM_LETTERS = 5
USUAL_LENGTH = 40
_STEM = regex.compile(rf"\X{{0,{STEM_LETTERS}}}")
_NUMBER = regex.compile(r"\p{N}")
_LETTER = regex.compile(r"\p{L}")
WORD, NUMBER, SIGN = 0, 1, 2


def added_up(owners: NDArray[np.integer[Any]], weights: Floats, size: int) -> Floats:
    """Weights added up per owner; an owner is a number below ``size``."""
    # numpy's stub gives the type that counts without weights have.
    return np.bincount(owners, weights, minlength=size)  # type: ignore[return-value]


def normal(token: str) -> str:
    """The form under which a token is counted: NFKC, case folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", token).casefold())


def stem(form: str) -> str:
    """The first five letters (grapheme clusters), a stand-in for a lemma in inflecting languages."""
    match = _STEM.match(form)
    return match.group() if match else form


def shape(form: str) -> int:
    """WORD, NUMBER (holds a digit) or SIGN (neither letter nor digit)."""
    if _NUMBER.search(form):
        return NUMBER
    return WORD if _LETTER.search(form) else SIGN


class Vocabulary:
    """Numbered strings; number -1 stands for a string that was never seen."""

    def __init__(self, forms: Iterable[str] = ()) -> None:
        self.forms: list[str] = []
        self._numbers: dict[str, int] = {}
        for form in forms:
            self.add(form)

    def __len__(self) -> int:
        return len(self.forms)

    def add(self, form: str) -> int:
        """The number of ``form``, given out in order of first sight."""
        number = self._numbers.setdefault(form, len(self.forms))
        if number == len(self.forms):
            self.forms.append(form)
        return number

    def number(self, form: str) -> int:
        """The number of ``form`` or -1."""
        return self._numbers.get(form, -1)


@dataclass(frozen=True, slots=True)
class Side:
    """One language of a set of sentences, all sentences end to end.

    ``forms`` are the local types; ``types``, ``upper`` have one entry per token: the local type's
    number and whether the token is written with a capital though it does not open the sentence
    (1 yes, 0 no, -1 not told by this script or place). ``lengths`` has one entry per sentence.
    """

    forms: Vocabulary
    types: Ints
    upper: Ints
    lengths: Ints

    @classmethod
    def read(cls, sentences: Sequence[Sequence[str]]) -> Side:
        forms = Vocabulary()
        known: dict[str, int] = {}
        types: list[int] = []
        upper: list[int] = []
        for sentence in sentences:
            for place, token in enumerate(sentence):
                if token not in known:
                    known[token] = forms.add(normal(token))
                types.append(known[token])
                upper.append(-1 if place == 0 else _upper(token))
        lengths = np.array([len(sentence) for sentence in sentences], dtype=np.int64)
        return cls(forms, np.array(types, np.int64), np.array(upper, np.int64), lengths)

    @property
    def offsets(self) -> Ints:
        """Where each sentence begins among all tokens."""
        return np.concatenate([[0], np.cumsum(self.lengths)[:-1]]).astype(np.int64)


@dataclass(frozen=True)
class Corpus:
    """Pairs of sentences with one cell per (target token, source token) of the same pair.

    Cells are ordered by pair, then target token (row), then source token (column).
    """

    source: Side
    target: Side

    @classmethod
    def read(cls, pairs: Sequence[Pair]) -> Corpus:
        return cls(Side.read([pair[0] for pair in pairs]), Side.read([pair[1] for pair in pairs]))

    @cached_property
    def cell_offsets(self) -> Ints:
        """Where each pair's cells begin."""
        sizes = self.source.lengths * self.target.lengths
        return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)

    @cached_property
    def rows(self) -> NDArray[np.int32]:
        """Each cell's target token."""
        widths = np.repeat(self.source.lengths, self.target.lengths)
        return np.repeat(np.arange(len(widths), dtype=np.int32), widths)

    @cached_property
    def columns(self) -> NDArray[np.int32]:
        """Each cell's source token."""
        starts = np.repeat(self.source.offsets, self.target.lengths)
        widths = np.repeat(self.source.lengths, self.target.lengths)
        if not len(widths):
            return np.zeros(0, np.int32)
        first = np.concatenate([[0], np.cumsum(widths)[:-1]])
        return (np.arange(widths.sum()) - np.repeat(first - starts, widths)).astype(np.int32)

    @cached_property
    def distance(self) -> NDArray[np.float32]:
        """How far each cell lies from the diagonal of its pair: 0 to 1 in a sentence.

        In texts longer than a usual sentence it grows with the length, so that a word is as far
        from words some tokens away as it would be in a sentence.
        """
        there = _relative(self.target)[self.rows]
        here = _relative(self.source)[self.columns]
        longer = np.maximum(self.source.lengths, self.target.lengths) / USUAL_LENGTH
        scale = np.repeat(np.maximum(longer, 1.0), self.target.lengths)[self.rows]
        return (np.abs(there - here) * scale).astype(np.float32)

    @cached_property
    def kinds(self) -> tuple[Ints, NDArray[np.int32]]:
        """The distinct type pairs, as source type * target types + target type, and each cell's."""
        keys = self.source.types[self.columns] * len(self.target.forms)
        keys += self.target.types[self.rows]
        distinct, inverse = np.unique(keys, return_inverse=True)
        return distinct, inverse.astype(np.int32)

    @cached_property
    def case_match(self) -> NDArray[np.int8]:
        """Per cell 1 where both tokens are capitalised, -1 where just one is, else 0."""
        here, there = self.source.upper[self.columns], self.target.upper[self.rows]
        return np.where(here * there == 1, 1, np.where(here + there == 1, -1, 0)).astype(np.int8)


def _relative(side: Side) -> Floats:
    """Each token's place in its sentence, 0 to 1."""
    places = np.arange(len(side.types)) - np.repeat(side.offsets, side.lengths)
    return (places + 0.5) / np.repeat(np.maximum(side.lengths, 1), side.lengths)


def _upper(token: str) -> int:
    first = token[0]
    if first.isupper():
        return 1
    return 0 if first.islower() else -1
