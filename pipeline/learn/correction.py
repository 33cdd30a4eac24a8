"""What people set right, and how what was learnt from it is tested on texts held back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import sqrt
from typing import NamedTuple, TypeVar

from annotate.spans import Span
from pipeline.projection.contract import Example

FOLDS = 5
Row = TypeVar("Row")


class LearnError(ValueError):
    """Corrections that cannot be learnt from; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A text with its source spans, and the target spans that people vouch for.

    A corrected span names by ``source`` the key of the source span it belongs to; those that name
    none, and source spans that have none, teach nothing.
    """

    example: Example
    corrected: tuple[Span, ...]

    def wanted(self) -> dict[str, tuple[int, int]]:
        """The vouched place of each source span that has one."""
        keys = {span.key for span in self.example.spans}
        return {
            span.source: (span.start, span.end)
            for span in self.corrected
            if span.source in keys
            and span.start is not None
            and span.end is not None
            and span.rank == 1
        }


class Score(NamedTuple):
    """Which spans are placed exactly, in order, and the log likelihood of all right places."""

    hits: tuple[bool, ...]
    likelihood: float

    @property
    def right(self) -> int:
        """How many spans are placed exactly."""
        return sum(self.hits)

    @classmethod
    def total(cls, scores: Iterable[Score]) -> Score:
        """All scores as one."""
        hits, likelihood = zip(*scores, strict=True)
        return cls(tuple(chain(*hits)), sum(likelihood))

    def beats(self, other: Score) -> bool:
        """Whether more spans are right, and the right places likelier."""
        return self.right > other.right and self.likelihood > other.likelihood

    def is_clearly_better(self, other: Score) -> bool:
        """Whether of the same spans more were won than lost by over a standard error.

        The standard error of that difference is the square root of how many changed (McNemar 1947).
        """
        won = sum(a and not b for a, b in zip(self.hits, other.hits, strict=True))
        lost = sum(b and not a for a, b in zip(self.hits, other.hits, strict=True))
        return won - lost > sqrt(won + lost)


def folds(rows: Sequence[Row]) -> Iterator[tuple[list[Row], list[Row]]]:
    """Every fifth row held back, and the rest, so that each row is held back once."""
    for fold in range(min(FOLDS, len(rows))):
        yield list(rows[fold::FOLDS]), [row for n, row in enumerate(rows) if n % FOLDS != fold]
