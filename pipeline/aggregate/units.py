"""Units: a reading taken apart into what voters can agree or differ on, and put together again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotate.readings import Answer, Reading, Relation
from annotate.spans import Span

Unit = tuple[Any, ...]
Made = Span | Relation | Answer

PLAIN = "{}"


@dataclass(slots=True)
class Parts:
    """A reading's units: the value of each as canonical JSON, and the objects they stand for."""

    values: dict[Unit, str]
    made: dict[Unit, Made]


def canonical(value: Any) -> str:
    """JSON text that is equal exactly when two values are."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def take_apart(reading: Reading) -> Parts:
    """The units of a reading: spans by place, relations by label and ends, answers by target.

    Ends and targets are named by unit, not by key, so that voters who named their spans differently
    still compare. Two marks of the same place count twice. Raises ValueError when an answer or a
    relation names a span or relation that the reading lacks.
    """
    parts = Parts({}, {})
    values, made = parts.values, parts.made
    linked = bool(reading.relations or reading.answers)
    names: dict[str, Unit] = {}
    for span in reading.spans:
        if span.rank == 1:
            unit: Unit = ("span", *span.place)
            if unit in values:
                unit = _again(unit, values)
            values[unit] = canonical(dict(span.attributes)) if span.attributes else PLAIN
            made[unit] = span
            if linked:
                names["span:" + span.key] = unit
    if linked:
        _add_links(reading, names, parts)
    return parts


def _add_links(reading: Reading, names: dict[str, Unit], parts: Parts) -> None:
    """Add relations and answers, their ends and targets named by unit."""
    for relation in reading.relations:
        head, tail = _named(names, "span:" + relation.head), _named(names, "span:" + relation.tail)
        unit = _again(("relation", relation.label, head, tail), parts.values)
        names["relation:" + relation.key] = unit
        parts.values[unit], parts.made[unit] = PLAIN, relation
    for answer in reading.answers:
        target: Any = answer.target
        if target.startswith(("span:", "relation:")):
            target = _named(names, target)
        unit = _again(("answer", answer.question, target), parts.values)
        parts.values[unit], parts.made[unit] = canonical(answer.value), answer


def _again(unit: Unit, taken: Mapping[Unit, str]) -> Unit:
    """The unit, numbered from the second time it occurs."""
    base, count = unit, 1
    while unit in taken:
        count += 1
        unit = (*base, count)
    return unit


def _named(names: Mapping[str, Unit], name: str) -> Unit:
    try:
        return names[name]
    except KeyError:
        raise ValueError(
            f"a reading speaks of {name}, which is not among its spans and relations; save it again"
        ) from None


def put_together(
    voices: Sequence[tuple[Reading, Parts]], kept: Mapping[Unit, str], losers: Sequence[Unit]
) -> Reading:
    """The reading of the units in ``kept``, each from the first voice that has it.

    Keys are made unique; answers and relations follow their spans and fall with them. ``losers``
    are span units without a majority, best first: those that carry a source span become its
    alternatives, ahead of the alternatives of the voices. A kept value that no voice gave holds
    agreed attributes.
    """
    names: dict[Unit, str] = {}
    used: set[str] = set()
    spans: list[Span] = []
    relations: list[Relation] = []
    answers: list[Answer] = []
    for unit, value in kept.items():
        made = _first(voices, unit, value)
        if isinstance(made, Span):
            names[unit] = _unique(made.key, used)
            spans.append(_renamed(made, names[unit], value))
        elif isinstance(made, Relation) and unit[2] in names and unit[3] in names:
            names[unit] = _unique(made.key, used)
            ends = names[unit[2]], names[unit[3]]
            relations.append(Relation(made.label, *ends, names[unit], made.source))
        elif isinstance(made, Answer) and isinstance(unit[2], str):
            answers.append(made)
        elif isinstance(made, Answer) and unit[2] in names:
            target = f"{unit[2][0]}:{names[unit[2]]}"
            answers.append(Answer(made.question, target, made.value))
    spans.sort(key=lambda span: span.place)
    spans += _alternatives(voices, losers, {span.place for span in spans}, used)
    return Reading(tuple(answers), tuple(spans), tuple(relations))


def _first(voices: Sequence[tuple[Reading, Parts]], unit: Unit, value: str) -> Made:
    holders = [parts for _, parts in voices if unit in parts.values]
    for parts in holders:
        if parts.values[unit] == value:
            return parts.made[unit]
    return holders[0].made[unit]


def _renamed(span: Span, key: str, value: str) -> Span:
    if span.attributes and canonical(dict(span.attributes)) != value:
        return replace(span, key=key, attributes=json.loads(value))
    return span if span.key == key else replace(span, key=key)


def _unique(key: str, used: set[str]) -> str:
    if not key:
        return key
    name, count = key, 1
    while name in used:
        count += 1
        name = f"{key}.{count}"
    used.add(name)
    return name


def _alternatives(
    voices: Sequence[tuple[Reading, Parts]],
    losers: Sequence[Unit],
    taken: set[Unit],
    used: set[str],
) -> list[Span]:
    """Other places for a source span, ranked from 2 on: those that lost, then lower-ranked ones."""
    offered = [_first(voices, unit, PLAIN) for unit in losers]
    others = [s for s in offered if isinstance(s, Span) and s.source is not None]
    for reading, _ in voices:
        lower = [span for span in reading.spans if span.rank > 1]
        others += sorted(lower, key=lambda span: span.rank) if lower else []
    ranks: dict[str | None, int] = {}
    seen = set(taken)
    made = []
    for span in others:
        if span.place in seen:
            continue
        seen.add(span.place)
        ranks[span.source] = ranks.get(span.source, 1) + 1
        made.append(replace(span, rank=ranks[span.source], key=_unique(span.key, used)))
    return made
