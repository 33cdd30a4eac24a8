"""Packing: in scripts without spaces, neighbouring signs that belong together are aligned as one unit.

Which do is learnt from the very text, without a dictionary: pairs that stand together far more often than
by chance are joined, round after round (byte-pair encoding by association rather than count; Sennrich,
Haddow and Birch 2016; Church and Hanks 1990). One word there is then one unit here, which aligners of
single words need (word packing; Ma, Stroppa and Way 2007).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np

from pipeline.align.corpus import Ints
from pipeline.align.tokens import is_spaceless

Join = tuple[str, str]
LEAST_COUNT = 2
# Of the rarer one's occurrences, how many are beside the other at least.
LEAST_SHARE = 0.1
# Pointwise mutual information in nats.
LEAST_ASSOCIATION = 2.0
ROUNDS = 40
# Joins of one round, none of which share a sign.
MOST = 200


@dataclass(frozen=True, slots=True)
class Packing:
    """Joins in the order they were learnt: those of a round are made together, left to right."""

    rounds: tuple[frozenset[Join], ...] = ()

    def pack(self, tokens: Sequence[str]) -> list[str]:
        """The tokens with those that belong together joined to units."""
        units = list(tokens)
        for joins in self.rounds:
            units = _joined(units, joins)
        return units


def owners(tokens: Sequence[str], units: Sequence[str]) -> Ints:
    """For each token the number of the unit that it went into."""
    found: list[int] = []
    letters = 0
    for number, unit in enumerate(units):
        letters += len(unit)
        while len(found) < len(tokens) and letters > 0:
            letters -= len(tokens[len(found)])
            found.append(number)
    return np.array(found, np.int64)


def learn(sentences: Iterable[Sequence[str]]) -> Packing:
    """The packing of one language's token lists; empty where its script writes spaces.

    A pass over the text per round, some thirty for a language without spaces.
    """
    rows = [list(sentence) for sentence in sentences]
    if not any(is_spaceless(token) for row in rows for token in row):
        return Packing()
    rounds: list[frozenset[Join]] = []
    while len(rounds) < ROUNDS and (joins := _best(rows)):
        rounds.append(joins)
        rows = [_joined(row, joins) for row in rows]
    return Packing(tuple(rounds))


def _best(rows: Sequence[Sequence[str]]) -> frozenset[Join]:
    """The joins that say most, each unit in one of them at most."""
    single: Counter[str] = Counter()
    double: Counter[Join] = Counter()
    for row in rows:
        single.update(row)
        double.update(pair for pair in pairwise(row) if all(map(is_spaceless, pair)))
    total = single.total()
    worth = []
    for pair, count in double.items():
        rare, frequent = sorted(single[unit] for unit in pair)
        association = log(count * total / (rare * frequent))
        if (
            count >= LEAST_COUNT
            and count >= LEAST_SHARE * rare
            and association >= LEAST_ASSOCIATION
        ):
            worth.append((-count * association, pair))
    chosen: set[Join] = set()
    taken: set[str] = set()
    for _, pair in sorted(worth):
        if taken.isdisjoint(pair):
            taken.update(pair)
            chosen.add(pair)
            if len(chosen) == MOST:
                break
    return frozenset(chosen)


def _joined(units: Sequence[str], joins: frozenset[Join]) -> list[str]:
    made: list[str] = []
    at = 0
    while at < len(units):
        together = tuple(units[at : at + 2])
        size = 2 if together in joins else 1
        made.append("".join(together[:size]))
        at += size
    return made
