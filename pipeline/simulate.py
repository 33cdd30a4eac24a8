"""Simulate: what another routing policy would cost in people's hours and leave in errors.

Works on items that people have judged, so it is known where the machines were wrong. Items were
judged with unequal chances (routed ones always, accepted ones in the audit), so each stands for one
over its chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from pipeline.agree.intervals import Floats

NOTHING = "no judged item would be accepted, so nothing tells of the errors that would be left"
FEW = "fewer than 20 judged items would be accepted: judge a larger audit before relying on it"
LEAST = 20
REPLICATES = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """One judged item: what routing sees of it, and whether people found the machines wrong.

    ``voters`` is the effective number of those who agree on the proposal; ``seconds`` what the
    person took; ``chance`` the probability with which it was judged.
    """

    key: str
    language: str
    entropy: float
    voters: float
    labels: frozenset[str]
    is_wrong: bool
    seconds: float
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A policy to try. People see an item above ``max_entropy`` bits, below ``min_voters``, with a
    label of ``labels`` or in a language of ``languages``; the rest is accepted, but for an audit of
    ``audit_share``."""

    max_entropy: float = 0.0
    min_voters: float = 0.0
    labels: frozenset[str] = field(default_factory=frozenset)
    languages: frozenset[str] = field(default_factory=frozenset)
    audit_share: float = 0.0

    def sends(self, item: Known) -> bool:
        """Whether a person sees the item, the audit aside."""
        return (
            item.entropy > self.max_entropy
            or item.voters < self.min_voters
            or item.language in self.languages
            or not self.labels.isdisjoint(item.labels)
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a policy would do with ``frame_size`` items.

    ``seen`` items go to people (the audit included), for ``hours``. ``error`` is the share of the
    whole set that stays wrong, people taken to be right; ``accepted_error`` that of the accepted
    items alone. Intervals are at 95 %. ``judged`` items that would be accepted carry the estimate.
    ``reason`` says what makes it weak, or is empty.
    """

    thresholds: Thresholds
    language: str | None
    frame_size: float
    seen: float
    hours: float
    error: float | None
    error_low: float | None
    error_high: float | None
    accepted_error: float | None
    judged: int
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The outcome as JSON values."""
        said = asdict(self)
        for name in ("labels", "languages"):
            said["thresholds"][name] = sorted(said["thresholds"][name])
        return said


def simulate(
    items: Iterable[Known],
    thresholds: Thresholds,
    *,
    frame_size: int | None = None,
    language: str | None = None,
    seed: int = 0,
) -> Outcome:
    """Try a policy on judged items, of one language or all; scaled to ``frame_size`` items.

    Without a frame size the weights say how many items the judged ones stand for. The interval is
    drawn from items (weighted bootstrap); where no error was found among the accepted, its upper
    end is the exact bound of a plain sample of as many items as they are worth. Raises ValueError
    without items and for a chance outside 0 to 1.
    """
    chosen = [item for item in items if language in (None, item.language)]
    if not chosen:
        raise ValueError("there are no judged items to try a policy on")
    bad = next((item for item in chosen if not 0 < item.chance <= 1), None)
    if bad is not None:
        raise ValueError(f"item {bad.key} has a chance of {bad.chance:g}; give one above 0, to 1")
    weight = np.array([1 / item.chance for item in chosen])
    if frame_size is not None:
        weight *= frame_size / weight.sum()
    sent = np.array([thresholds.sends(item) for item in chosen])
    wrong = np.array([item.is_wrong for item in chosen], dtype=np.float64)
    seconds = np.array([item.seconds for item in chosen], dtype=np.float64)
    share = np.where(sent, 1.0, thresholds.audit_share)
    # What people see comes out right, so only the unseen part of the accepted stays wrong.
    left = wrong * (1 - share)
    total = float(weight.sum())
    accepted = int((~sent).sum())
    hours = float(weight @ (share * seconds)) / 3600
    seen = float(weight @ share)
    if not accepted:
        everyone = bool((share >= 1).all())
        zero = 0.0 if everyone else None
        reason = "" if everyone else NOTHING
        return Outcome(thresholds, language, total, seen, hours, zero, zero, zero, None, 0, reason)
    error = float(weight @ left) / total
    own = weight[~sent]
    low, high = _interval(weight, left, sent, thresholds.audit_share, seed)
    return Outcome(
        thresholds, language, total, seen, hours, error, low, high,
        float(own @ wrong[~sent] / own.sum()), accepted, FEW if accepted < LEAST else "",
    )  # fmt: skip


def _interval(
    weight: Floats, left: Floats, sent: Any, audit: float, seed: int
) -> tuple[float, float]:
    if not left.any():
        own = weight[~sent]
        worth = float(own.sum() ** 2 / (own**2).sum())
        upper = 1 - 0.025 ** (1 / worth)
        return 0.0, upper * (1 - audit) * float(own.sum() / weight.sum())
    random = np.random.default_rng(seed)
    draws = random.multinomial(len(weight), np.full(len(weight), 1 / len(weight)), size=REPLICATES)
    sums = draws @ np.column_stack([weight * left, weight])
    low, high = np.quantile(sums[:, 0] / sums[:, 1], [0.025, 0.975])
    return float(low), float(high)


def frontier(
    items: Sequence[Known], entropies: Sequence[float], **more: Any
) -> tuple[Outcome, ...]:
    """The outcomes of accepting up to each entropy, rising: hours fall and errors rise."""
    return tuple(
        simulate(items, Thresholds(max_entropy=limit), **more) for limit in sorted(entropies)
    )


def by_language(
    items: Sequence[Known], thresholds: Thresholds, frame_sizes: Mapping[str, int] | None = None
) -> tuple[Outcome, ...]:
    """The policy in each language by itself, since the same limit means another thing in each."""
    sizes = frame_sizes or {}
    tags = sorted({item.language for item in items})
    return tuple(
        simulate(items, thresholds, language=tag, frame_size=sizes.get(tag)) for tag in tags
    )
