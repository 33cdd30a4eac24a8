"""Bench: claiming seats, straight at the database, at any size.

    .venv/bin/python bench/claim.py --items 1000000 --people 32 --overlap 3 --done 50000 --json

Each person is a client of their own, spread over a few processes; each claims, finishes the seat
and claims again. One person has ``--done`` seats behind them; one process is killed in the middle,
and what it held must come back. ``doubled`` counts seats given to two people and people given one
rendition twice. Then the plans of every stage's ``pending``: tables that are read whole though they
have more than 10,000 rows.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import filling
import scratch
from reviewers import exporting

PROCESSES = 4
MOST_READ_WHOLE = 10_000
POOLS = ("review:es",)


def clients(project: int, raters: list[int], seconds: float, log: str) -> None:
    """Some people in one process; every claim becomes a line: seat, rendition, rater, seconds."""
    import django

    django.setup()
    from django.db import connection, connections
    from django.utils import timezone
    from django_scopes import scope

    from annotate.models import Project
    from verify.actions import claim_next
    from verify.models import Rater

    until = time.perf_counter() + seconds

    def person(pk: int, out: Any) -> None:
        owner = Project.objects.get(pk=project)
        with scope(project=owner):
            rater = Rater.objects.get(pk=pk)
            while time.perf_counter() < until:
                began = time.perf_counter()
                seat = claim_next(owner, rater, POOLS, timezone.now())
                took = time.perf_counter() - began
                if seat is None:
                    out.write(f"0 0 {pk} {took} {time.time()}\n")
                    break
                out.write(f"{seat.pk} {seat.rendition_id} {pk} {took} {time.time()}\n")
                with connection.cursor() as cursor:
                    cursor.execute(
                        "UPDATE verify_assignment SET state = 'done' WHERE id = %s", [seat.pk]
                    )
        connections.close_all()

    with Path(log).open("w", buffering=1) as out:
        threads = [threading.Thread(target=person, args=(pk, out)) for pk in raters]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def measure(site: Any, chosen: argparse.Namespace) -> dict[str, Any]:
    """Fill, claim from all sides, kill one process, and account."""
    from django_scopes import scope

    from verify.actions import release_expired
    from verify.models import Rater

    began = time.perf_counter()
    filled = filling.fill(chosen.items, overlap=chosen.overlap, texts=chosen.exporting)
    filling.people(filled, chosen.people)
    with scope(project=filled.project):
        raters = list(Rater.objects.order_by("pk"))
    if chosen.done:
        filling.judged_before(filled, raters[0], chosen.done)
    filled_s = time.perf_counter() - began
    stop = threading.Event()
    export = exporting(filled, stop) if chosen.exporting else None
    rows, took = crowd(site, filled, [r.pk for r in raters], chosen.seconds)
    stop.set()
    if export:
        export.join()
    from django.utils import timezone

    returned = release_expired(now=timezone.now() + timedelta(hours=1))
    veteran = [seconds for _, _, rater, seconds in rows if rater == raters[0].pk]
    every = [row[3] for row in rows]
    return {
        "items": chosen.items, "overlap": chosen.overlap, "people": chosen.people,
        "done": chosen.done, "claims_per_second": round(len(rows) / took, 1),
        "p50_ms": filling.percentile(every, 0.5), "p95_ms": filling.percentile(every, 0.95),
        "veteran_p95_ms": filling.percentile(veteran, 0.95), "doubled": doubled(rows, filled),
        "returned_after_kill": returned, "exporting": chosen.exporting,
        "fill_seconds": round(filled_s, 1), "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip


def crowd(
    site: Any, filled: Any, raters: list[int], seconds: float
) -> tuple[list[tuple[int, int, int, float]], float]:
    """Run the client processes, kill the last one half-way, and read their logs."""
    spawn = multiprocessing.get_context("spawn")
    logs = [str(site.paths.home / f"claims-{n}.log") for n in range(PROCESSES)]
    started = [
        spawn.Process(target=clients, args=(filled.project.pk, raters[n::PROCESSES], seconds, log))
        for n, log in enumerate(logs)
    ]
    for process in started:
        process.start()
    while not all(Path(log).exists() and Path(log).stat().st_size for log in logs):
        time.sleep(0.1)
    time.sleep(seconds / 2)
    os.kill(started[-1].pid or 0, signal.SIGKILL)
    for process in started:
        process.join()
    rows, moments = [], []
    for log in logs:
        for line in Path(log).read_text().splitlines():
            parts = line.split()
            if len(parts) == 5 and parts[0] != "0":
                rows.append((int(parts[0]), int(parts[1]), int(parts[2]), float(parts[3])))
                moments.append(float(parts[4]))
    return rows, max(moments) - min(moments)


def doubled(rows: list[tuple[int, int, int, float]], filled: Any) -> int:
    """Seats claimed by two people, and renditions by one person twice, by log and by database."""
    from django.db import connection

    seats = Counter(seat for seat, _, _, _ in rows)
    pairs = Counter((rendition, rater) for _, rendition, rater, _ in rows)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM verify_assignment WHERE rater_id IS NOT NULL "
            "GROUP BY rendition_id, round, rater_id HAVING count(*) > 1) twice"
        )
        stored = cursor.fetchone()[0]
    return stored + sum(n > 1 for n in seats.values()) + sum(n > 1 for n in pairs.values())


def plans(filled: Any) -> list[dict[str, Any]]:
    """Of each stage that has rows: the tables of more than 10,000 rows that its query reads whole."""
    from django.db import connection
    from django_scopes import scope

    from annotate.models import Run
    from pipeline.stages import JOURNEY

    found = []
    with scope(project=filled.project):
        _machines(filled.project)
        for stage in JOURNEY:
            if stage.pending is None:
                continue
            for annotator in stage.annotators(filled.project):
                run = Run(project=filled.project, stage=stage.name, annotator=annotator)
                rows = stage.rows(run)[: stage.batch]
                plan = json.loads(rows.explain(format="json", analyze=True))[0]
                read = list(_read_whole(plan["Plan"]))
                found.append({
                    "stage": stage.name, "annotator": str(annotator or ""),
                    "ms": round(plan["Execution Time"], 1), "read_whole": read,
                })  # fmt: skip
    connection.close()
    return found


def _machines(project: Any) -> None:
    """One annotator of each kind that stages wait for, with a version to be lacking."""
    from annotate.actions.projects import add_annotator
    from annotate.actions.versions import make_version

    for name, kind, backend, language in (
        ("mt", "translator", "llm", ""),
        ("links", "projector", "links", "es"),
        ("gazetteer", "labeller", "gazetteer", "es"),
        ("llm", "labeller", "llm", ""),
    ):
        annotator = add_annotator(project, name=name, kind=kind, backend=backend)
        make_version(annotator, language=language)


def _read_whole(node: dict[str, Any]) -> Any:
    rows = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
    if node["Node Type"] == "Seq Scan" and rows > MOST_READ_WHOLE:
        yield {"table": node["Relation Name"], "rows": int(rows)}
    for child in node.get("Plans", []):
        yield from _read_whole(child)


def main() -> None:
    """One line for the claims, one for each stage's plan."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=32)
    parser.add_argument("--overlap", type=int, default=1)
    parser.add_argument("--done", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--exporting", action="store_true")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with scratch.served(web=False) as site:
        site.setup_django()
        from django.db import connections

        rows = [measure(site, chosen)]
        from annotate.models import Project

        filled = filling.Filled(Project.objects.get(slug="bench"), 0, 0)
        rows += plans(filled)
        connections.close_all()
    for row in rows:
        print(json.dumps(row) if chosen.json else row, flush=True)


if __name__ == "__main__":
    main()
