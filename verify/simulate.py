"""Simulate: what a routing policy would have people see, at what hours, and what would stay wrong.

Works on texts that people have judged, so it is known where the machines were wrong. They were judged
with unequal chances, so each stands for one over its chance; they come summed up in groups of all that
routing sees of a text, which is all that a policy can tell apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

# Two-sided 95 % of the normal distribution.
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Group:
    """Judged texts that routing cannot tell apart.

    ``always`` tells that people see them whatever the policy (a machine failed, a tie, no reading).
    ``machines`` voted; ``witnesses`` (machine, kind of evidence) say just what is proposed. ``n`` texts
    stand for ``weight`` of the language's, with the squares of their weights in ``squares``; ``wrong`` is the
    part of the weight where machines were wrong, ``seconds`` that times the seconds a person took.
    """

    entropy: float
    voters: int
    machines: frozenset[str]
    witnesses: frozenset[tuple[str, str]]
    labels: frozenset[str]
    always: bool
    n: int
    weight: float
    squares: float
    wrong: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Rule:
    """The part of a policy, as it is in one language, on which it depends what people see.

    Agreement of ``doubted`` machines does not count. The rest is as in the project's policy.
    """

    max_entropy: float = 0.0
    min_voters: int = 2
    min_families: int = 1
    single_source: str = "person"
    accept_unanimous: bool = True
    person_labels: frozenset[str] = frozenset()
    doubted: frozenset[str] = frozenset()
    overlap: int = 1
    disputed_overlap: int | None = None
    audit_share: float = 0.0
    audit_seats: int = 1

    @classmethod
    def of(cls, policy: Mapping[str, Any], doubted: Iterable[str] = ()) -> Rule:
        """The rule of a policy that holds every key named here."""
        names = set(cls.__dataclass_fields__) - {"person_labels", "doubted"}
        return cls(
            **{name: policy[name] for name in names},
            person_labels=frozenset(policy["person_labels"]), doubted=frozenset(doubted),
        )  # fmt: skip

    def sends(self, group: Group) -> bool:
        """Whether people see these texts, the audit aside."""
        trusted = group.voters - len(self.doubted & group.machines)
        if group.always or not self.person_labels.isdisjoint(group.labels):
            return True
        if trusted < group.voters and trusted < self.min_voters:
            return True
        families = len({kind for name, kind in group.witnesses if name not in self.doubted})
        lone = self.single_source == "accept"
        if group.entropy > 0:
            few = trusted < self.min_voters or families < self.min_families
            return few or group.entropy > self.max_entropy
        if group.voters == 1:
            return not lone
        few_kinds = families < self.min_families and not lone
        return group.voters < self.min_voters or few_kinds or not self.accept_unanimous

    def people(self, group: Group) -> int:
        """How many people see such a text, where people do."""
        return (group.entropy > 0 and self.disputed_overlap) or self.overlap


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of ``texts``, people see ``seen`` (the audit included), for ``hours``.

    ``error`` is the share of all that stays wrong, people taken to be right, with its 95 % interval
    (Wilson's, for as many texts as the weights are worth; Kish 1965). It rests on ``judged`` texts
    that would be accepted; without any it is not known, unless people see everything.
    """

    texts: float
    seen: float
    hours: float
    error: float | None
    low: float | None
    high: float | None
    judged: int


def outcome(groups: Sequence[Group], rule: Rule) -> Outcome:
    """Try a policy. Raises ValueError without groups."""
    if not groups:
        raise ValueError("there are no judged texts to try a policy on")
    sent: list[Group] = []
    kept: list[Group] = []
    for group in groups:
        (sent if rule.sends(group) else kept).append(group)
    texts = sum(group.weight for group in groups)
    accepted = sum(group.weight for group in kept)
    seconds = sum(group.seconds * rule.people(group) for group in sent)
    seconds += rule.audit_share * rule.audit_seats * sum(group.seconds for group in kept)
    seen = texts - accepted + rule.audit_share * accepted
    left = (1 - rule.audit_share) * accepted / texts if texts else 0.0
    judged = sum(group.n for group in kept)
    if not judged:
        return Outcome(texts, seen, seconds / 3600, 0.0, 0.0, 0.0, 0)
    worth = accepted**2 / sum(group.squares for group in kept)
    low, share, high = _wilson(sum(group.wrong for group in kept) / accepted, worth)
    return Outcome(texts, seen, seconds / 3600, share * left, low * left, high * left, judged)


def seldom_right(whole: Mapping[str, Mapping[str, int]], level: float) -> frozenset[str]:
    """The machines of which even the upper end of the interval (Wilson) lies below ``level``.

    ``whole`` counts how many whole texts each got right, of how many judged ones.

    >>> sorted(seldom_right({"a": {"right": 10, "n": 100}, "b": {"right": 3, "n": 4}}, 0.5))
    ['a']
    """
    return frozenset(
        name
        for name, row in whole.items()
        if row["n"] and _wilson(row["right"] / row["n"], row["n"])[2] < level
    )


def _wilson(share: float, n: float) -> tuple[float, float, float]:
    """Wilson's interval around a share of n."""
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(0.0, min(share, middle - half)), share, min(1.0, max(share, middle + half))
