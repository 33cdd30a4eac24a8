"""Joint assignment: one place per source span, none used twice, best in sum, by beam search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.align.corpus import Floats, Ints

BEAM = 64
BRANCHES = 8
NOTHING = -1


@dataclass(frozen=True, slots=True)
class Choice:
    """What one source span may become: source tokens ``[first, last)``, candidates and their scores.

    ``nothing`` is the score of having no place at all.
    """

    place: tuple[int, int]
    starts: Ints
    ends: Ints
    scores: Floats
    nothing: float

    def likeliest(self, most: int) -> list[int]:
        """Candidate numbers by falling score, ties by place."""
        order = np.lexsort((self.ends, self.starts, -self.scores))
        return [int(number) for number in order[:most]]


def assign(choices: Sequence[Choice]) -> list[int]:
    """The candidate of each choice, or NOTHING, so that the scores add up highest.

    Two candidates may share tokens only if their source spans do. The search keeps the best
    partial assignments per step, so the result is exact for up to about six clashing spans.
    """
    beam: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for step, choice in enumerate(choices):
        options = [(NOTHING, choice.nothing)]
        options += [(number, float(choice.scores[number])) for number in choice.likeliest(BRANCHES)]
        rivals = [
            earlier for earlier in range(step) if not _overlap(choices[earlier].place, choice.place)
        ]
        grown = [
            (total + score, (*taken, option))
            for total, taken in beam
            for option, score in options
            if option == NOTHING or not _clashes(choices, taken, rivals, step, option)
        ]
        grown.sort(key=lambda state: (-state[0], state[1]))
        beam = grown[:BEAM]
    return list(beam[0][1])


def _clashes(
    choices: Sequence[Choice], taken: tuple[int, ...], rivals: list[int], step: int, option: int
) -> bool:
    mine = (int(choices[step].starts[option]), int(choices[step].ends[option]))
    for rival in rivals:
        theirs = taken[rival]
        if theirs == NOTHING:
            continue
        place = (int(choices[rival].starts[theirs]), int(choices[rival].ends[theirs]))
        if _overlap(mine, place):
            return True
    return False


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
