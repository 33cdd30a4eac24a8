"""Votes and tallies: what goes into an aggregation and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotate.readings import Reading

OK = "ok"
UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Vote:
    """One ballot of one annotator for one rendition.

    ``state`` is the candidate's (``ok, refused, unparseable, ambiguous, unsupported, manual``);
    only ``ok`` votes. ``weight`` is the annotator's, equal on all its ballots; 0 leaves it out.
    ``digest`` is ``reading.digest()`` where it is at hand: it spares the comparison.
    """

    annotator: str
    ballot: int
    state: str
    reading: Reading | None
    weight: float = 1.0
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What votes add up to.

    ``reading`` is the proposal: what a majority said, with the provenance of the first voter who
    said it and the alternatives of all. ``voters`` counts annotators heard. ``votes`` has a row per
    unit and value: what and where, ``votes`` of ``of`` annotators and which (``by``), their
    ``weight`` as a share of those asked, ``kept``, and ``tied`` where nobody had a majority.
    ``entropy`` is that of the distribution over whole readings, in bits; ``unit_entropy`` the mean
    over units. ``problems`` holds a state per annotator that gave no answer, ``undecided`` where
    its own ballots tie.
    """

    reading: Reading
    voters: int
    votes: tuple[dict[str, Any], ...]
    entropy: float
    unit_entropy: float
    unanimous: bool
    problems: tuple[str, ...]

    @property
    def tied(self) -> bool:
        """Whether a tie was left to people."""
        return any(row["tied"] for row in self.votes)
