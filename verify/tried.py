"""Trying a policy: what judged texts say of the limits that a manager moves, for all or one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.forms.policy import DEFAULTS, MOST_PEOPLE
from annotate.models import Project

from .simulate import Group, Outcome, Rule, outcome, seldom_right

# What is tried here, and what of it may be otherwise in one language.
OF_LANGUAGE = (
    "max_entropy", "min_voters", "min_families", "overlap", "person_labels", "trusted_from",
)  # fmt: skip
FEW = 20


class TryForm(forms.Form):
    """The limits of a policy to try; ``language`` blank for all that have none of their own."""

    language = forms.CharField(max_length=35, required=False)
    entropy = forms.IntegerField(min_value=0, required=False)
    voters = forms.IntegerField(min_value=1, max_value=MOST_PEOPLE, required=False)
    kinds = forms.IntegerField(min_value=1, max_value=MOST_PEOPLE, required=False)
    people = forms.IntegerField(min_value=1, max_value=MOST_PEOPLE, required=False)
    trusted = forms.FloatField(min_value=0, max_value=1, required=False)
    audit = forms.FloatField(
        label=_("Share drawn for the audit"), min_value=0, max_value=1, required=False
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """What a policy would do: in one language, or in all (``language`` empty)."""

    language: str
    found: Outcome
    hours_all: float
    has_own: bool = False

    @property
    def seen_share(self) -> float:
        """The share of texts that people would see."""
        return self.found.seen / self.found.texts if self.found.texts else 0.0

    @property
    def is_weak(self) -> bool:
        """Whether so few judged texts would be accepted that the error is a guess."""
        return self.found.error is None or (self.found.judged < FEW and self.seen_share < 1)


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy that is tried: the limits as they are in ``language``, and the whole it would make."""

    language: str
    place: int
    limits: Mapping[str, Any]
    policy: Mapping[str, Any]
    labels: tuple[tuple[str, bool], ...]

    def as_dict(self) -> dict[str, Any]:
        """The keys of the project's policy that it changes."""
        names = (*OF_LANGUAGE, "audit_share", "by_language")
        return {name: self.policy[name] for name in names}


def trial_of(project: Project, stored: Mapping[str, Any], asked: Any) -> Trial:
    """What is asked for (a query), or what the project has now, at the nearest limit of judged texts.

    With a language that was judged, its own limits are tried and all others stay.
    """
    form = TryForm(asked)
    given = form.cleaned_data if form.is_valid() else {}
    language = given.get("language", "")
    language = language if language in stored["languages"] else ""
    now = {**DEFAULTS, **project.policy}
    own = in_language(now, language)
    place = given.get("entropy")
    if place is None:
        at = [n for n, limit in enumerate(stored["limits"]) if limit <= float(own["max_entropy"])]
        place = max(at, default=0)
    place = min(place, len(stored["limits"]) - 1)
    labels = list(own["person_labels"])
    if "tried" in asked:
        unseen = [label for label in labels if label not in stored["labels"]]
        labels = [x for x in asked.getlist("labels") if x in stored["labels"]] + unseen

    def chosen(name: str, key: str) -> Any:
        return own[key] if given.get(name) is None else given[name]

    limits = {
        "max_entropy": stored["limits"][place], "min_voters": chosen("voters", "min_voters"),
        "min_families": chosen("kinds", "min_families"),
        "overlap": chosen("people", "overlap"), "trusted_from": chosen("trusted", "trusted_from"),
        "person_labels": labels,
    }  # fmt: skip
    audit = given.get("audit")
    policy = {**now, "audit_share": now["audit_share"] if audit is None else audit}
    if language:
        before = now["by_language"].get(language, {})
        policy["by_language"] = {**now["by_language"], language: {**before, **limits}}
    else:
        policy |= limits
    marked = tuple((label, label in labels) for label in stored["labels"])
    return Trial(language, place, limits | {"audit_share": policy["audit_share"]}, policy, marked)


def in_language(policy: Mapping[str, Any], tag: str) -> dict[str, Any]:
    """A policy as it is in a language."""
    return {**policy, **policy["by_language"].get(tag, {})}


def tried(
    stored: Mapping[str, Any], panels: Mapping[str, Any], policy: Mapping[str, Any]
) -> list[Tried]:
    """The outcome in all languages together, and then in each; together alone where there is one."""
    rows = []
    for tag, groups in _groups(stored).items():
        own = in_language(policy, tag)
        whole = panels.get(tag, {}).get("whole", {})
        rule = Rule.of(own, seldom_right(whole, own["trusted_from"]))
        everyone = Rule(accept_unanimous=False, max_entropy=-1.0, overlap=rule.overlap,
                        disputed_overlap=rule.disputed_overlap)  # fmt: skip
        hours = outcome(groups, everyone).hours
        rows.append(Tried(tag, outcome(groups, rule), hours, tag in policy["by_language"]))
    return [_together(rows), *rows] if len(rows) > 1 else rows


def curve(
    stored: Mapping[str, Any], panels: Mapping[str, Any], trial: Trial
) -> list[tuple[float, Tried]]:
    """The outcome in all languages at each limit of entropy, the rest as tried."""
    made = []
    for limit in stored["limits"]:
        at = {"max_entropy": limit}
        policy = dict(trial.policy)
        if trial.language:
            own = {**policy["by_language"][trial.language], **at}
            policy["by_language"] = {**policy["by_language"], trial.language: own}
        else:
            policy |= at
        made.append((limit, tried(stored, panels, policy)[0]))
    return made


def _groups(stored: Mapping[str, Any]) -> dict[str, list[Group]]:
    return {
        tag: [
            Group(**{**row, "machines": frozenset(row["machines"]),
                     "witnesses": frozenset((name, kind) for name, kind in row["witnesses"]),
                     "labels": frozenset(row["labels"])})
            for row in rows
        ]
        for tag, rows in stored["languages"].items()
    }  # fmt: skip


def _together(rows: Sequence[Tried]) -> Tried:
    """The languages added up; the ends of the interval too, which makes it wider than need be."""
    texts = sum(row.found.texts for row in rows)

    def share(name: str) -> float | None:
        values = [(getattr(row.found, name), row.found.texts) for row in rows]
        if any(value is None for value, _n in values) or not texts:
            return None
        return float(sum(value * n for value, n in values) / texts)

    found = replace(
        rows[0].found, texts=texts, seen=sum(row.found.seen for row in rows),
        hours=sum(row.found.hours for row in rows), error=share("error"), low=share("low"),
        high=share("high"), judged=sum(row.found.judged for row in rows),
    )  # fmt: skip
    return Tried("", found, sum(row.hours_all for row in rows))
