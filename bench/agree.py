"""Bench: agreement over many judgements, and votes added up and routed.

    .venv/bin/python bench/agree.py --judgements 1000000 --json

One line per measure: seconds by the clock and of the processor (the best of the repeats), peak
memory of this process up to then in MB, and the limit where there is one. Needs no services and no
data.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from annotate.readings import Reading
from annotate.spans import Span
from pipeline.aggregate import Vote, aggregate
from pipeline.agree import (
    Continuum,
    Resampling,
    agreement,
    alpha,
    dawid_skene,
    mace,
    one_coin,
    pooled_f1,
    unitising_alpha,
)
from pipeline.route import RoutingPolicy, route

RATERS_PER_ITEM = 5
VALUES = 5
RATERS = 200
LIMITS = {"alpha": 0.2, "dawid_skene": 2.0}  # seconds, at a million judgements
LEAST_PER_SECOND = 20_000
MOST_READINGS = 60_000


def judgements(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Items, raters and values of n judgements by raters of different skill."""
    draw = np.random.default_rng(0)
    items = np.arange(n) // RATERS_PER_ITEM
    raters = draw.integers(0, RATERS, n)
    truth = draw.integers(0, VALUES, items[-1] + 1)
    right = draw.random(n) < draw.uniform(0.5, 0.95, RATERS)[raters]
    return items, raters, np.where(right, truth[items], draw.integers(0, VALUES, n))


def marks_of(n: int) -> tuple[np.ndarray, ...]:
    """The spans of n readings, three per item: item, start, end, label; and readers per item."""
    draw = np.random.default_rng(0)
    items = n // 3
    spans = draw.integers(2, 4, items)
    whole = int(spans.sum())
    item = np.repeat(np.arange(items), 3 * spans)
    place = np.repeat(draw.integers(0, 40, whole) + 50 * (np.arange(whole) % 3), 3)
    label = np.repeat(draw.integers(0, 3, whole), 3)
    end = place + 5 + (draw.random(len(item)) > 0.97)
    return item, place, end, label, np.full(items, 3)


def readings(n: int, agreed: float) -> list[list[tuple[str, Reading]]]:
    """About n readings, three per item with 2.5 spans each; a share of the spans is as the
    others'."""
    draw = random.Random(0)
    made = []
    for _ in range(n // 3):
        places = [
            (draw.choice(("PER", "LOC", "ORG")), 50 * k + draw.randrange(40))
            for k in range(draw.choice((2, 3)))
        ]
        made.append(
            [
                (
                    rater,
                    Reading(
                        spans=tuple(
                            Span(
                                label,
                                start,
                                start + 5 + (draw.random() > agreed),
                                surface="x",
                                key=f"t{k}",
                                source=f"s{k}",
                                method="links",
                                score=0.5,
                            )
                            for k, (label, start) in enumerate(places)
                        )
                    ),
                )
                for rater in ("a", "b", "c")
            ]
        )
    return made


def timed(work: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Seconds of the quickest of the repeats, by the clock and of the processor."""
    best = (float("inf"), float("inf"))
    for _ in range(repeats):
        clock, processor = time.perf_counter(), time.process_time()
        work()
        spent = time.perf_counter() - clock, time.process_time() - processor
        best = min(best[0], spent[0]), min(best[1], spent[1])
    return best


def add_up(renditions: list[tuple[Vote, ...]], policy: RoutingPolicy) -> None:
    for number, votes in enumerate(renditions):
        route(aggregate(votes), policy, str(number))


def line(measure: str, count: int, spent: tuple[float, float], **more: Any) -> dict[str, Any]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds, processor = (round(value, 4) for value in spent)
    said = {"measure": measure, "judgements": count, "seconds": seconds, "cpu_seconds": processor}
    return {**said, "peak_mb": round(peak), **more}


def over_judgements(n: int, repeats: int) -> Iterator[dict[str, Any]]:
    items, raters, values = judgements(n)
    for level, name in (("nominal", "alpha"), ("ordinal", "alpha_ordinal")):
        seconds = timed(partial(alpha, items, values, level), repeats)
        yield line(name, n, seconds, limit=LIMITS["alpha"])
    interval = partial(alpha, items, values, resampling=Resampling(1000))
    yield line("alpha_with_interval", n, timed(interval, 1))
    fit = partial(dawid_skene, items, raters, values)
    yield line("dawid_skene", n, timed(fit, min(repeats, 3)), limit=LIMITS["dawid_skene"])
    for model in (one_coin, mace):
        yield line(model.__name__, n, timed(partial(model, items, raters, values), 1))
    yield line("span_f1", n, timed(partial(pooled_f1, *marks_of(n)), min(repeats, 3)))


def over_readings(n: int, repeats: int) -> Iterator[dict[str, Any]]:
    given = readings(min(n, MOST_READINGS), 0.97)
    rows = [(str(i), rater, reading) for i, own in enumerate(given) for rater, reading in own]
    plain = partial(agreement, rows, resampling=Resampling(0))
    yield line("span_report", len(rows), timed(plain, 1))
    yield line("span_report_with_intervals", len(rows), timed(partial(agreement, rows), 1))
    texts = [
        Continuum(200, {who: [(s.start, s.end, s.label) for s in said.spans] for who, said in own})
        for own in given
    ]
    yield line("alpha_unitising", len(rows), timed(partial(unitising_alpha, texts), 1))
    for agreed, name in ((1.0, "unanimous"), (0.97, "mixed")):
        votes = [
            tuple(Vote(rater, 1, "ok", said, digest=said.digest()) for rater, said in own)
            for own in readings(min(n, MOST_READINGS), agreed)
        ]
        alike = sum(len({vote.digest for vote in own}) == 1 for own in votes)
        seconds = timed(partial(add_up, votes, RoutingPolicy()), min(repeats, 3))
        yield line(
            f"aggregate_route_{name}",
            3 * len(votes),
            seconds,
            unanimous=round(alike / len(votes), 3),
            renditions_per_second=round(len(votes) / seconds[0]),
            limit_per_second=LEAST_PER_SECOND,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--judgements", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    chosen = parser.parse_args()
    if chosen.judgements < RATERS_PER_ITEM or chosen.repeats < 1:
        parser.error(f"give at least {RATERS_PER_ITEM} judgements and one repeat")
    n, repeats = chosen.judgements, chosen.repeats
    for said in chain(over_judgements(n, repeats), over_readings(n, repeats)):
        if chosen.json:
            print(json.dumps(said), flush=True)
            continue
        per = said.get("renditions_per_second")
        speed = f"{per:>10,} renditions/s" if per else ""
        print(
            f"{said['measure']:<26}{said['judgements']:>10,}{said['seconds']:>10.4f} s"
            f"{said['cpu_seconds']:>10.4f} s cpu"
            f"{said['peak_mb']:>7} MB{speed}",
            flush=True,
        )


if __name__ == "__main__":
    main()
