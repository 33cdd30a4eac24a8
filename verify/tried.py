"""Trying a policy: what the stored simulation says of the limits that a manager moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.models import Project

Range = forms.NumberInput


class TryForm(forms.Form):
    """The limits of a policy to try; ``language`` blank for all together."""

    entropy = forms.IntegerField(min_value=0, required=False)
    voters = forms.IntegerField(min_value=1, max_value=20, required=False)
    audit = forms.FloatField(
        label=_("Share drawn for the audit"), min_value=0, max_value=1, required=False
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """What a policy would do: in one language, or in all (``language`` empty)."""

    language: str
    texts: float
    seen: float
    hours: float
    hours_all: float
    error: float | None
    low: float | None
    high: float | None
    judged: int

    @property
    def seen_share(self) -> float:
        """The share of texts that people would see."""
        return self.seen / self.texts if self.texts else 0.0

    @property
    def is_weak(self) -> bool:
        """Whether so few judged texts would be accepted that the error is a guess."""
        return self.error is None or self.judged < 20


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits that are tried, as the project's policy has them."""

    place: int
    max_entropy: float
    min_voters: int
    audit_share: float

    def as_dict(self) -> dict[str, Any]:
        """The settings of routing that it stands for."""
        return {
            "max_entropy": self.max_entropy, "min_voters": self.min_voters,
            "audit_share": self.audit_share,
        }  # fmt: skip


def policy_of(project: Project, grid: Mapping[str, Any], asked: Mapping[str, Any]) -> Policy:
    """What is asked for, or what the project has now, at the nearest limits that were simulated."""
    form = TryForm(asked)
    given = form.cleaned_data if form.is_valid() else {}
    limits, voters = grid["limits"], grid["voters"]
    now = float(project.policy.get("max_entropy", 0.0))
    place = given.get("entropy")
    if place is None:
        place = max((n for n, limit in enumerate(limits) if limit <= now), default=0)
    place = min(place, len(limits) - 1)
    least = given.get("voters") or int(project.policy.get("min_voters", 2))
    audit = given.get("audit")
    if audit is None:
        audit = float(project.policy.get("audit_share", 0.05))
    return Policy(place, limits[place], min(voters, key=lambda n: abs(n - least)), audit)


def tried(grid: Mapping[str, Any], policy: Policy) -> list[Tried]:
    """The outcome in all languages together, and then in each."""
    rows = [
        _audited(cell, policy.audit_share)
        for cell in grid["cells"]
        if cell["entropy"] == policy.max_entropy and cell["voters"] == policy.min_voters
    ]
    return [_together(rows), *rows] if len(rows) > 1 else rows


def curve(grid: Mapping[str, Any], policy: Policy) -> list[Tried]:
    """The outcome in all languages at each limit of entropy, the rest as in ``policy``."""
    made = []
    for place, limit in enumerate(grid["limits"]):
        made.append(tried(grid, Policy(place, limit, policy.min_voters, policy.audit_share))[0])
    return made


def _audited(cell: Mapping[str, Any], share: float) -> Tried:
    """Add an audit: it sees so much of what is accepted, and mends the errors it finds."""

    def left(value: float | None) -> float | None:
        return None if value is None else value * (1 - share)

    return Tried(
        cell["language"],
        cell["texts"],
        cell["seen"] + share * (cell["texts"] - cell["seen"]),
        cell["hours"] + share * (cell["hours_all"] - cell["hours"]),
        cell["hours_all"],
        left(cell["error"]),
        left(cell["low"]),
        left(cell["high"]),
        cell["judged"],
    )


def _together(rows: list[Tried]) -> Tried:
    """The languages added up; the ends of the interval too, which makes it wider than need be."""
    texts = sum(row.texts for row in rows)

    def share(name: str) -> float | None:
        values = [(getattr(row, name), row.texts) for row in rows]
        if any(value is None for value, _n in values) or not texts:
            return None
        return float(sum(value * n for value, n in values) / texts)

    return Tried(
        "", texts, sum(row.seen for row in rows), sum(row.hours for row in rows),
        sum(row.hours_all for row in rows), share("error"), share("low"), share("high"),
        sum(row.judged for row in rows),
    )  # fmt: skip
