"""Bench: import of many items with three candidates of 2.5 spans each, beside a raw COPY of the rows.

    .venv/bin/python bench/import_items.py --items 100000 --json

The import is the run that a worker does, in a process of its own: native JSON lines, each text looked
at by the sensors. Each size is imported with and, with ``--without``, also without sensors; the COPY
writes the same rows to tables with the same indexes. Two languages an item, candidates on the second.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import scratch
from moved import apart, copied

LIMITS = {"seconds": 60.0, "peak_mb": 300, "ratio": 3.0}
TABLES = tuple(
    f"annotate_{name}"
    for name in ("passage", "item", "rendition", "field", "reading", "span", "candidate")
)
ANNOTATORS = ("links", "candidates", "gazetteer")
NAMES = ("Amina Diallo", "Wanjiru Kamau", "Juma Otieno", "Fatou Ndiaye", "Chidi Okafor")
PLACES = ("Dakar", "Kisumu", "Strasbourg", "Lagos", "Mombasa")
VERBS = ("visited", "left", "described", "praised", "reached", "remembered")
VERBOS = ("visitó", "dejó", "describió", "elogió", "alcanzó", "recordó")
COSAS = ("el puerto", "una escuela nueva", "su mercado antiguo", "el río", "dos pueblos")
THINGS = (
    "the harbour",
    "a new school",
    "its old market",
    "the river",
    "two villages",
    "the library",
)


def line(number: int, draw: random.Random) -> str:
    """One item: two texts, three candidates on the second with two or three spans each."""
    name, place = draw.choice(NAMES), draw.choice(PLACES)
    rest = (
        f"{draw.choice(VERBS)} {draw.choice(THINGS)} near {place} in {draw.randrange(1900, 2026)}"
    )
    text = f"{number}: {name} {rest} with {draw.choice(NAMES)} and {draw.choice(THINGS)}."
    resto = (
        f"{draw.choice(VERBOS)} {draw.choice(COSAS)} cerca de {place} con su familia en el verano"
    )
    spanish = f"{number}: {name} {resto} del año {draw.randrange(1900, 2026)}."
    start, at = spanish.index(name), spanish.rindex(place)
    spans = [
        {"start": start, "end": start + len(name), "label": "PER"},
        {"start": at, "end": at + len(place), "label": "LOC"},
        {"start": 0, "end": len(str(number)), "label": "ORG"},
    ]
    candidates = [
        {"annotator": who, "spans": spans[: 2 + (number + turn) % 2]}
        for turn, who in enumerate(ANNOTATORS)
    ]
    return json.dumps(
        {"id": f"item-{number}", "renditions": [
            {"language": "en", "text": text},
            {"language": "es", "text": spanish, "candidates": candidates},
        ]}
    )  # fmt: skip


def imported(project: int, path: str, sensors: bool) -> dict[str, Any]:
    """Import a file as a worker does; what its run says."""
    from django.core.files import File
    from django_scopes import scope

    from annotate.actions.runs import queue_run
    from annotate.models import Project
    from pipeline.inline import work_off
    from pipeline.stages import moving

    if not sensors:
        moving.Door = _Open  # type: ignore[misc,assignment]
    found = Project.objects.get(pk=project)
    with scope(project=found), Path(path).open("rb") as stream:
        run = queue_run(
            found, "import", scope={"format": "native", "create_labels": True},
            upload=File(stream, "items.jsonl"),
        )  # fmt: skip
        run = work_off(run)
    assert run.state == "done", run.message
    report = run.report
    return {"candidates": report["candidates"], "spans": report["spans"],
            "found": {row["kind"]: row["texts"] for row in report["sensors"]}}  # fmt: skip


class _Open:
    """A door without sensors."""

    def through(self, rows: Any) -> Any:
        return rows

    def report(self) -> list[dict[str, object]]:
        return []


def measure(items: int, *, sensors: bool = True) -> dict[str, Any]:
    """Import so many items into a project of their own."""
    from django_scopes import scope

    from annotate.actions.projects import create_project

    project = create_project(name="bench", source="en", targets=["es"], preset="scratch")
    project.policy = {"advance": "manual"}
    project.save()
    draw = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "items.jsonl"
        with path.open("w") as stream:
            for number in range(items):
                stream.write(line(number, draw) + "\n")
        row = apart(imported, project.pk, str(path), sensors)
    copy_seconds = copied(TABLES, project.pk)[1]
    with scope(project=project):
        stored = project.items.count()
    return {
        "items": stored, "sensors": sensors, **row,
        "copy_seconds": round(copy_seconds, 2), "ratio": round(row["seconds"] / copy_seconds, 2),
    }  # fmt: skip


def main() -> None:
    """Measure each size and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, action="append")
    parser.add_argument("--without", action="store_true", help="also without sensors")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with scratch.served(web=False) as site:
        site.setup_django()
        for items in asked.items or [100_000]:
            for sensors in (False, True) if asked.without else (True,):
                row = measure(items, sensors=sensors) | {"limits": LIMITS}
                said = json.dumps(row) if asked.json else f"{row['items']:>8,} items {row}"
                print(said, flush=True)


if __name__ == "__main__":
    main()
