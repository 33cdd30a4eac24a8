"""What goes into a projector and what comes out, whichever method stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from annotate.spans import Span
from pipeline.align.model import AlignmentModel

State = Literal["ok", "refused", "unparseable", "ambiguous", "unsupported"]


class ProjectionError(ValueError):
    """Input that no projector can work on, or fitted parameters that cannot be read."""


@dataclass(frozen=True, slots=True)
class Pivot:
    """The same text in a third language, with the spans that stand there.

    A span that was carried from one of the source's names it in ``source``.
    """

    language: str
    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A text, its translation and the spans of the text that are to be carried over.

    Spans are told apart by their ``key``; offsets count code points of ``source_text``. ``pivots`` are
    for methods that hear more than one language.
    """

    source_text: str
    target_text: str
    spans: tuple[Span, ...] = ()
    pivots: tuple[Pivot, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A source span (by key) that found no place in the translation, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """How a reply came about: how it ended, the reply itself, the prompt's hash, tokens as reported."""

    state: State = "ok"
    raw_reply: str = ""
    prompt_hash: str = ""
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Projection:
    """Spans on the target text, best (rank 1) and alternatives, and what could not be carried.

    Every span names its source span's key, the method, a score from 0 to 1 and its rank. ``log``
    says in words what was changed on the way, ``asked`` how a model's reply came about.
    """

    spans: tuple[Span, ...] = ()
    failures: tuple[Failure, ...] = ()
    log: tuple[str, ...] = ()
    asked: Asked | None = None

    def best(self) -> tuple[Span, ...]:
        """The spans of rank 1, in the order of the source spans."""
        return tuple(span for span in self.spans if span.rank == 1)


class Projector(Protocol):
    """Anything that carries spans from a text to its translation."""

    @property
    def name(self) -> str:
        """Its name in the catalog."""
        ...

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Carry ``spans`` over. Raises ProjectionError for spans that do not fit the source."""
        ...

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """The same for many texts at once: equal results, one per example, much faster."""
        ...


class FittedProjector(Projector, Protocol):
    """A projector that stands on an aligner of its language pair."""

    @property
    def model(self) -> AlignmentModel:
        """The aligner it stands on."""
        ...


def checked(example: Example) -> Example:
    """The example, once its spans are known to fit. Raises ProjectionError naming the span."""
    seen: set[str] = set()
    for span in example.spans:
        if span.anchor == "text":
            start, end = span.start, span.end
            if start is None or end is None or not 0 <= start < end <= len(example.source_text):
                raise ProjectionError(
                    f"span {span.key!r} ({start}-{end}) does not fit the source text of "
                    f"{len(example.source_text)} code points; check its offsets"
                )
        if span.key in seen:
            raise ProjectionError(f"two source spans share the key {span.key!r}; give each its own")
        seen.add(span.key)
    return example
