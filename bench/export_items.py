"""Bench: export of many judged items, beside a raw COPY of the rows.

    .venv/bin/python bench/export_items.py --items 100000 --json

The export is the run that a worker does, in a process of its own: native JSON lines of everything that
is decided, with its judgements, zipped. The COPY reads the same tables whole.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import filling
import scratch
from moved import apart, copied

LIMITS = {"seconds": 60.0, "ratio": 3.0}
TABLES = (
    "annotate_item", "annotate_passage", "annotate_rendition", "annotate_field",
    "annotate_reading", "annotate_span", "verify_judgement", "verify_decision",
)  # fmt: skip
JUDGED = """
UPDATE verify_assignment SET state = 'done', rater_id = %(rater)s, claimed_at = now(),
    closed_at = now() WHERE project_id = %(project)s;
INSERT INTO verify_judgement (project_id, assignment_id, rendition_id, rater_id, reading_id, outcome,
    client_id, submitted_at, hidden_seconds, comment, fault)
SELECT a.project_id, a.id, a.rendition_id, a.rater_id, c.reading_id, 'answered', gen_random_uuid(),
    now(), 0, '', '' FROM verify_assignment a JOIN annotate_consensus c ON c.rendition_id = a.rendition_id
WHERE a.project_id = %(project)s;
INSERT INTO verify_decision (project_id, rendition_id, reading_id, origin, gold, is_current, made_at,
    ended_because)
SELECT project_id, rendition_id, reading_id, 'single', false, true, now(), ''
FROM annotate_consensus WHERE project_id = %(project)s;
"""


def exported(project: int) -> dict[str, Any]:
    """Export a project as a worker does; what its run says."""
    from django_scopes import scope

    from annotate.actions.runs import queue_run
    from annotate.models import Project
    from pipeline.inline import work_off

    found = Project.objects.get(pk=project)
    with scope(project=found):
        run = queue_run(found, "export", scope={"format": "native", "judgements": True})
        run = work_off(run)
        assert run.state == "done", run.message
        return {"records": run.report["records"], "bytes": run.result.size}


def measure(items: int) -> dict[str, Any]:
    """Fill a project, let one person have judged all of it, and export it."""
    from django.db import connection, transaction
    from django_scopes import scope

    from verify.models import Judgement, Rater

    filled = filling.fill(items)
    (user,) = filling.people(filled, 1)
    with scope(project=filled.project):
        rater = Rater.objects.get(project=filled.project, user=user)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(JUDGED, {"rater": rater.pk, "project": filled.project.pk})
        judgements = Judgement.objects.filter(project=filled.project).count()
    row = apart(exported, filled.project.pk)
    copy_seconds = copied(TABLES, filled.project.pk)[0]
    return {
        "items": items, "judgements": judgements, **row, "copy_seconds": round(copy_seconds, 2),
        "ratio": round(row["seconds"] / copy_seconds, 2),
    }  # fmt: skip


def main() -> None:
    """Measure each size and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, action="append")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with scratch.served(web=False) as site:
        site.setup_django()
        for items in asked.items or [100_000]:
            row = measure(items) | {"limits": LIMITS}
            print(json.dumps(row) if asked.json else f"{items:>8,} items {row}", flush=True)


if __name__ == "__main__":
    main()
