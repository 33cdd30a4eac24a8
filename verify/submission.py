"""What a person submits, as plain values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

# Verdicts after which a shown span is no part of the person's reading.
REMOVES = frozenset({"should_not_be", "no_equivalent"})
# Those that may go either way: the span stays, or goes.
EITHER = frozenset({"wrong_translation", "split", "source_label"})
# What can be said of a source span that nothing was shown for.
OF_SOURCE = frozenset({"no_equivalent", "wrong_translation", "source_label"})


@dataclass(frozen=True, slots=True)
class SubmittedSpan:
    """One row of a submission: a span with its place, or what is said of one that has none.

    ``shown`` is the key of the shown span it answers to, ``source`` the key of its source span.
    Offsets are code points, end-exclusive; both are None where the span is no part of the reading.
    ``side`` tells whose field it is; an ``anchor`` of ``missing`` marks an omission, which has no place.
    """

    key: str = ""
    shown: str | None = None
    verdict: str = "added"
    cause: str = ""
    label: str = ""
    field: str = "text"
    start: int | None = None
    end: int | None = None
    surface: str = ""
    source: str | None = None
    attributes: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    side: str = "target"
    anchor: str = "text"

    @property
    def has_place(self) -> bool:
        """Whether it is part of the person's reading."""
        return self.anchor == "missing" or (self.start is not None and self.end is not None)


@dataclass(frozen=True, slots=True)
class SubmittedAnswer:
    """An answer to a question about a target such as ``rendition`` or ``span:KEY``."""

    question: str
    value: Any
    target: str = "rendition"


@dataclass(frozen=True, slots=True)
class SubmittedRelation:
    """A link between two submitted spans, named by key."""

    label: str
    head: str
    tail: str
    source: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A judgement as it comes in. ``relations`` None keeps the shown ones whose ends remain.

    ``fault`` is an adjudicator's word on why people differed. Times are the person's clock;
    ``hidden_seconds`` is how long the page was out of sight.
    """

    client_id: UUID
    outcome: str = "answered"
    spans: tuple[SubmittedSpan, ...] = ()
    answers: tuple[SubmittedAnswer, ...] = ()
    relations: tuple[SubmittedRelation, ...] | None = None
    comment: str = ""
    shown_at: datetime | None = None
    first_input_at: datetime | None = None
    hidden_seconds: float = 0.0
    fault: str = ""
