"""Bench: the time to the next card and to a stored judgement, by the size of the project.

    .venv/bin/python bench/desk.py --items 1000 --items 100000 --items 1000000 --json

One signed-in person over loopback HTTP, gunicorn, default durability. ``next`` asks for a card that
has yet to be claimed; ``submit`` stores a judgement and answers with the next card. Times are the
client's; ``queries`` is counted in the process for the next card with all that the request needs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import filling
import scratch
from reviewer import Reviewer

LIMITS = {"next_p95_ms": 25.0, "submit_p95_ms": 25.0, "queries": 8}


def measure(site: Any, items: int, rounds: int) -> dict[str, Any]:
    """Times for a project of so many items."""
    from django.db import connection

    began = time.perf_counter()
    filled = filling.fill(items)
    user = filling.people(filled, 1)[0]
    filled_s = time.perf_counter() - began
    reviewer = Reviewer(site.url, filling.sign_in(user), filled.project.slug)
    nexts, submits = [], []
    for number in range(rounds + 20):
        seconds, card = reviewer.next()
        submitted, following = reviewer.submit(card)
        if number >= 20:
            nexts.append(seconds)
            submits.append(submitted)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE verify_assignment SET state = 'done' WHERE id = %s", [following["seat"]]
            )
    return {
        "items": items,
        "next_p50_ms": filling.percentile(nexts, 0.5),
        "next_p95_ms": filling.percentile(nexts, 0.95),
        "submit_p50_ms": filling.percentile(submits, 0.5),
        "submit_p95_ms": filling.percentile(submits, 0.95),
        "queries": queries(user, filled),
        "fill_seconds": round(filled_s, 1),
    }


def queries(user: Any, filled: Any) -> int:
    """Statements of one request for the next card, session, person and membership included."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    client.cookies["sessionid"] = filling.sign_in(user)
    url = f"/p/{filled.project.slug}/review/next/"
    seat = client.get(url).json()["card"]["seat"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE verify_assignment SET state = 'done' WHERE id = %s", [seat])
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).json()["card"]["seat"] != seat
    around = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not str(query["sql"]).startswith(around) for query in caught)


def main() -> None:
    """Measure each size on a site of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, action="append")
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    sizes = chosen.items or [1000, 100_000]
    if len(sizes) > 1:
        # Settings are read once per process, and each size has services of its own.
        for items in sizes:
            more = ["--json"] if chosen.json else []
            again = [sys.executable, __file__, "--items", str(items)]
            subprocess.run([*again, "--rounds", str(chosen.rounds), *more], check=True)
        return
    with scratch.served() as site:
        site.setup_django()
        row = measure(site, sizes[0], min(chosen.rounds, sizes[0] // 3 - 20))
        from django.db import connections

        connections.close_all()
    row |= {"load": round(os.getloadavg()[0], 1), "limits": LIMITS}
    if chosen.json:
        print(json.dumps(row), flush=True)
    else:
        print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
