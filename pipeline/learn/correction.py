"""What people set right, and how what was learnt from it is tested on texts held back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
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
    """Spans placed exactly, then the log likelihood of all right places."""

    right: int
    likelihood: float

    @classmethod
    def total(cls, scores: Iterable[Score]) -> Score:
        """The sum of scores."""
        right, likelihood = zip(*scores, strict=True)
        return cls(sum(right), sum(likelihood))

    def beats(self, other: Score) -> bool:
        """Whether both numbers are greater: more spans are right, and not by a lucky margin."""
        return self.right > other.right and self.likelihood > other.likelihood


def folds(rows: Sequence[Row]) -> Iterator[tuple[list[Row], list[Row]]]:
    """Every fifth row held back, and the rest, so that each row is held back once."""
    for fold in range(min(FOLDS, len(rows))):
        yield list(rows[fold::FOLDS]), [row for n, row in enumerate(rows) if n % FOLDS != fold]
