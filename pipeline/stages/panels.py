"""Panels: the machines of a language against what people decided, mark by mark and text by text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Avg

from annotate.actions.readings import load_readings
from annotate.keyed import share
from annotate.models import Candidate, Project
from annotate.readings import Reading
from pipeline.raters.health import Reply, health
from pipeline.raters.worth import worth

from .aggregating import VOTING
from .comparable import asked_of_machines, comparable
from .judged import Row

# So many judged texts of a language are looked into, by keyed hash: enough for two decimals.
MOST = 1500
# Examples kept behind a cell.
EXAMPLES = 40
NOTHING = "–"


def chosen(rows: Sequence[Row]) -> list[Row]:
    """At most so many rows, the same each time."""
    ordered = sorted(rows, key=lambda row: share("quality", str(row.rendition)))
    return ordered[:MOST]


def panel_of(project: Project, rows: Sequence[Row]) -> dict[str, Any]:
    """Health and worth of the machines in one language; ``reason`` says why there is none."""
    picked = chosen(rows)
    ids = [row.rendition for row in picked]
    candidates = list(
        Candidate.objects.filter(
            project=project, rendition_id__in=ids,
            version__annotator__kind__in=set(VOTING) - {"imported"},
        )
        .order_by("version__number", "pk")
        .values_list(
            "rendition_id", "version__annotator__name", "ballot", "state", "reading_id",
            "reading__digest",
        )
    )  # fmt: skip
    if not candidates:
        return {"reason": "no machine answered a text that people have judged"}
    readings = load_readings(
        {row[4] for row in candidates if row[4] and row[2] == 1} | {row.decided for row in picked}
    )
    asked = asked_of_machines(project)
    truth = {row.rendition: comparable(readings[row.decided], asked) for row in picked}
    said = _first(candidates, readings)
    gold = {row.rendition for row in picked if row.is_gold}
    prices = _prices(project)
    return {
        "texts": len(picked),
        "health": _health(candidates, truth),
        "worth": _worth(said, truth, gold, {name: prices.get(name, 0.0) for name in said}),
        "whole": _whole(said, truth),
    }


def _first(
    candidates: Sequence[Any], readings: Mapping[int, Reading]
) -> dict[str, dict[int, Reading]]:
    """The first ballot of each machine's newest version, by machine and rendition."""
    said: dict[str, dict[int, Reading]] = defaultdict(dict)
    for rendition, name, ballot, state, reading, _digest in candidates:
        if ballot == 1 and state == "ok" and reading in readings:
            said[name][rendition] = readings[reading]
    return dict(said)


def _prices(project: Project) -> dict[str, float]:
    """What a machine cost per text so far."""
    rows = Candidate.objects.filter(project=project).values_list("version__annotator__name")
    return {name: float(cost or 0) for name, cost in rows.annotate(cost=Avg("cost"))}


def _health(candidates: Sequence[Any], truth: Mapping[int, Reading]) -> dict[str, Any]:
    replies = [
        Reply(rendition, name, state, bytes(digest) if digest else None, number=ballot)
        for rendition, name, ballot, state, _reading, digest in candidates
    ]
    known: dict[Any, Any] = {rendition: reading.digest() for rendition, reading in truth.items()}
    return health(replies, known).as_dict()


def _whole(
    said: Mapping[str, Mapping[int, Reading]], truth: Mapping[int, Reading]
) -> dict[str, dict[str, int]]:
    """How often a machine's whole reading is what was decided, of those it gave."""
    return {
        name: {
            "right": sum(reading.digest() == truth[pk].digest() for pk, reading in own.items()),
            "n": len(own),
        }
        for name, own in said.items()
    }


def _worth(
    said: Mapping[str, Mapping[int, Reading]],
    truth: Mapping[int, Reading],
    gold: set[int],
    prices: Mapping[str, float],
) -> dict[str, Any] | None:
    """Compare machines mark by mark: of each mark or answer that anybody gave, is it there?

    Prices are per text, so they are shared out over the marks that a text has on average.
    """
    marks = {name: {pk: r.units() for pk, r in own.items()} for name, own in said.items()}
    right = {pk: reading.units() for pk, reading in truth.items()}
    known: dict[Any, Any] = {}
    for pk, own in right.items():
        offered = set(own).union(*(units.get(pk, {}) for units in marks.values()))
        for unit in offered:
            known[pk, unit] = own.get(unit, NOTHING)
    if not known or all(item[0] in gold for item in known):
        return None
    rows = [
        (item, name, units[item[0]].get(item[1], NOTHING))
        for name, units in marks.items()
        for item in known
        if item[0] in units
    ]
    per_mark = len(truth) / len(known)
    shared = {name: price * per_mark for name, price in prices.items()}
    held = [item for item in known if item[0] in gold]
    return worth(rows, known, shared, gold=held).as_dict()


def confusion(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What was proposed and what was decided on the same place, with texts behind each cell.

    A place that only one of them marks stands against ``–``. A mark whose border alone moved is
    ``border``: the same label on some of the same text.
    """
    picked = [row for row in chosen(rows) if row.proposed]
    readings = load_readings(
        {row.decided for row in picked} | {row.proposed or 0 for row in picked}
    )
    counts: Counter[tuple[str, str]] = Counter()
    behind: dict[tuple[str, str], list[list[Any]]] = defaultdict(list)
    for row in picked:
        for cell in _cells(readings[row.proposed or 0], readings[row.decided]):
            counts[cell] += 1
            if len(behind[cell]) < EXAMPLES and [row.item, row.name] not in behind[cell]:
                behind[cell].append([row.item, row.name])
    return [
        {"was": was, "is": now, "n": n, "items": behind[was, now]}
        for (was, now), n in sorted(counts.items())
    ]


BORDER = "border"


def _cells(proposed: Reading, decided: Reading) -> list[tuple[str, str]]:
    """Pairs (label proposed, label decided) by place; then those that overlap; then the rest."""
    was, now = (
        [s for s in reading.voted() if s.anchor == "text" and s.side == "target"]
        for reading in (proposed, decided)
    )
    found, left = [], []
    for span in was:
        same = [s for s in now if (s.field, s.start, s.end) == (span.field, span.start, span.end)]
        if same:
            now.remove(same[0])
            found.append((span.label, same[0].label))
        else:
            left.append(span)
    for span in left:
        near = [
            s for s in now
            if s.field == span.field and (s.start or 0) < (span.end or 0)
            and (span.start or 0) < (s.end or 0)
        ]  # fmt: skip
        if near:
            now.remove(near[0])
            same_label = near[0].label == span.label
            found.append((span.label, BORDER if same_label else near[0].label))
        else:
            found.append((span.label, NOTHING))
    return found + [(NOTHING, s.label) for s in now]
