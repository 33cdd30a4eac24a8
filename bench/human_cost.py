"""Bench: seconds of people's work until a data set is certified, for three ways of making it.

    .venv/bin/python bench/human_cost.py --pair en-es --json --svg curve.svg

A CoNLL pair is carried over by the projectors; simulated people work on it. Each span comes out right
with probability 0.99. Accepting a proposal takes 8 s, mending one 25 s, labelling from nothing 60 s,
a blind seat of an audit 60 s; an adjudicator mends. A rendition is wrong when it is not exactly right.

- ``scratch``: everybody labels from nothing.
- ``everything``: every proposal is reviewed.
- ``routed``: people see what the projectors dispute and a share of the other marked texts. A gazetteer
  learns from what they said; what projectors and gazetteer say alike is accepted unseen, as two kinds
  of evidence.

Each set is then certified by the sequential plan of the app (Wald), drawn from the whole of it. What
the sample finds is mended; a failed certificate counts, and has everything reviewed that nobody saw,
or, where all was seen, everything once more. Means of 20 seeds; ``certified_error`` is the true share
of wrong renditions at the end.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from corpora import Text, data_folder, paired, read_texts

from pipeline.align.model import fit
from pipeline.align.tokens import tokenise
from pipeline.certify import HOPED, sequential
from pipeline.projection import catalog
from pipeline.projection.contract import Example

ACCEPT, MEND, SCRATCH, AUDIT = 8.0, 25.0, 60.0, 60.0
RIGHT = 0.99
SEEDS = 20
CONFIDENCE = 0.95
LIMITS = {"seconds_ratio": 0.35, "to_everything": 0.8, "f1_loss": 0.002, "goal_ratio": 0.25}
METHODS = ("links", "candidates", "similarity")
# The share of undisputed texts with marks that people see first, to learn from.
FIRST = 0.25
MOST_ROUNDS = 6
Marks = frozenset[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """A rendition: its text, what is right, what the machines propose, and whether they all agree."""

    text: str
    gold: Marks
    proposed: Marks
    is_disputed: bool


@dataclass(slots=True)
class World:
    """A simulated project: what is decided, who saw what, and the seconds spent."""

    rows: Sequence[Row]
    random: random.Random
    decided: dict[int, Marks] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    seconds: float = 0.0
    judgements: int = 0
    trace: list[tuple[float, float]] = field(default_factory=list)

    def answer(self, number: int) -> Marks:
        """What a person says: each right span is there, or with a small chance ends a letter off."""
        said = set()
        for start, end, label in sorted(self.rows[number].gold):
            off = self.random.random() >= RIGHT
            said.add((start, end - 1 if off and end - start > 1 else end, label))
        self.judgements += 1
        return frozenset(said)

    def label(self, number: int) -> None:
        """A person labels from nothing."""
        self.decided[number] = self.answer(number)
        self.seen.add(number)
        self.seconds += SCRATCH

    def review(self, number: int, shown: Marks) -> None:
        """A person accepts what is shown, or mends it."""
        said = self.answer(number)
        self.seconds += ACCEPT if said == shown else MEND
        self.decided[number] = said
        self.seen.add(number)
        if self.judgements % 50 == 0:
            self.note()

    def note(self) -> None:
        """Keep a point of the curve."""
        self.trace.append((self.seconds / 3600, self.wrong()))

    def wrong(self) -> float:
        """The share of renditions that are wrong now; what is not decided counts as it is proposed."""
        bad = sum(self.decided.get(n, row.proposed) != row.gold for n, row in enumerate(self.rows))
        return bad / len(self.rows)

    def f1(self) -> float:
        """F1 of exact spans and labels."""
        pairs = [(self.decided[n], row.gold) for n, row in enumerate(self.rows)]
        hits = sum(len(a & b) for a, b in pairs)
        return 2 * hits / sum(len(a) + len(b) for a, b in pairs)

    def audit(self, number: int) -> bool:
        """A blind seat of the sample: whether what was decided is wrong, mended if so.

        Where people had decided, an adjudicator settles a difference; what machines decided gives way.
        """
        said = self.answer(number)
        self.seconds += AUDIT
        if said == self.decided[number]:
            return False
        if number in self.seen:
            said = self.answer(number)
            self.seconds += MEND
        is_wrong = said != self.decided[number]
        self.decided[number] = said
        self.seen.add(number)
        return is_wrong


def machines(source: Sequence[Text], target: Sequence[Text]) -> list[Row]:
    """Carry the labels over and see where the projectors differ."""
    pairs = list(paired(source, target))
    tokens = [
        ([t.text for t in tokenise(a.text)], [t.text for t in tokenise(b.text)]) for a, b in pairs
    ]
    model = fit(tokens)
    examples = [Example(a.text, b.text, a.spans) for a, b in pairs]
    made = {name: catalog.prepare(name, model, examples).project_all(examples) for name in METHODS}
    rows = []
    for number, (a, b) in enumerate(pairs):
        said = [_marks(made[name][number].best()) for name in METHODS]
        lost = any(len(one) < len(a.spans) for one in said)
        rows.append(Row(b.text, _marks(b.spans), _marks(made["candidates"][number].best()),
                        lost or len(set(said)) > 1))  # fmt: skip
    return rows


def _marks(spans: Sequence[Any]) -> Marks:
    return frozenset((s.start or 0, s.end or 0, s.label) for s in spans)


def scratch(world: World) -> None:
    """Everybody labels from nothing."""
    for number in range(len(world.rows)):
        world.label(number)
        if number % 50 == 49:
            world.note()


def everything(world: World) -> None:
    """Every proposal is reviewed."""
    for number, row in enumerate(world.rows):
        world.review(number, row.proposed)


def routed(world: World) -> None:
    """Disputed texts and some others first; then what two kinds of evidence do not confirm."""
    order = list(range(len(world.rows)))
    world.random.shuffle(order)
    calm = [n for n in order if not world.rows[n].is_disputed]
    marked = [n for n in calm if world.rows[n].proposed]
    first = {n for n in order if world.rows[n].is_disputed} | set(
        marked[: round(FIRST * len(marked))]
    )
    for number in sorted(first):
        world.review(number, world.rows[number].proposed)
    names = gazetteer(world)
    for number in calm:
        if number in first:
            continue
        row = world.rows[number]
        if found(row.text, names) == row.proposed:
            world.decided[number] = row.proposed
        else:
            world.review(number, row.proposed)
    world.note()


def gazetteer(world: World) -> dict[str, str]:
    """Surfaces that people labelled alike wherever they stand in what was judged, with the label."""
    labels: dict[str, Counter[str]] = {}
    texts = [world.rows[n].text for n in world.seen]
    for number in world.seen:
        for start, end, label in world.decided[number]:
            surface = world.rows[number].text[start:end]
            labels.setdefault(surface, Counter())[label] += 1
    kept = {}
    for surface, counts in labels.items():
        label, n = counts.most_common(1)[0]
        stands = sum(f" {text} ".count(f" {surface} ") for text in texts)
        if n >= 0.8 * max(stands, 1):
            kept[surface] = label
    return kept


def found(text: str, names: dict[str, str]) -> Marks:
    """The longest known names in a text, from left to right; a name is whole words."""
    said, padded, place = set(), f" {text} ", 0
    ordered = sorted(names, key=len, reverse=True)
    while place < len(text):
        hit = next((s for s in ordered if padded.startswith(f" {s} ", place)), None)
        if hit:
            said.add((place, place + len(hit), names[hit]))
            place += len(hit) + 1
            continue
        after = text.find(" ", place)
        place = after + 1 if after >= 0 else len(text)
    return frozenset(said)


def certify(world: World, rate: float) -> int:
    """Certify the set, with rework until it passes; returns how many certificates failed."""
    for failed in range(MOST_ROUNDS):
        if passes(world, rate):
            return failed
        unseen = [n for n in range(len(world.rows)) if n not in world.seen]
        for number in unseen or range(len(world.rows)):
            shown = world.decided[number]
            if unseen:
                world.review(number, shown)
            else:
                again(world, number)
    return MOST_ROUNDS


def again(world: World, number: int) -> None:
    """A second person looks at what one had decided; an adjudicator settles a difference."""
    shown = world.decided[number]
    said = world.answer(number)
    world.seconds += ACCEPT if said == shown else MEND
    if said != shown:
        world.decided[number] = world.answer(number)
        world.seconds += MEND


def passes(world: World, rate: float) -> bool:
    """Wald's test on texts drawn at random, as the app does it; all of them judged, it counts."""
    order = list(range(len(world.rows)))
    world.random.shuffle(order)
    promised = 1 - CONFIDENCE
    errors = 0
    for n, number in enumerate(order, 1):
        errors += world.audit(number)
        verdict = sequential(n, errors, rate / HOPED, rate, promised / (1 + promised))
        if verdict != "continue":
            return verdict == "accept"
    return errors <= rate * len(order)


