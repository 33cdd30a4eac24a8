"""What may be said of a marked span: severities, causes of a fault, omissions, and on which side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotate.questions import Asked, as_option
from annotate.spans import Span

SEVERITY = "severity"
# Verdicts that find nothing wrong.
WITHOUT_FAULT = frozenset({"right", "added"})


@dataclass(frozen=True, slots=True)
class Marking:
    """The settings of a project's ``spans`` questions.

    ``missing`` is the label of omissions, empty where none are marked; ``most`` the largest number of
    spans, 0 for any.
    """

    severities: tuple[Mapping[str, Any], ...] = ()
    causes: tuple[Mapping[str, Any], ...] = ()
    missing: str = ""
    source: bool = False
    most: int = 0

    @classmethod
    def of(cls, questions: Sequence[Asked]) -> Marking:
        """The settings of the first ``spans`` question; those of a project without one say nothing."""
        settings = next((q.settings for q in questions if q.kind == "spans"), {})
        return cls(
            _options(settings.get("severities")),
            _options(settings.get("causes")),
            str(settings.get("missing") or ""),
            bool(settings.get("source")),
            int(settings.get("most") or 0),
        )

    @property
    def sides(self) -> frozenset[str]:
        """The sides whose text may be marked."""
        return frozenset({"target", "source"} if self.source else {"target"})

    def attribute_fault(self, attributes: Mapping[str, Any]) -> str:
        """Why a span's severity will not do, or an empty text."""
        keys = [row["key"] for row in self.severities]
        if not keys or attributes.get(SEVERITY) in keys:
            return ""
        return _("give it a severity: %(keys)s") % {"keys": ", ".join(keys)}

    def differs(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """Whether two spans differ in severity, where severities are asked for."""
        return bool(self.severities) and one.get(SEVERITY) != other.get(SEVERITY)

    def cause_fault(self, verdict: str, cause: str) -> str:
        """Why a cause does not go with a verdict, or an empty text; without a list any cause goes."""
        keys = [row["key"] for row in self.causes]
        if not cause or not keys:
            return ""
        if verdict in WITHOUT_FAULT:
            return f"{verdict} has no cause"
        return "" if cause in keys else f"{cause!r} is no cause (there are {', '.join(keys)})"

    def total_faults(self, spans: Sequence[Span]) -> list[str]:
        """A sentence when more is marked than the project asks for."""
        if not self.most or len(spans) <= self.most:
            return []
        said = _("Spans: mark at most %(most)s, the gravest; there are %(count)s.")
        return [said % {"most": self.most, "count": len(spans)}]


def _options(rows: Any) -> tuple[Mapping[str, Any], ...]:
    return tuple(as_option(row, number) for number, row in enumerate(rows or [], 1))
