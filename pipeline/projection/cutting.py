"""Cutting: a text and its translation as tokens, which is all that a method without an aligner needs."""

from __future__ import annotations

from dataclasses import dataclass

from annotate.spans import Span
from pipeline.align.tokens import Token, covered, tokenise
from pipeline.projection.contract import Example, Failure


@dataclass(frozen=True, slots=True)
class Cut:
    """An example with the tokens of both its texts."""

    example: Example
    source: tuple[Token, ...]
    target: tuple[Token, ...]

    def place(self, span: Span) -> tuple[int, int]:
        """The source tokens ``[first, last)`` that a span touches; empty when it has none."""
        if span.anchor == "missing" or span.start is None or span.end is None:
            return (0, 0)
        return covered(self.source, span.start, span.end)

    def hindrance(self, span: Span) -> Failure | None:
        """Why a span cannot even be tried, or None."""
        if span.anchor == "missing":
            return Failure(span.key, "the source marks an omission, which has no place in a text")
        if not self.target:
            return Failure(span.key, "the translation holds no text")
        first, last = self.place(span)
        if first == last:
            return Failure(span.key, "the source span holds nothing but white space")
        return None

    def sorted_out(self) -> tuple[list[Span], list[Failure]]:
        """The spans that can be tried, and why the others cannot."""
        hindrances = [(span, self.hindrance(span)) for span in self.example.spans]
        failures = [hindrance for _, hindrance in hindrances if hindrance is not None]
        return [span for span, hindrance in hindrances if hindrance is None], failures

    def surface(self, start: int, end: int) -> str:
        """The translation from target token ``start`` up to, not including, token ``end``."""
        text = self.example.target_text
        return text[self.target[start].start : self.target[end - 1].end]


def cut(example: Example) -> Cut:
    """The example cut into tokens."""
    return Cut(example, tokenise(example.source_text), tokenise(example.target_text))
