"""The agreement report: readings of many raters, scored per language, question, pair and label."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from annotate.readings import Reading
from pipeline.aggregate.units import canonical
from pipeline.agree.alpha import Level, alpha
from pipeline.agree.figures import (
    AgreementReport,
    LabelAgreement,
    PairAgreement,
    QuestionAgreement,
    Slice,
    SpanScores,
)
from pipeline.agree.intervals import Coefficient, Floats, Resampling, ratio
from pipeline.agree.spans import Mark, Matches, compare, label_units, marks

Row = tuple[str, str, Reading]

NOTHING = "neither marked anything on the items they share"
NO_BORDER = "no place was marked by both"


def agreement(
    rows: Iterable[Row],
    *,
    language: Mapping[str, str] | None = None,
    levels: Mapping[str, Level] | None = None,
    overlap: float = 0.0,
    resampling: Resampling | None = None,
) -> AgreementReport:
    """Compare the readings of each item; rows are (item, rater, reading), a rater may be a machine.

    An item is a rendition (and, for ratings, a basis): only readings of the same text compare.
    ``language`` names each item's language, ``levels`` the measurement level of questions that are
    not nominal. ``overlap`` is the least intersection over union of an overlap match, 0 for any.
    Items with one reading carry no information and are left out. Raises ValueError for a rater with
    two readings of an item and an item without language.
    """
    by_item = _gathered(rows)
    shared = {item: given for item, given in sorted(by_item.items()) if len(given) > 1}
    if language is not None:
        missing = next((item for item in shared if item not in language), None)
        if missing is not None:
            raise ValueError(f"item {missing} has no language; name one for every item")
    counted = _Counting(levels or {}, overlap, resampling or Resampling())
    compared = counted.compared(shared)
    slices = [counted.slice(None, shared, compared)]
    spoken = {item: language[item] for item in shared} if language is not None else {}
    for tag in sorted(set(spoken.values())):
        chosen = {item: given for item, given in shared.items() if spoken[item] == tag}
        slices.append(counted.slice(tag, chosen, compared))
    return AgreementReport(
        raters=tuple(sorted({rater for given in by_item.values() for rater in given})),
        items=len(shared),
        readings=sum(len(given) for given in by_item.values()),
        overlap=overlap,
        resampling=counted.resampling,
        slices=tuple(slices),
    )


def _gathered(rows: Iterable[Row]) -> dict[str, dict[str, Reading]]:
    by_item: dict[str, dict[str, Reading]] = defaultdict(dict)
    for item, rater, reading in rows:
        if rater in by_item[item]:
            raise ValueError(f"rater {rater} has two readings of item {item}; give the current one")
        by_item[item][rater] = reading
    return by_item


@dataclass(frozen=True, slots=True)
class _Compared:
    """What an item's raters marked, and the matches of each pair of them."""

    marked: dict[str, tuple[Mark, ...]]
    matches: dict[tuple[str, str], Matches]


