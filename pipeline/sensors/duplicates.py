"""Texts that are there twice, to the letter or nearly: MinHash over character shingles.

Near duplicates are found by locality-sensitive hashing (Broder 1997; Indyk and Motwani 1998): the
text in lower case without punctuation is cut into shingles of five characters; of 32 hash functions
the least value each makes the signature, in four bands of eight. Two texts that share a band are near
duplicates: 2 % of pairs of Jaccard likeness 0.5 do, 7 % of 0.6, half of 0.8 and nine in ten of 0.9.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import regex

from .contract import EXAMPLES, Report, Text

SHINGLE = 5
BANDS, ROWS = 4, 8
# Shorter texts are alike by chance.
LEAST = 20
# Of longer texts the beginning is compared.
READ = 600
_KEPT = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_DRAW = np.random.default_rng(20)
_FACTORS = _DRAW.integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) | np.uint64(1)
_POWERS = np.array([31**n for n in range(SHINGLE)], dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
_MIX = _DRAW.integers(1, 2**63, ROWS, dtype=np.uint64) | np.uint64(1)


class Duplicates:
    """Counts texts of which an earlier one in the same language and field says the same.

    Some 80 bytes are kept of each text; the counting is done by sorting, when all have been seen.
    """

    def __init__(self) -> None:
        self._exact = array("Q")
        self._bands = array("Q")
        self._long = array("Q")
        self._places = bytearray()
        self._ends = array("Q", [0])

    def look(self, texts: Sequence[Text]) -> None:
        """Keep a hash of each text, and the signature of those long enough."""
        long: list[str] = []
        salts: list[int] = []
        for text in texts:
            place = f"{text.language}\0{text.field}"
            said = _KEPT.sub(" ", text.text[:READ]).casefold()
            if len(said) >= LEAST:
                long.append(said)
                salts.append(hash_of(place))
                self._long.append(len(self._exact))
            self._exact.append(hash_of(f"{place}\0{text.text}"))
            self._places += f"{text.item}\0{place}".encode("utf-8", "replace")
            self._ends.append(len(self._places))
        if long:
            self._bands.frombytes(bands(long, salts).tobytes())

    def report(self) -> Report:
        """What was found so far: the number of texts, and the first few with the one they repeat."""
        made = Report()
        exact = np.frombuffer(self._exact, dtype=np.uint64)
        same = earlier_of(exact[:, None])
        self._add(made, "same_text", "=", np.flatnonzero(same >= 0), same)
        long = np.frombuffer(self._long, dtype=np.uint64).astype(np.int64)
        if len(long):
            # Of texts that are the same to the letter the first stands for all.
            long_first = same[long] < 0
            signatures = np.frombuffer(self._bands, dtype=np.uint64).reshape(-1, BANDS)
            near, like = long[long_first], earlier_of(signatures[long_first])
            found = near[like >= 0]
            same[found] = near[like[like >= 0]]
            self._add(made, "near_duplicate", "\u2248", found, same)
        return made

    def _add(
        self, made: Report, kind: str, sign: str, found: np.ndarray, earlier: np.ndarray
    ) -> None:
        for place in found[:EXAMPLES]:
            item, language, field = self._kept(int(place))
            other = self._kept(int(earlier[place]))[0]
            made.add(kind, Text(item, language, field, ""), f"{sign} {other}")
        if len(found):
            made.counts[kind] = len(found)

    def _kept(self, number: int) -> list[str]:
        part = self._places[self._ends[number] : self._ends[number + 1]]
        return bytes(part).decode().split("\0")


def earlier_of(keys: np.ndarray) -> np.ndarray:
    """Of each row the number of an earlier row that has a key of it in the same column, else -1.

    >>> earlier_of(np.array([[1, 7], [2, 8], [2, 7]])).tolist()
    [-1, -1, 1]
    """
    earlier = np.full(len(keys), -1, dtype=np.int64)
    for column in keys.T:
        order = np.argsort(column, kind="stable")
        same = column[order][1:] == column[order][:-1]
        later, before = order[1:][same], order[:-1][same]
        new = earlier[later] < 0
        earlier[later[new]] = before[new]
    return earlier


def hash_of(text: str) -> int:
    """Eight bytes that stand for a text, the same in every process."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def bands(texts: Sequence[str], salts: Sequence[int]) -> np.ndarray:
    """The bands of the texts' MinHash signatures: one row of ``BANDS`` numbers for each text.

    ``salts`` keep texts apart that are not to be compared. Texts have at least ``SHINGLE`` characters.
    """
    points = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), dtype=np.uint32)
    lengths = np.array([len(text) for text in texts])
    points = points.astype(np.uint64)
    with np.errstate(over="ignore"):
        shingles = np.zeros(len(points) - SHINGLE + 1, dtype=np.uint64)
        for offset in range(SHINGLE):
            shingles += points[offset : len(shingles) + offset] * _POWERS[offset]
        shingles ^= shingles >> np.uint64(29)
        # A shingle that runs into the next text is one of neither: it repeats the text's first.
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        owner = np.repeat(np.arange(len(texts)), lengths)[: len(shingles)]
        ends = (starts + lengths)[owner]
        crossing = np.arange(len(shingles)) + SHINGLE > ends
        shingles[crossing] = shingles[starts[owner[crossing]]]
        made = np.zeros((len(texts), BANDS), dtype=np.uint64)
        for number, factor in enumerate(_FACTORS):
            hashed = shingles * factor
            hashed ^= hashed >> np.uint64(32)
            least = np.minimum.reduceat(hashed, starts)
            made[:, number // ROWS] += least * _MIX[number % ROWS]
        made ^= np.asarray(salts, dtype=np.uint64)[:, None]
        made *= np.uint64(0xBF58476D1CE4E5B9)
    return made
