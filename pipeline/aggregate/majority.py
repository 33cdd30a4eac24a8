"""Majority: each annotator's ballots first, then the annotators; ties are left to people."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from annotate.readings import Reading
from pipeline.aggregate.units import PLAIN, Parts, Unit, put_together, take_apart
from pipeline.aggregate.votes import OK, UNDECIDED, Tally, Vote

# Weights are floats: sums closer than this share of the total count as equal.
_SLACK = 1e-9


@dataclass(slots=True)
class _Voice:
    """What one annotator says after its ballots are counted."""

    annotator: str
    weight: float
    reading: Reading
    digest: bytes | None = None
    parts: Parts | None = None

    def units(self) -> Parts:
        if self.parts is None:
            self.parts = take_apart(self.reading)
        return self.parts


@dataclass(slots=True)
class _Outcome:
    """A unit after the count: who gave which value, who was asked, and what was decided."""

    values: dict[str, list[int]]
    asked: Sequence[int]
    winner: str | None
    tied: bool
    entropy: float


def aggregate(votes: Sequence[Vote]) -> Tally:
    """Add up the votes for one rendition.

    An annotator speaks with the majority of its ballots; it is heard when more than half of them
    are ``ok``. Over annotators, by weight: a span or relation needs more than half, its attributes
    and every answer the plurality, where giving no answer counts as one; about a span, those are
    asked who marked it. Ties enter no reading (of tied attributes, what they share). The order of
    votes decides only whose provenance is kept. When nobody is heard the reading is the first that
    exists, unvoted. Raises ValueError for an ``ok`` vote without reading, a doubled ballot and a
    weight that is negative, not finite or differs between an annotator's ballots.
    """
    if _evidently_agree(votes):
        by = tuple(vote.annotator for vote in votes)
        return _united([vote.reading for vote in votes if vote.reading is not None], by, ())
    voices, problems = _voices(votes)
    if not voices:
        left = next((v.reading for v in votes if v.reading is not None), Reading())
        return Tally(left, 0, (), 0.0, 0.0, False, problems)
    if _agree(voices):
        by = tuple(voice.annotator for voice in voices)
        return _united([voice.reading for voice in voices], by, problems)
    weights = [voice.weight for voice in voices]
    parts = [voice.units() for voice in voices]
    outcomes = _count(parts, weights)
    said: defaultdict[Any, float] = defaultdict(float)
    digested = all(voice.digest is not None for voice in voices)
    for voice, part in zip(voices, parts, strict=True):
        said[voice.digest if digested else frozenset(part.values.items())] += voice.weight
    mean = sum(outcome.entropy for outcome in outcomes.values()) / len(outcomes)
    return Tally(
        reading=_reading(voices, outcomes, weights),
        voters=len(voices),
        votes=tuple(_rows(voices, outcomes, weights)),
        entropy=_entropy(tuple(said.values())),
        unit_entropy=mean,
        unanimous=False,
        problems=problems,
    )


def _voices(votes: Sequence[Vote]) -> tuple[list[_Voice], tuple[str, ...]]:
    ballots: dict[str, list[Vote]] = {}
    for vote in votes:
        if not 0.0 <= vote.weight < math.inf:
            raise ValueError(f"annotator {vote.annotator} has weight {vote.weight}; use 0 or more")
        if vote.state == OK and vote.reading is None:
            raise ValueError(f"ballot {vote.ballot} of {vote.annotator} is ok but has no reading")
        if vote.weight:
            ballots.setdefault(vote.annotator, []).append(vote)
    voices: list[_Voice] = []
    problems: list[str] = []
    for annotator, own in ballots.items():
        if len(own) == 1 and own[0].state == OK:
            vote = own[0]
            assert vote.reading is not None
            voices.append(_Voice(annotator, vote.weight, vote.reading, vote.digest))
        else:
            voice, problem = _speak(annotator, own)
            voices += [voice] if voice else []
            problems += [problem] if problem else []
    return voices, tuple(sorted(problems))


def _speak(annotator: str, ballots: list[Vote]) -> tuple[_Voice | None, str]:
    """The voice of an annotator with several ballots, and what was wrong with it."""
    if len({vote.ballot for vote in ballots}) < len(ballots):
        raise ValueError(f"annotator {annotator} has the same ballot twice; give each its number")
    if len({vote.weight for vote in ballots}) > 1:
        raise ValueError(f"annotator {annotator} has ballots of different weight; give it one")
    weight = ballots[0].weight
    heard = [
        _Voice(annotator, 1.0, vote.reading, vote.digest)
        for vote in sorted(ballots, key=lambda vote: vote.ballot)
        if vote.state == OK and vote.reading is not None
    ]
    if 2 * len(heard) <= len(ballots):
        silent = Counter(vote.state for vote in ballots if vote.state != OK)
        return None, min(silent, key=lambda state: (-silent[state], state))
    if _agree(heard):
        return _Voice(annotator, weight, heard[0].reading, heard[0].digest), ""
    ones = [1.0] * len(heard)
    outcomes = _count([voice.units() for voice in heard], ones)
    voice = _Voice(annotator, weight, _reading(heard, outcomes, ones))
    return voice, UNDECIDED if any(outcome.tied for outcome in outcomes.values()) else ""


def _agree(voices: Sequence[_Voice]) -> bool:
    first = voices[0]
    for voice in voices[1:]:
        if voice.digest is not None and first.digest is not None:
            if voice.digest != first.digest:
                return False
        elif voice.units().values != first.units().values:
            return False
    return True


def _evidently_agree(votes: Sequence[Vote]) -> bool:
    """Whether digests alone tell that single, sound ballots of several annotators say the same."""
    if not votes or votes[0].digest is None:
        return False
    digest, seen = votes[0].digest, set()
    for vote in votes:
        if vote.digest != digest or vote.state != OK or vote.reading is None:
            return False
        if not 0.0 < vote.weight < math.inf:
            return False
        seen.add(vote.annotator)
    return len(seen) == len(votes)


def _united(readings: list[Reading], by: tuple[str, ...], problems: tuple[str, ...]) -> Tally:
    """The tally of readings that all say the same, without counting."""
    reading = readings[0]
    parts = take_apart(reading)
    for other in readings[1:]:
        if any(span.rank > 1 for span in other.spans):
            spoken = [(own, take_apart(own)) for own in readings]
            reading = put_together(spoken, parts.values, ())
            break
    rows = tuple(
        _row(unit, value, by, len(by), 1.0, True, False) for unit, value in parts.values.items()
    )
    return Tally(reading, len(by), rows, 0.0, 0.0, UNDECIDED not in problems, problems)


def _count(parts: Sequence[Parts], weights: Sequence[float]) -> dict[Unit, _Outcome]:
    """Every unit that anyone gave, spans first and in text order, with its outcome."""
    support: dict[Unit, dict[str, list[int]]] = {}
    for index, part in enumerate(parts):
        for unit, value in part.values.items():
            support.setdefault(unit, {}).setdefault(value, []).append(index)
    everyone = range(len(parts))
    total = sum(weights)
    spans = sorted((unit for unit in support if unit[0] == "span"), key=lambda unit: unit[1:])
    others = [unit for unit in support if unit[0] != "span"]
    others.sort(key=lambda unit: unit[0] == "answer")
    outcomes = {}
    for unit in spans + others:
        asked: Sequence[int] = everyone
        whole = total
        if unit[0] == "answer" and not isinstance(unit[2], str):
            asked = sorted(index for given in support[unit[2]].values() for index in given)
            whole = sum(weights[index] for index in asked)
        outcomes[unit] = _decide(unit[0], support[unit], weights, asked, whole)
    return outcomes


def _decide(
    kind: str,
    values: dict[str, list[int]],
    weights: Sequence[float],
    asked: Sequence[int],
    whole: float,
) -> _Outcome:
    scores = tuple(sum([weights[i] for i in given]) for given in values.values())
    slack = _SLACK * whole
    best = max(scores)
    # Silence is an option too; of a span or relation it stands against all values together.
    silent = whole - sum(scores)
    against = best if kind == "answer" else whole - silent
    entropy = _entropy((*scores, silent) if silent > slack else scores)
    if abs(against - silent) <= slack or against < silent:
        return _Outcome(values, asked, None, against >= silent - slack, entropy)
    leaders = [value for value, score in zip(values, scores, strict=True) if score >= best - slack]
    if len(leaders) == 1:
        return _Outcome(values, asked, leaders[0], False, entropy)
    return _Outcome(values, asked, _shared(leaders) if kind == "span" else None, True, entropy)


def _shared(leaders: Sequence[str]) -> str:
    first, *others = (json.loads(value) for value in leaders)
    same = {k: v for k, v in first.items() if all(k in o and o[k] == v for o in others)}
    return json.dumps(same, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=4096)
def _entropy(weights: tuple[float, ...]) -> float:
    """The entropy in bits of options with these weights."""
    parts = [weight for weight in weights if weight > 0]
    if len(parts) < 2:
        return 0.0
    total = sum(parts)
    return -sum(part / total * math.log2(part / total) for part in parts)


def _reading(
    voices: Sequence[_Voice], outcomes: dict[Unit, _Outcome], weights: Sequence[float]
) -> Reading:
    kept = {unit: out.winner for unit, out in outcomes.items() if out.winner is not None}
    lost = [
        (-sum(weights[i] for given in out.values.values() for i in given), unit)
        for unit, out in outcomes.items()
        if out.winner is None and unit[0] == "span"
    ]
    spoken = [(voice.reading, voice.units()) for voice in voices]
    return put_together(spoken, kept, [unit for _, unit in sorted(lost)])


def _rows(
    voices: Sequence[_Voice], outcomes: dict[Unit, _Outcome], weights: Sequence[float]
) -> Iterable[dict[str, Any]]:
    for unit, out in outcomes.items():
        whole = sum(weights[index] for index in out.asked)
        for value, given in out.values.items():
            by = tuple(voices[index].annotator for index in given)
            part = sum(weights[index] for index in given) / whole
            yield _row(unit, value, by, len(out.asked), part, value == out.winner, out.tied)


def _row(
    unit: Unit, value: str, by: tuple[str, ...], asked: int, part: float, kept: bool, tied: bool
) -> dict[str, Any]:
    row = _what(unit)
    if value != PLAIN or unit[0] == "answer":
        row["value" if unit[0] == "answer" else "attributes"] = json.loads(value)
    row["votes"] = len(by)
    row["of"] = asked
    row["weight"] = part
    row["by"] = by
    row["kept"] = kept
    row["tied"] = tied
    return row


def _what(unit: Unit) -> dict[str, Any]:
    kind = unit[0]
    if kind == "span":
        start, end = unit[4], unit[5]
        return {
            "unit": kind,
            "label": unit[6],
            "field": unit[2],
            "side": unit[1],
            "anchor": unit[3],
            "start": None if start < 0 else start,
            "end": None if end < 0 else end,
        }
    if kind == "relation":
        return {"unit": kind, "label": unit[1], "head": _what(unit[2]), "tail": _what(unit[3])}
    target = unit[2] if isinstance(unit[2], str) else _what(unit[2])
    return {"unit": kind, "question": unit[1], "target": target}