@dataclass(frozen=True, slots=True)
class _Counting:
    """The settings all slices are counted with."""

    levels: Mapping[str, Level]
    overlap: float
    resampling: Resampling

    def compared(self, items: Mapping[str, Mapping[str, Reading]]) -> dict[str, _Compared]:
        made = {}
        for item, given in items.items():
            marked = {rater: marks(reading.spans) for rater, reading in sorted(given.items())}
            made[item] = _Compared(
                marked,
                {
                    (one, two): compare(marked[one], marked[two], self.overlap)
                    for one, two in combinations(marked, 2)
                },
            )
        return made

    def slice(
        self,
        language: str | None,
        items: Mapping[str, Mapping[str, Reading]],
        compared: Mapping[str, _Compared],
    ) -> Slice:
        chosen = [compared[item] for item in items]
        pooled = [list(one.matches.values()) for one in chosen]
        labels = sorted({label for own in pooled for match in own for label in match.labels})
        found: dict[tuple[str, str], list[Matches]] = defaultdict(list)
        for one in chosen if labels else ():
            for pair, match in one.matches.items():
                found[pair].append(match)
        span_alpha, per_label = self._span_alphas([one.marked for one in chosen], labels)
        return Slice(
            language=language,
            items=len(items),
            raters=len({rater for given in items.values() for rater in given}),
            questions=tuple(self._questions(items)),
            span_alpha=span_alpha,
            pooled=self._scores(pooled) if labels else None,
            labels=self._labels(pooled, labels, per_label),
            pairs=tuple(self._pair(*pair, own) for pair, own in sorted(found.items())),
        )

    def _pair(self, one: str, two: str, found: Sequence[Matches]) -> PairAgreement:
        own = [[match] for match in found]
        labels = sorted({label for match in found for label in match.labels})
        return PairAgreement(one, two, len(found), self._scores(own), self._labels(own, labels, {}))

    def _scores(self, items: Sequence[Sequence[Matches]]) -> SpanScores:
        """Scores over items, each with the matches of its pairs."""
        table = np.array(
            [
                [
                    sum(m.marked for m in own),
                    sum(m.exact for m in own),
                    sum(m.overlap for m in own),
                    sum(m.border for m in own),
                ]
                for own in items
            ],
            dtype=np.float64,
        ).reshape(-1, 4)
        total = int(table[:, 0].sum())

        def f1(name: str, column: int) -> Coefficient:
            rows = np.column_stack([2 * table[:, column], table[:, 0]])
            return ratio(f"span_f1_{name}", rows, self.resampling, NOTHING, total)

        agreed = ratio("label_given_border", table[:, [1, 3]], self.resampling, NO_BORDER, total)
        return SpanScores(f1("exact", 1), f1("overlap", 2), f1("border", 3), agreed)

    def _labels(
        self,
        items: Sequence[Sequence[Matches]],
        labels: Sequence[str],
        alphas: Mapping[str, Coefficient],
    ) -> tuple[LabelAgreement, ...]:
        tables: dict[str, Floats] = {label: np.zeros((len(items), 3)) for label in labels}
        for index, own in enumerate(items):
            for match in own:
                for label, counts in match.labels.items():
                    tables[label][index] += counts
        made = []
        for label, table in tables.items():
            total = int(table[:, 0].sum())
            exact, near = (
                ratio(
                    f"span_f1_{name}",
                    np.column_stack([2 * table[:, column], table[:, 0]]),
                    self.resampling,
                    NOTHING,
                    total,
                )
                for name, column in (("exact", 1), ("overlap", 2))
            )
            made.append(LabelAgreement(label, alphas.get(label), exact, near))
        return tuple(made)

    def _span_alphas(
        self, marked: Sequence[Mapping[str, Sequence[Mark]]], labels: Sequence[str]
    ) -> tuple[Coefficient | None, dict[str, Coefficient]]:
        """Nominal alpha over marked places; per label, of that label or not on the same places."""
        units: list[int] = []
        values: list[str] = []
        owners: list[int] = []
        unit = 0
        for owner, given in enumerate(marked):
            for _, labelled in label_units(list(given.items())):
                units += [unit] * len(labelled)
                values += labelled
                owners += [owner] * len(labelled)
                unit += 1
        if not units:
            return None, {}
        at, whose = np.array(units), np.array(owners)
        whole = alpha(at, values, resampling=self.resampling, clusters=whose)
        split = {value: value.split("+") for value in set(values)}
        per_label = {}
        for label in labels:
            has = {value: int(label in parts) for value, parts in split.items()}
            marks_it = np.array([has[value] for value in values])
            per_label[label] = alpha(at, marks_it, resampling=self.resampling, clusters=whose)
        return whole, per_label

    def _questions(self, items: Mapping[str, Mapping[str, Reading]]) -> Iterable[QuestionAgreement]:
        """Alpha per question; answers about spans compare where both marked the same place."""
        given: dict[str, list[tuple[Any, Any, int]]] = defaultdict(list)
        for owner, (item, readings) in enumerate(items.items()):
            for _, reading in sorted(readings.items()):
                for question, target, value in _answers(reading):
                    given[question].append(((item, target), value, owner))
        for question, rows in sorted(given.items()):
            level = self.levels.get(question, "nominal")
            values = [row[1] for row in rows]
            if level != "nominal":
                values = [_number(question, value) for value in values]
            yield QuestionAgreement(
                question,
                level,
                alpha(
                    [row[0] for row in rows],
                    values,
                    level,
                    self.resampling,
                    np.array([row[2] for row in rows]),
                ),
            )


def _answers(reading: Reading) -> Iterable[tuple[str, Any, str]]:
    """Question, target and value as JSON; a target that is a span is named by its place."""
    if any(answer.target.startswith("span:") for answer in reading.answers):
        for unit, value in reading.units().items():
            if unit[0] == "answer":
                yield unit[1], unit[2], value
    else:
        for answer in reading.answers:
            yield answer.question, answer.target, canonical(answer.value)


def _number(question: str, value: str) -> float | None:
    number = json.loads(value)
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ValueError(
            f"question {question} has the answer {value}; its level takes numbers, so code it"
        )
    return float(number)
