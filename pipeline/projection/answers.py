"""Answers: the projector of data sets without spans; what is said of the whole holds in any language."""

from __future__ import annotations

from collections.abc import Sequence

from annotate.spans import Span

from .contract import Example, Failure, Projection

NAME = "answers"
REASON = "this projector carries answers only; add one that carries spans"


class AnswersProjector:
    """Carries no spans, so that answers are carried alone; needs no fit."""

    name = NAME

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Every span is a failure."""
        return Projection(failures=tuple(Failure(span.key, REASON) for span in spans))

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """The same for many texts."""
        return [self.project(e.source_text, e.target_text, e.spans) for e in examples]
