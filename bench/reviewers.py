"""Bench: many reviewers at once over HTTP, each submitting and getting the next card in one answer.

    .venv/bin/python bench/reviewers.py --people 32 --items 100000 --overlap 3 --kill --json

gunicorn over loopback, default durability, signed-in people. ``doubled`` counts seats that two
people were given and judgements stored twice; ``lost`` those that the server said were saved and
that the database does not have, and seats that belong to nobody any more. With ``--ahead`` each
person holds further cards ready, as the page does, and the answer brings the one that is lacking.
With ``--kill`` a web process is killed in the middle (people send again what got no answer), with
``--exporting`` an export reads the whole project meanwhile.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import filling
import scratch
from reviewer import Reviewer

LIMITS = {"per_second": 150.0, "doubled": 0, "lost": 0}
BROKEN = (http.client.HTTPException, OSError)


class Crowd:
    """People who judge until time is up; every answer is noted."""

    def __init__(self, reviewers: list[Reviewer], seconds: float) -> None:
        self.reviewers, self.seconds = reviewers, seconds
        self.times: list[float] = []
        self.saved: list[int] = []
        self.given: list[tuple[int, int]] = []
        self.failures: list[str] = []
        self.retries = 0

    def run(self, meanwhile: Any = None) -> float:
        """Let all judge at once; return the seconds it took."""
        threads = [
            threading.Thread(target=self._judge, args=(number, reviewer))
            for number, reviewer in enumerate(self.reviewers)
        ]
        began = time.perf_counter()
        self.until = began + self.seconds
        for thread in threads:
            thread.start()
        if meanwhile:
            time.sleep(self.seconds / 2)
            meanwhile()
        for thread in threads:
            thread.join()
        return time.perf_counter() - began

    def _judge(self, number: int, reviewer: Reviewer) -> None:
        try:
            card = self._patiently(reviewer, reviewer.next)[1]
            while card and time.perf_counter() < self.until:
                self.given.append((card["seat"], number))
                body = reviewer.judgement(card)
                seat = card["seat"]
                seconds, card = self._patiently(reviewer, partial(reviewer.submit, card, body=body))
                self.times.append(seconds)
                self.saved.append(seat)
        except Exception as error:
            self.failures.append(repr(error))

    def _patiently(self, reviewer: Reviewer, ask: Any) -> tuple[float, Any]:
        """Ask again, as the page does, when the connection broke."""
        for _ in range(50):
            try:
                return ask()
            except BROKEN:
                self.retries += 1
                reviewer.again()
                time.sleep(0.05)
        raise ConnectionError("the server stays away")


def kill_a_worker(site: Any) -> None:
    """Kill one of the web server's processes without warning."""
    master = site.children["web"].pid
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)


def exporting(filled: Any, stop: threading.Event) -> threading.Thread:
    """Read the project as an export does, again and again, until told to stop."""

    def work() -> None:
        from django.db import connections
        from django_scopes import scope

        from pipeline.export import ExportScope, records

        with scope(project=filled.project):
            while not stop.is_set():
                for _ in records(filled.project, ExportScope(decided_only=False, candidates=True)):
                    if stop.is_set():
                        break
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def account(crowd: Crowd, filled: Any) -> dict[str, int]:
    """What the database says of it afterwards: ``doubled`` judgements, seats ``handed`` out twice."""
    from django.db import connection

    given = {}
    handed = 0
    for seat, person in crowd.given:
        handed += given.setdefault(seat, person) != person
    with connection.cursor() as cursor:
        cursor.execute("SELECT assignment_id, count(*) FROM verify_judgement GROUP BY 1")
        stored = dict(cursor.fetchall())
        cursor.execute(
            "SELECT count(*) FROM verify_assignment WHERE project_id = %s AND (state IN "
            "('done', 'leased') AND rater_id IS NULL OR state = 'open' AND rater_id IS NOT NULL)",
            [filled.project.pk],
        )
        astray = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM verify_assignment WHERE rater_id IS NOT NULL "
            "GROUP BY rendition_id, round, rater_id HAVING count(*) > 1) twice"
        )
        twice = cursor.fetchone()[0]
    doubled = twice + sum(count > 1 for count in stored.values())
    lost = astray + sum(seat not in stored for seat in crowd.saved)
    return {"doubled": doubled, "handed": handed, "lost": lost}


def measure(site: Any, chosen: argparse.Namespace) -> dict[str, Any]:
    """Fill, judge, account."""
    from django.db import connections

    filled = filling.fill(chosen.items, overlap=chosen.overlap)
    people = filling.people(filled, chosen.people)
    slug, ahead = filled.project.slug, chosen.ahead
    reviewers = [Reviewer(site.url, filling.sign_in(p), slug, ahead) for p in people]
    Crowd(reviewers, 3.0).run()
    stop = threading.Event()
    export = exporting(filled, stop) if chosen.exporting else None
    crowd = Crowd(reviewers, chosen.seconds)
    took = crowd.run((lambda: kill_a_worker(site)) if chosen.kill else None)
    stop.set()
    if export:
        export.join()
    found = account(crowd, filled)
    row = {
        "people": chosen.people, "items": chosen.items, "overlap": chosen.overlap,
        "ahead": chosen.ahead,
        "per_second": round(len(crowd.times) / took, 1),
        "p50_ms": filling.percentile(crowd.times, 0.5),
        "p95_ms": filling.percentile(crowd.times, 0.95),
        "doubled": found["doubled"] + found["handed"], "lost": found["lost"],
        "judgements": len(crowd.saved), "retries": crowd.retries, "failures": crowd.failures[:3],
        "killed": chosen.kill, "exporting": chosen.exporting,
        "load": round(os.getloadavg()[0], 1), "limits": LIMITS,
    }  # fmt: skip
    connections.close_all()
    return row


def main() -> None:
    """One line for the size asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=32)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--overlap", type=int, default=1)
    parser.add_argument("--ahead", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--exporting", action="store_true")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with scratch.served() as site:
        site.setup_django()
        row = measure(site, chosen)
    if chosen.json:
        print(json.dumps(row))
    else:
        for name, value in row.items():
            print(f"{name:>12}  {value}")


if __name__ == "__main__":
    main()