WAYS = {"scratch": scratch, "everything": everything, "routed": routed}


def measured(rows: Sequence[Row], rate: float) -> list[dict[str, Any]]:
    """Each way, averaged over the seeds."""
    lines: list[dict[str, Any]] = []
    for name, way in WAYS.items():
        runs = []
        for seed in range(SEEDS):
            world = World(rows, random.Random(seed))
            way(world)
            unseen, before = len(rows) - len(world.seen), world.seconds
            failed = certify(world, rate)
            runs.append((world.seconds, world.f1(), world.wrong(), world.judgements, unseen,
                         failed, before))  # fmt: skip
        means = [statistics.mean(values) for values in zip(*runs, strict=True)]
        lines.append({
            "policy": name, "bound": rate, "seconds": round(means[0]),
            "seconds_ratio": round(means[0] / (lines[0]["seconds"] if lines else means[0]), 3),
            "final_f1": round(means[1], 4), "certified_error": round(means[2], 4),
            "judgements": round(means[3]), "accepted_unseen": round(means[4]),
            "failed_certificates": round(means[5], 2), "seconds_before_certifying": round(means[6]),
            "wrongly_certified": sum(run[2] > rate for run in runs), "seeds": SEEDS,
            "limits": LIMITS,
        })  # fmt: skip
    for line in lines:
        line["to_everything"] = round(line["seconds"] / lines[1]["seconds"], 3)
    return lines


