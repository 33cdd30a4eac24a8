"""Figures: what an agreement report holds, per language, question, pair and label."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pipeline.agree.alpha import Level
from pipeline.agree.intervals import Coefficient, Resampling


@dataclass(frozen=True, slots=True)
class QuestionAgreement:
    """Alpha over the answers to one question, at the level it was asked for."""

    question: str
    level: Level
    alpha: Coefficient


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """One label: alpha of marked or not over all marked places, and pairwise F1."""

    label: str
    alpha: Coefficient | None
    exact: Coefficient
    overlap: Coefficient


@dataclass(frozen=True, slots=True)
class SpanScores:
    """Span F1, exact (place and label), overlap (label and some text), border (place only); and how
    often the label is the same where the place is."""

    exact: Coefficient
    overlap: Coefficient
    border: Coefficient
    label_given_border: Coefficient


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two raters over the ``shared_items`` both read."""

    one: str
    two: str
    shared_items: int
    spans: SpanScores
    labels: tuple[LabelAgreement, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """One language, or all together where ``language`` is None.

    ``pooled`` counts the matches of all pairs together. Span figures are None when nobody marked
    one.
    """

    language: str | None
    items: int
    raters: int
    questions: tuple[QuestionAgreement, ...]
    span_alpha: Coefficient | None
    pooled: SpanScores | None
    labels: tuple[LabelAgreement, ...]
    pairs: tuple[PairAgreement, ...]


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """Agreement over everything first, then per language; ``items`` have at least two readings."""

    raters: tuple[str, ...]
    items: int
    readings: int
    overlap: float
    resampling: Resampling
    slices: tuple[Slice, ...]

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)
