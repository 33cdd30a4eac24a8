"""Bench: pages of the data browser under every filter, over HTTP.

    .venv/bin/python bench/browse.py --items 100000 --items 1000000 --json

Texts are filled in by statements; a share of them is decided, judged, routed to people, failed at by a
machine and put into splits, some rarely (one in 5,000) and some often, so that filters lead or are walked.
Each filter is asked for its first page and for pages further on; times are the server's whole answer.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import filling
import scratch
from filling import percentile

LIMITS = {"p95_ms": 100.0}
ROUNDS = 8
# Filters, and whether few or many texts meet them.
ASKED: dict[str, dict[str, str]] = {
    "none": {},
    "text, few": {"text": "000000123"},
    "text, many": {"text": "Dakar"},
    "text, none": {"text": "zebra"},
    "id": {"item": "item-12"},
    "label, many": {"label": "LOC"},
    "label, few": {"label": "RARE"},
    "route, many": {"route": "person"},
    "route, few": {"route": "manual"},
    "decision, many": {"origin": "accepted"},
    "decision, few": {"origin": "adjudicated"},
    "not decided": {"origin": "none"},
    "split": {"split": "test"},
    "annotator failed": {"annotator": "machine", "vote": "failed"},
    "annotator differs": {"annotator": "machine", "vote": "differs"},
    "in all languages": {"everywhere": "yes"},
    "label and decision": {"label": "PER", "origin": "adjudicated"},
    "text and route": {"text": "Strasburg", "route": "manual"},
}


def spread(filled: Any, items: int) -> None:
    """Decisions, routes, candidates, splits and a rare label on shares of the texts."""
    from django.db import connection, transaction
    from django_scopes import scope

    from annotate.actions.labels import add_label
    from annotate.actions.projects import add_annotator
    from annotate.actions.versions import make_version

    with scope(project=filled.project):
        rare = add_label(filled.project, key="RARE")
        machine = make_version(
            add_annotator(filled.project, name="machine", kind="labeller", backend="llm")
        )
    values = {
        "project": filled.project.pk, "first": filled.first, "last": filled.last, "rare": rare.pk,
        "version": machine.pk,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in (
            """INSERT INTO verify_decision (project_id, rendition_id, reading_id, origin, gold,
               is_current, made_at, ended_because)
               SELECT c.project_id, c.rendition_id, c.reading_id,
                   CASE WHEN c.rendition_id %% 5000 = 0 THEN 'adjudicated' ELSE 'accepted' END, false,
                   true, now(), ''
               FROM annotate_consensus c WHERE c.project_id = %(project)s AND c.rendition_id %% 2 = 0""",
            """UPDATE annotate_consensus SET route = CASE WHEN rendition_id %% 5000 = 1 THEN 'manual'
               WHEN rendition_id %% 2 = 0 THEN 'accept' ELSE 'person' END WHERE project_id = %(project)s""",
            """UPDATE annotate_item SET split = CASE WHEN id %% 10 = 0 THEN 'test' ELSE 'train' END
               WHERE project_id = %(project)s""",
            """INSERT INTO annotate_candidate (project_id, rendition_id, version_id, ballot, state,
               reason, prompt_hash, raw_reply, cost, made_at)
               SELECT project_id, id, %(version)s, 1, 'refused', '', '', '', 0, now()
               FROM annotate_rendition WHERE id BETWEEN %(first)s AND %(last)s AND id %% 1000 = 0""",
            """UPDATE annotate_span SET label_id = %(rare)s WHERE project_id = %(project)s
               AND key = 's3' AND reading_id %% 5000 = 0""",
        ):
            cursor.execute(statement, values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def measure(site: Any, items: int) -> list[dict[str, Any]]:
    """Fill, then ask every filter for several pages."""
    from django.contrib.auth import get_user_model
    from django.db import connections

    from annotate.actions.projects import join

    filled = filling.fill(items)
    spread(filled, items)
    user = get_user_model().objects.create(username=f"manager-{filled.project.slug}")
    join(filled.project, user, role="manager")
    cookie = f"sessionid={filling.sign_in(user)}"
    base = f"{site.url}/p/{filled.project.slug}/items/"
    rows = []
    for name, asked in ASKED.items():
        times: list[float] = []
        shown = 0
        for number in range(ROUNDS):
            after = {"after": filled.first + number * items // (2 * ROUNDS)} if number else {}
            query = urllib.parse.urlencode({"language": "es", **asked, **after})
            seconds, body = fetched(f"{base}?{query}", cookie)
            times.append(seconds)
            shown += body.count('type="checkbox" name="text"')
        rows.append(
            {
                "items": items, "filter": name, "p50_ms": percentile(times, 0.5),
                "p95_ms": percentile(times, 0.95), "rows": shown, "limits": LIMITS,
            }
        )  # fmt: skip
    connections.close_all()
    return rows


def fetched(url: str, cookie: str) -> tuple[float, str]:
    """Seconds and text of a page."""
    request = urllib.request.Request(url, headers={"Cookie": cookie})
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=120) as answer:
        body = answer.read()
    return time.perf_counter() - began, body.decode()


def main() -> None:
    """A line for each size and filter."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, action="append")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    for items in chosen.items or [100_000]:
        with scratch.served() as site:
            site.setup_django()
            for row in measure(site, items):
                if chosen.json:
                    print(json.dumps(row), flush=True)
                else:
                    print(
                        f"{row['items']:>9}  {row['filter']:<20} {row['p50_ms']:>8} {row['p95_ms']:>8} ms"
                        f"  {row['rows']:>4} rows"
                    )


if __name__ == "__main__":
    main()
