"""Readings combined by a model of the raters: spans, relations and answers of many items at once.

A mark is asked like a question: does it stand there or not? So a model learns of each rater how
often they miss marks and how often they add them, apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotate.readings import Reading
from pipeline.aggregate.choices import LOW, TIED, Ballot, Choice, Method, combine
from pipeline.aggregate.units import Unit, put_together, take_apart

Read = Mapping[Any, Mapping[Any, Reading]]
"""Per item, the reading of each rater."""

MARKS = "marks"
_VALUES = "value of "
_ORDER = {"span": 0, "relation": 1, "answer": 2}


@dataclass(frozen=True, slots=True)
class CombinedReading:
    """What the readings of one item add up to.

    ``tied`` and ``low_support`` name the units that stood level or stood on few; tied ones are left
    out of the reading.
    """

    item: Any
    reading: Reading
    readers: int
    tied: tuple[Unit, ...]
    low_support: tuple[Unit, ...]
    certainty: float | None


@dataclass(frozen=True, slots=True)
class CombinedReadings:
    """The readings of all items, what each question weighed its raters by, and for which questions
    (``marks`` for spans and relations) certainty is withheld and why."""

    method: Method
    readings: tuple[CombinedReading, ...]
    weights: Mapping[str, Mapping[Any, float]]
    withheld: Mapping[str, str]


def combine_readings(
    read: Read,
    method: Method = "plurality",
    *,
    known: Mapping[Any, Reading] | None = None,
    least: int = 1,
) -> CombinedReadings:
    """Combine the readings of many items, one per rater and item.

    Marks are kept when more raters, by the method, say that they stand there than not; attributes
    of a kept mark and each question's answers go to the likeliest value. An answer about a mark is
    asked of those who marked it. ``known`` readings are the gold that ``weighted`` stands on.
    """
    parts = {
        item: {who: take_apart(reading) for who, reading in own.items()}
        for item, own in read.items()
    }
    gold = {item: take_apart(reading).values for item, reading in (known or {}).items()}
    ballots: dict[str, list[Ballot]] = defaultdict(list)
    truths: dict[str, dict[Any, Any]] = defaultdict(dict)
    for item, own in parts.items():
        units = dict.fromkeys(unit for part in own.values() for unit in part.values)
        for unit in units:
            _ask(item, unit, own, ballots, gold.get(item), truths)
    made = {
        name: combine(rows, _possible(method, truths[name]), known=truths[name], least=least)
        for name, rows in ballots.items()
    }
    chosen = {name: {c.item: c for c in done.choices} for name, done in made.items()}
    readings = tuple(_reading(item, read[item], own, chosen) for item, own in parts.items())
    return CombinedReadings(
        method,
        readings,
        {name: done.weights for name, done in made.items() if not name.startswith(_VALUES)},
        {name: done.withheld for name, done in made.items() if done.withheld},
    )


def _possible(method: Method, known: Mapping[Any, Any]) -> Method:
    """A question whose gold nobody met is voted on by equal voices."""
    return "plurality" if method == "weighted" and not known else method


def _ask(
    item: Any,
    unit: Unit,
    own: Mapping[Any, Any],
    ballots: dict[str, list[Ballot]],
    gold: Mapping[Unit, str] | None,
    truths: dict[str, dict[Any, Any]],
) -> None:
    """Put the ballots for one unit under its question."""
    key = (item, unit)
    if unit[0] != "answer":
        for who, part in own.items():
            ballots[MARKS].append(Ballot(key, who, unit in part.values))
        if gold is not None:
            truths[MARKS][key] = unit in gold
        name = _VALUES + str(unit[0])
    else:
        name = "question " + str(unit[1])
    given = {who: part.values[unit] for who, part in own.items() if unit in part.values}
    if unit[0] != "answer" and len(set(given.values())) == 1:
        return
    ballots[name] += [Ballot(key, who, value) for who, value in given.items()]
    if gold is not None and unit in gold:
        truths[name][key] = gold[unit]


def _reading(
    item: Any,
    own: Mapping[Any, Reading],
    parts: Mapping[Any, Any],
    chosen: Mapping[str, Mapping[Any, Choice]],
) -> CombinedReading:
    kept: dict[Unit, str] = {}
    lost: list[Unit] = []
    tied: list[Unit] = []
    low: list[Unit] = []
    sure: list[float | None] = []
    for unit in dict.fromkeys(unit for part in parts.values() for unit in part.values):
        key = (item, unit)
        is_mark = unit[0] != "answer"
        choice = chosen[MARKS if is_mark else "question " + str(unit[1])][key]
        sure.append(choice.certainty)
        if choice.reason in (TIED, LOW):
            (tied if choice.reason == TIED else low).append(unit)
        if choice.value is None or choice.value is False:
            lost += [unit] if unit[0] == "span" else []
            continue
        if not is_mark:
            kept[unit] = choice.value
            continue
        said = chosen.get(_VALUES + str(unit[0]), {}).get(key)
        usual = next(part.values[unit] for part in parts.values() if unit in part.values)
        kept[unit] = usual if said is None or said.value is None else said.value
    # Relations and answers follow the marks they are about.
    ordered = {unit: kept[unit] for unit in sorted(kept, key=lambda unit: _ORDER[unit[0]])}
    reading = put_together([(own[who], part) for who, part in parts.items()], ordered, lost)
    known = [certainty for certainty in sure if certainty is not None]
    certainty = min(known) if known and len(known) == len(sure) else None
    return CombinedReading(item, reading, len(own), tuple(tied), tuple(low), certainty)
