"""Readings: one rater's complete answers to one rendition, comparable whoever gave them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count as counting
from typing import Any

from annotate.spans import Span

# What can be agreed on: its kind and what tells it from others of that kind.
Unit = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The value given to a question about a target.

    ``target`` is ``rendition``, ``field:NAME``, ``span:KEY``, ``relation:KEY``, ``option:KEY`` or
    ``basis``. ``value`` is JSON: a key, a list of keys, a number or a text, by the question's kind.
    """

    question: str
    target: str
    value: Any

    @property
    def place(self) -> tuple[str, str]:
        """What is answered; two answers to the same place can agree or differ."""
        return (self.question, self.target)


@dataclass(frozen=True, slots=True)
class Relation:
    """A labelled link from one span of a reading to another, both named by key."""

    label: str
    head: str
    tail: str
    key: str = ""
    source: str | None = None


Made = Span | Relation | Answer


@dataclass(frozen=True, slots=True)
class Reading:
    """Answers, spans and relations of one rater for one rendition."""

    answers: tuple[Answer, ...] = ()
    spans: tuple[Span, ...] = ()
    relations: tuple[Relation, ...] = ()

    def voted(self) -> tuple[Span, ...]:
        """The spans that belong to the reading: rank 1, in text order."""
        return tuple(sorted((s for s in self.spans if s.rank == 1), key=lambda s: s.place))

    def alternatives(self, key: str) -> tuple[Span, ...]:
        """Lower-ranked spans for the same source span, best first."""
        others = (s for s in self.spans if s.rank > 1 and s.source == key)
        return tuple(sorted(others, key=lambda s: s.rank))

    def units(self) -> dict[Unit, str]:
        """What raters can agree or differ on, each with its value as canonical JSON.

        A span is a unit by its mark and counts its attributes as value; a relation by its label and
        the marks of its ends; an answer by question and target. A mark is a span's place, numbered
        from the second time it occurs, so that two omissions of one label are two. Answers about a
        span or a relation follow its mark, so that raters who named theirs differently still compare.
        """
        return {unit: value for unit, (value, _) in _apart(self).items()}

    def digest(self) -> bytes:
        """16 bytes that are equal exactly when two readings say the same."""
        rows = sorted((_canonical(list(unit)), value) for unit, value in self.units().items())
        return hashlib.sha256(_canonical(rows).encode()).digest()[:16]


@dataclass(frozen=True, slots=True)
class Merge:
    """What several readings of one rendition add up to.

    ``reading`` holds what a majority said; ``disputed`` the units on which they differ, each with how
    many of the readings have it; ``unanimous`` tells that nothing is disputed.
    """

    reading: Reading
    disputed: tuple[tuple[Unit, int], ...]
    readers: int

    @property
    def unanimous(self) -> bool:
        """Whether every reading said the same."""
        return not self.disputed


def merge(readings: Sequence[Reading]) -> Merge:
    """Add up readings of one rendition: majority per unit, and the units that are disputed.

    Ties are left out of the merged reading and stay disputed. Spans keep the provenance of the first
    reading that has them, and its key unless another has it already; relations, and answers about
    spans and relations, survive only with what they are about.
    Raises ValueError without readings.
    """
    if not readings:
        raise ValueError("nothing to merge: no readings")
    parts = [_apart(reading) for reading in readings]
    votes = Counter((unit, value) for part in parts for unit, (value, _) in part.items())
    disputed = sorted(
        ((unit, count) for (unit, _), count in votes.items() if count < len(readings)),
        key=lambda row: _canonical(list(row[0])),
    )
    kept = {unit: value for (unit, value), count in votes.items() if 2 * count > len(readings)}
    return Merge(_assemble(parts, kept), tuple(disputed), len(readings))


def _apart(reading: Reading) -> dict[Unit, tuple[str, Made]]:
    """A reading's units, each with its value and what stands for it."""
    parts: dict[Unit, tuple[str, Made]] = {}
    marks: dict[str, Unit] = {}
    targets: dict[str, Unit] = {}
    for span, mark in _marked(reading):
        marks[span.key] = mark
        targets[f"span:{span.key}"] = ("span", mark)
        parts["span", *mark] = (_canonical(dict(span.attributes)), span)
    for relation in reading.relations:
        unit = ("relation", relation.label, marks.get(relation.head), marks.get(relation.tail))
        targets[f"relation:{relation.key}"] = unit
        parts[unit] = (_canonical({}), relation)
    for answer in reading.answers:
        target = targets.get(answer.target, answer.target)
        parts["answer", answer.question, target] = (_canonical(answer.value), answer)
    return parts


def _marked(reading: Reading) -> Iterator[tuple[Span, Unit]]:
    """The rank 1 spans with their marks; what is said of spans in one place orders them, not keys."""
    places: dict[Unit, list[Span]] = {}
    for span in reading.voted():
        places.setdefault(span.place, []).append(span)

    def said(span: Span) -> str:
        about = [a for a in reading.answers if a.target == f"span:{span.key}"]
        answers = sorted(_canonical([a.question, a.value]) for a in about)
        return _canonical([dict(span.attributes), answers])

    for place, spans in places.items():
        ordered = sorted(spans, key=said) if len(spans) > 1 else spans
        for number, span in enumerate(ordered, 1):
            yield span, place if number == 1 else (*place, number)


def _assemble(
    parts: Sequence[Mapping[Unit, tuple[str, Made]]], kept: Mapping[Unit, str]
) -> Reading:
    """The reading of the kept units, each from the first reading that has it; keys made distinct."""
    chosen: dict[Unit, Made] = {}
    for part in parts:
        for unit, (value, made) in part.items():
            if kept.get(unit) == value:
                chosen.setdefault(unit, made)
    spans = {unit: made for unit, made in chosen.items() if isinstance(made, Span)}
    spans = dict(sorted(spans.items(), key=lambda row: row[1].place))
    keys = _distinct({unit: span.key for unit, span in spans.items()})
    ends = {unit[1:]: key for unit, key in keys.items()}
    relations = {
        unit: made
        for unit, made in chosen.items()
        if isinstance(made, Relation) and unit[2] in ends and unit[3] in ends
    }
    keys |= _distinct({unit: relation.key for unit, relation in relations.items()})
    answers = ((unit[2], made) for unit, made in chosen.items() if isinstance(made, Answer))
    return Reading(
        tuple(moved for target, answer in answers for moved in _moved(answer, target, keys)),
        tuple(replace(span, key=keys[unit]) for unit, span in spans.items()),
        tuple(
            replace(relation, head=ends[unit[2]], tail=ends[unit[3]], key=keys[unit])
            for unit, relation in relations.items()
        ),
    )


def _moved(answer: Answer, target: str | Unit, keys: Mapping[Unit, str]) -> Iterator[Answer]:
    """The answer as the merged reading names its target; none when that did not survive."""
    if isinstance(target, str):
        if not target.startswith(("span:", "relation:")):
            yield answer
        return
    unit = ("span", *target[1]) if target[0] == "span" else target
    if unit in keys:
        yield replace(answer, target=f"{target[0]}:{keys[unit]}")


def _distinct(keys: Mapping[Unit, str]) -> dict[Unit, str]:
    """Each unit's key; the first holder keeps one that several have, the others get free numbers."""
    taken = set(keys.values())
    free = (str(number) for number in counting(1) if str(number) not in taken)
    given: set[str] = {""}
    distinct: dict[Unit, str] = {}
    for unit, key in keys.items():
        distinct[unit] = next(free) if key in given else key
        given.add(key)
    return distinct


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
