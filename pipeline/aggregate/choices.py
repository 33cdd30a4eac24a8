"""Choices: answers of many raters to one question combined, by vote or by a model of the raters.

Weights from gold are the log odds of a rater's accuracy (Nitzan and Paroush 1982). What a model is
sure of is told only where its raters err independently.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from pipeline.agree.dawid_skene import dawid_skene, one_coin
from pipeline.agree.latent import LatentFit
from pipeline.agree.mace import mace

Method = Literal["plurality", "weighted", "dawid_skene", "one_coin", "mace"]
METHODS: tuple[Method, ...] = get_args(Method)
MODELS: dict[str, Callable[..., LatentFit]] = {
    "dawid_skene": dawid_skene,
    "one_coin": one_coin,
    "mace": mace,
}

TIED = "tied"
LOW = "low_support"
SILENT = "undecided"

# Sums of weights closer than this share of the whole count as equal.
_SLACK = 1e-9
_MOST_PAIRS = 5


@dataclass(frozen=True, slots=True)
class Ballot:
    """One ballot: ``rater`` gave ``value`` to ``item``; None for a ballot without an answer."""

    item: Hashable
    rater: Hashable
    value: Hashable | None
    number: int = 1


@dataclass(frozen=True, slots=True)
class Choice:
    """What the answers to one item add up to.

    ``value`` is None where ``reason`` is ``tied``, or ``undecided`` (nobody's own ballots agree).
    ``votes`` of ``of`` raters gave it, with ``share`` of their weight. ``low_support`` marks a
    value that fewer raters gave than asked for, or without more than ``majority`` of the weight: it
    stands, and a person should look. ``certainty`` is the model's; None for votes and where
    withheld.
    """

    item: Any
    value: Any | None
    votes: int
    of: int
    share: float
    reason: str = ""
    certainty: float | None = None


@dataclass(frozen=True, slots=True)
class Combined:
    """Choices of one method; ``withheld`` says why its certainty is not told, or is empty.

    ``weights`` is what each rater's vote counted; for a model, the chance that it is right.
    """

    method: Method
    choices: tuple[Choice, ...]
    weights: Mapping[Any, float]
    withheld: str = ""

    @property
    def answers(self) -> dict[Any, Any]:
        """The value of each item; tied and undecided ones are left out."""
        return {c.item: c.value for c in self.choices if c.value is not None}


def combine(
    ballots: Iterable[Ballot],
    method: Method = "plurality",
    *,
    known: Mapping[Any, Any] | None = None,
    least: int = 1,
    majority: float = 0.5,
) -> Combined:
    """Combine the answers to one question, item by item.

    A rater's several ballots speak with their plurality, and not at all where they tie. ``known``
    answers (gold) are what ``weighted`` measures raters on; a rater who met none of them weighs as
    the average rater does. ``least`` raters must give a value and ``majority`` be exceeded, else
    the choice is marked. Raises ValueError for an unknown method, a doubled ballot and ``weighted``
    without anything known.
    """
    if method not in METHODS:
        raise ValueError(f"unknown method {method!r}; use one of {', '.join(METHODS)}")
    spoken = speak(ballots)
    said = {item: own for item, own in spoken.items() if own}
    fit = _fit(method, said)
    weights = _weights(method, said, known or {}, fit)
    where = {item: row for row, item in enumerate(fit.items)} if fit else {}
    choices = []
    for item, own in spoken.items():
        if not own:
            choices.append(Choice(item, None, 0, 0, 0.0, SILENT))
        elif fit:
            choices.append(_modelled(item, own, fit, where[item], weights, least, majority))
        else:
            choices.append(_voted(item, own, weights, least, majority))
    return Combined(method, tuple(choices), weights, withheld(fit))


def speak(ballots: Iterable[Ballot]) -> dict[Any, dict[Any, Any]]:
    """Per item, the value each rater's ballots have most often; raters whose ballots tie, or hold
    no answer more often than any, are silent."""
    given: dict[Any, dict[Any, dict[int, Any]]] = defaultdict(lambda: defaultdict(dict))
    for ballot in ballots:
        own = given[ballot.item][ballot.rater]
        if ballot.number in own:
            raise ValueError(
                f"rater {ballot.rater} has ballot {ballot.number} of item {ballot.item} twice"
            )
        own[ballot.number] = ballot.value
    made: dict[Any, dict[Any, Any]] = {}
    for item, raters in given.items():
        made[item] = {}
        for rater, own in raters.items():
            ranked = Counter(own.values()).most_common(2)
            alone = len(ranked) == 1 or ranked[0][1] > ranked[1][1]
            if alone and ranked[0][0] is not None:
                made[item][rater] = ranked[0][0]
    return made


def accuracy_weight(right: int, judged: int, values: int) -> float:
    """The log odds with which a rater's vote counts: ``right`` of ``judged`` known answers.

    One right and one wrong answer are imagined beforehand, so that nobody is certain. A rater no
    better than chance among ``values`` weighs 0.

    >>> round(accuracy_weight(9, 10, 2), 2), accuracy_weight(2, 10, 2)
    (1.61, 0.0)
    """
    chance = (right + 1) / (judged + 2)
    return max(0.0, math.log(chance * max(1, values - 1) / (1 - chance)))


def withheld(fit: LatentFit | None) -> str:
    """Why a model's certainty must not be shown; empty where it may be."""
    if fit is None or fit.trusted:
        return ""
    pairs = ", ".join(
        f"{one} and {two} agree on {seen:.0%} where {expected:.0%} was expected"
        for one, two, seen, expected in fit.dependent[:_MOST_PAIRS]
    )
    more = len(fit.dependent) - _MOST_PAIRS
    return f"raters err together: {pairs}" + (f", and {more} more pairs" if more > 0 else "")


def _fit(method: Method, said: Mapping[Any, Mapping[Any, Any]]) -> LatentFit | None:
    if method not in MODELS or not said:
        return None
    rows = [(item, who, value) for item, own in said.items() for who, value in own.items()]
    items, raters, values = (list(column) for column in zip(*rows, strict=True))
    # Items are fitted by number: their names may be of any kind.
    codes = {item: code for code, item in enumerate(said)}
    fit = MODELS[method]([codes[item] for item in items], raters, values)
    names = tuple(said)
    return replace(fit, items=tuple(names[code] for code in fit.items))


def _weights(
    method: Method,
    said: Mapping[Any, Mapping[Any, Any]],
    known: Mapping[Any, Any],
    fit: LatentFit | None,
) -> dict[Any, float]:
    raters = list(dict.fromkeys(who for own in said.values() for who in own))
    if fit:
        return {who: float(skill) for who, skill in zip(fit.raters, fit.skill, strict=True)}
    if method != "weighted":
        return dict.fromkeys(raters, 1.0)
    values = len({v for own in said.values() for v in own.values()} | set(known.values()))
    right: Counter[Any] = Counter()
    judged: Counter[Any] = Counter()
    for item in said.keys() & known.keys():
        for who, value in said[item].items():
            judged[who] += 1
            right[who] += value == known[item]
    if not judged and raters:
        raise ValueError("weights from gold need judgements of items whose answer is known")
    weighed = {who: accuracy_weight(right[who], judged[who], values) for who in judged}
    usual = sum(weighed.values()) / len(weighed) if weighed else 1.0
    return {who: weighed.get(who, usual) for who in raters}


def _voted(
    item: Any, own: Mapping[Any, Any], weights: Mapping[Any, float], least: int, majority: float
) -> Choice:
    scores: dict[Any, float] = defaultdict(float)
    for who, value in own.items():
        scores[value] += weights[who]
    whole = sum(scores.values())
    if not whole:  # all of them guess: their votes are still all there is
        scores = dict(Counter(own.values()))  # type: ignore[arg-type]
        whole = float(len(own))
    best = max(scores.values())
    leaders = [value for value, score in scores.items() if score >= best - _SLACK * whole]
    if len(leaders) > 1:
        return Choice(item, None, 0, len(own), best / whole, TIED)
    votes = sum(value == leaders[0] for value in own.values())
    return Choice(
        item, leaders[0], votes, len(own), best / whole,
        _support(votes, best / whole, least, majority),
    )  # fmt: skip


def _modelled(
    item: Any,
    own: Mapping[Any, Any],
    fit: LatentFit,
    row: int,
    weights: Mapping[Any, float],
    least: int,
    majority: float,
) -> Choice:
    chances: Sequence[float] = fit.posterior[row].tolist()
    best = max(chances)
    leaders = [v for v, chance in zip(fit.values, chances, strict=True) if chance >= best - 1e-9]
    whole = sum(weights[who] for who in own)
    value = leaders[0] if len(leaders) == 1 else None
    givers = [who for who in own if own[who] == value]
    share = sum(weights[who] for who in givers) / whole if whole else 0.0
    reason = TIED if value is None else _support(len(givers), share, least, majority)
    sure = best if fit.trusted and value is not None else None
    return Choice(item, value, len(givers), len(own), share, reason, sure)


def _support(votes: int, share: float, least: int, majority: float) -> str:
    return "" if votes >= least and share > majority + _SLACK else LOW
