"""Worth: which panel of machines is worth its price, measured on answers that are known.

The best machine picked with hindsight flatters itself, so the one to compare with is picked on one
half of the items and scored on the other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pipeline.aggregate.choices import METHODS, Ballot, combine
from pipeline.agree.intervals import Coefficient, Resampling, ratio

UNKNOWN = "no item has a known answer"

# How often the items are halved to pick a machine on one half and score it on the other.
HALVINGS = 20


@dataclass(frozen=True, slots=True)
class Member:
    """One machine: its accuracy (no answer counts as wrong), its price over these items, and what
    the panel would lose without it (below 0: the panel would gain)."""

    rater: str
    accuracy: Coefficient
    cost: float
    marginal: float | None
    cost_per_right: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """The best panel with one machine more, chosen one by one: accuracy of its vote and its price
    over these items."""

    added: str
    accuracy: float
    cost: float


@dataclass(frozen=True, slots=True)
class Worth:
    """What to pay for.

    ``best`` is the best machine, with hindsight; ``best_fair`` the accuracy of the one picked on
    other items. ``aggregates`` holds the accuracy of each method; ``steps`` the panel as it grows.
    ``advice`` says it in a sentence.
    """

    known: int
    members: tuple[Member, ...]
    best: str
    best_fair: float | None
    aggregates: Mapping[str, Coefficient]
    steps: tuple[Step, ...]
    advice: str

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)


def worth(
    rows: Iterable[tuple[Hashable, str, Hashable]],
    known: Mapping[Hashable, Hashable],
    prices: Mapping[str, float] | None = None,
    *,
    gold: Iterable[Hashable] = (),
    resampling: Resampling | None = None,
) -> Worth:
    """Compare machines and panels; rows are (item, rater, value), ``prices`` are per item.

    Ties count as wrong, since nobody has an answer. Weights are learned on ``gold`` items, which
    are left out of every score; without any the weighted method is not scored. Raises ValueError
    when no answer is known beside the gold.
    """
    given = list(rows)
    kept, held = set(known), set(gold) & set(known)
    scored = sorted(kept - held, key=str)
    if not scored:
        raise ValueError("no answer is known beside the gold, so nothing can be scored")
    said: dict[str, dict[Any, Any]] = {}
    for item, rater, value in given:
        said.setdefault(rater, {})[item] = value
    chance = resampling or Resampling()
    price = dict.fromkeys(said, 0.0) | dict(prices or {})
    right = {
        who: np.array([own.get(item) == known[item] for item in scored], dtype=np.float64)
        for who, own in said.items()
    }
    aggregates = _aggregates(given, known, held, scored, chance)
    whole = _vote(said, list(said), known, scored)
    members = tuple(
        _member(who, right[who], price[who], said, known, scored, whole, chance) for who in said
    )
    best = max(said, key=lambda who: (right[who].mean(), -price[who]))
    fair = _fair(right, chance.seed)
    steps = _grow(said, known, scored, price)
    return Worth(
        len(scored), members, best, fair, aggregates, steps,
        _advice(best, right[best], fair, aggregates, price),
    )  # fmt: skip


def _aggregates(
    given: Sequence[tuple[Any, str, Any]],
    known: Mapping[Any, Any],
    held: set[Any],
    scored: Sequence[Any],
    chance: Resampling,
) -> dict[str, Coefficient]:
    ballots = [Ballot(item, rater, value) for item, rater, value in given]
    learned = {item: known[item] for item in held}
    made: dict[str, Coefficient] = {}
    for method in METHODS:
        if method == "weighted" and not learned:
            continue
        answers = combine(ballots, method, known=learned).answers
        hits = np.array([answers.get(item) == known[item] for item in scored], dtype=np.float64)
        made[method] = _accuracy(method, hits, chance)
    return made


def _accuracy(name: str, hits: Any, chance: Resampling) -> Coefficient:
    return ratio(
        f"accuracy_{name}", np.column_stack([hits, np.ones(len(hits))]), chance, UNKNOWN, len(hits)
    )


def _member(
    who: str,
    hits: Any,
    price: float,
    said: Mapping[str, Mapping[Any, Any]],
    known: Mapping[Any, Any],
    scored: Sequence[Any],
    whole: float,
    chance: Resampling,
) -> Member:
    cost = price * len(scored)
    others = [other for other in said if other != who]
    marginal = whole - _vote(said, others, known, scored) if others else None
    gained = marginal * len(scored) if marginal is not None else 0.0
    paid = cost / gained if gained > 0 else None
    return Member(who, _accuracy(who, hits, chance), cost, marginal, paid)


def _vote(
    said: Mapping[str, Mapping[Any, Any]],
    raters: Sequence[str],
    known: Mapping[Any, Any],
    scored: Sequence[Any],
) -> float:
    """Accuracy of a plain vote; of leaders that tie, each counts by its share, as a draw would."""
    hits = 0.0
    for item in scored:
        counts: dict[Any, int] = {}
        for who in raters:
            if item in said[who]:
                value = said[who][item]
                counts[value] = counts.get(value, 0) + 1
        if counts:
            top = max(counts.values())
            leaders = [value for value, count in counts.items() if count == top]
            hits += (known[item] in leaders) / len(leaders)
    return hits / len(scored)


def _fair(right: Mapping[str, Any], seed: int) -> float | None:
    """Accuracy of the machine that was best on one half of the items, on the other half."""
    table = np.stack(list(right.values()))
    n = table.shape[1]
    if n < 4:
        return None
    random = np.random.default_rng(seed)
    scores = []
    for _ in range(HALVINGS):
        order = random.permutation(n)
        for one, two in ((order[: n // 2], order[n // 2 :]), (order[n // 2 :], order[: n // 2])):
            picked = int(table[:, one].mean(axis=1).argmax())
            scores.append(float(table[picked, two].mean()))
    return float(np.mean(scores))


def _grow(
    said: Mapping[str, Mapping[Any, Any]],
    known: Mapping[Any, Any],
    scored: Sequence[Any],
    price: Mapping[str, float],
) -> tuple[Step, ...]:
    """Add the machine that helps the vote most, the cheaper of equals, until all are in."""
    panel: list[str] = []
    steps = []
    while len(panel) < len(said):
        offered = [
            (_vote(said, [*panel, who], known, scored), -price[who], who)
            for who in said
            if who not in panel
        ]
        score, _, who = max(offered)
        panel.append(who)
        steps.append(Step(who, score, sum(price[one] for one in panel) * len(scored)))
    return tuple(steps)


def _advice(
    best: str,
    hits: Any,
    fair: float | None,
    aggregates: Mapping[str, Coefficient],
    price: Mapping[str, float],
) -> str:
    method, top = max(aggregates.items(), key=lambda pair: pair[1].value or 0.0)
    alone = float(hits.mean()) if fair is None else fair
    gain = (top.value or 0.0) - alone
    panel, single = sum(price.values()), price[best]
    cost = f"; the panel costs {panel / single:.1f} times as much" if single else ""
    if gain <= 0:
        return (
            f"Pay for one machine, {best}: picked on other items it is right on {alone:.1%}, and no "
            f"way of combining all {len(price)} does better ({method}: {top.value:.1%}){cost}."
        )
    return (
        f"All {len(price)} combined by {method} are right on {top.value:.1%}, {100 * gain:.1f} "
        f"points more than one machine picked on other items{cost}."
    )