def curves(rows: Sequence[Row]) -> dict[str, list[tuple[float, float]]]:
    """Share wrong against hours on the way, of one seed."""
    made = {}
    for name, way in WAYS.items():
        world = World(rows, random.Random(0))
        if name != "scratch":
            world.note()
        way(world)
        world.note()
        made[name] = world.trace
    return made


def svg(made: dict[str, list[tuple[float, float]]]) -> str:
    """The curves as a picture of their own."""
    wide = max(hours for points in made.values() for hours, _ in points)
    high = max(share for name, points in made.items() if name != "scratch" for _, share in points)
    colours = {"scratch": "#8a5a00", "everything": "#3b5ba9", "routed": "#0b6e63"}
    lines = []
    for row, (name, points) in enumerate(made.items()):
        kept = [(h, min(s, high)) for h, s in points]
        path = " ".join(
            f"{60 + 560 * h / wide:.1f},{20 + 240 * (1 - s / high):.1f}" for h, s in kept
        )
        lines.append(
            f'<polyline fill="none" stroke-width="2" stroke="{colours[name]}" points="{path}"/>'
        )
        lines.append(f'<text x="480" y="{40 + 18 * row}" fill="{colours[name]}">{name}</text>')
    axes = '<path d="M60 20V260H620" fill="none" stroke="#999"/>'
    words = (
        f'<text x="540" y="280">{wide:.1f} hours</text><text x="8" y="26">{100 * high:.0f} % wrong</text>'
        '<text x="48" y="276">0</text>'
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 290" font-family="sans-serif" '
        f'font-size="13">{axes}{"".join(lines)}{words}</svg>\n'
    )


def main() -> None:
    """Measure both bounds and print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pair", default="en-es")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--svg", type=Path, help="write the curve of quality against hours here")
    chosen = parser.parse_args()
    source, target = (
        read_texts(data_folder() / "europarl-ner" / f"{tag}-europarl.test.conll02")
        for tag in chosen.pair.split("-")
    )
    rows = machines(source, target)
    for rate in (0.05, 0.02):
        for line in measured(rows, rate):
            print(json.dumps({"pair": chosen.pair, **line}) if chosen.json else
                  "  ".join(f"{k} {v}" for k, v in line.items() if k != "limits"), flush=True)  # fmt: skip
    if chosen.svg:
        chosen.svg.write_text(svg(curves(rows)), encoding="utf-8")


if __name__ == "__main__":
    main()
