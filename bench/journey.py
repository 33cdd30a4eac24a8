"""Bench: the whole journey of a real data set, judged over HTTP by simulated native speakers.

    .venv/bin/python bench/journey.py --pair en-es --pair en-de --json

Imports a CoNLL pair with the labels of the source only, lets the workers run every stage, has two
speakers judge what is routed to people and a third adjudicate, waits for the agreement, exports and
scores the exported file against the target's gold labels. ``judged_share`` counts items that any
person judged, the audit included.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

import corpora
import scratch
from filling import sign_in
from reviewer import Reviewer
from simulated import Speaker, exact_f1

LIMITS = {"final_f1": 0.95, "judged_share": 0.40}
PEOPLE = (("first", "reviewer"), ("second", "reviewer"), ("judge", "adjudicator"))


def gold_of(path: Path) -> dict[str, list[tuple[int, int, str]]]:
    """The target's gold spans by the ids that an import of the pair gives."""
    return {
        f"s{number}": [(s.start or 0, s.end or 0, s.label) for s in text.spans]
        for number, text in enumerate(corpora.read_texts(path), 1)
    }


def journey(site: Any, pair: str, data: Path) -> dict[str, Any]:
    """Walk one language pair; returns the figures."""
    from django_scopes import scope

    from annotate.models import Item
    from verify.models import Judgement

    source, target = pair.split("-")
    files = [data / f"{language}-europarl.test.conll02" for language in (source, target)]
    gold = gold_of(files[1])
    began = time.perf_counter()
    project, users = prepared(pair, source, target)
    with scope(project=project):
        times = {"import": take_in(project, files, source, target)}
        times["machines"] = settled(project)
        speakers = {name: Speaker(gold, seed) for seed, (name, _) in enumerate(PEOPLE)}
        work = time.perf_counter()
        for name, role in PEOPLE:
            path = "review" if role == "reviewer" else "adjudicate"
            judge(site, project, users[name], path, speakers[name])
        times["people"] = time.perf_counter() - work
        measured(project)
        found, exported = taken_out(project, target)
        judged = Judgement.objects.filter(outcome="answered", rendition__language=target)
        shared = judged.values("rendition").distinct().count()
        items = Item.objects.count()
        return {
            "pair": pair,
            "final_f1": round(exact_f1(found, gold), 4),
            "judged_share": round(shared / items, 4),
            "judgements": judged.count(),
            "items": items,
            "exported": exported,
            "seconds": round(time.perf_counter() - began, 1),
            "stage_seconds": {name: round(value, 1) for name, value in times.items()},
            "limits": LIMITS,
        }


def prepared(pair: str, source: str, target: str) -> tuple[Any, dict[str, Any]]:
    """A project with two reviewers and an adjudicator."""
    from django.contrib.auth import get_user_model

    from annotate.actions.projects import create_project, join

    project = create_project(name=f"Europarl {pair}", source=source, targets=[target])
    project.policy |= {"overlap": 2, "audit_seats": 2}
    project.save(update_fields=["policy"])
    users = {}
    for name, role in PEOPLE:
        users[name] = get_user_model().objects.create(username=f"{name}-{pair}")
        join(project, users[name], role=role, languages=[target])
    return project, users


def take_in(project: Any, files: list[Path], source: str, target: str) -> float:
    """Import the pair, as the page does; seconds until the run has ended."""
    from django.core.files import File

    from annotate.actions.runs import queue_run, wait_for

    began = time.perf_counter()
    with files[0].open("rb") as first, files[1].open("rb") as second:
        run = queue_run(
            project,
            "import",
            scope={"format": "conll", "language": source, "target_language": target,
                   "target_labels": "ignore", "create_labels": True},
            upload=File(first, files[0].name),
            upload_pair=File(second, files[1].name),
        )  # fmt: skip
    wait_for(run, seconds=300)
    if run.state != "done":
        raise SystemExit(f"the import {run.state}: {run.message}")
    return time.perf_counter() - began


def settled(project: Any) -> float:
    """Wait until the workers have nothing left to do; seconds. Stops where a run has failed."""
    from annotate.models import Run

    began, quiet = time.perf_counter(), 0
    while quiet < 6:
        quiet = 0 if Run.objects.live().exists() else quiet + 1
        time.sleep(0.5)
    failed = Run.objects.filter(state="failed").first()
    if failed:
        raise SystemExit(f"{failed.stage} failed: {failed.message}")
    return time.perf_counter() - began


def judge(site: Any, project: Any, user: Any, path: str, speaker: Speaker) -> int:
    """One person judges until nothing is left; returns how many cards."""
    person = Reviewer(site.url, sign_in(user), project.slug)
    person.path = f"/p/{project.slug}/{path}"
    _, card = person.next()
    count = 0
    while card is not None:
        body = json.dumps(speaker.judgement(card)).encode()
        _, card = person.submit({}, body=body)
        count += 1
    return count


def measured(project: Any) -> None:
    """Measure agreement and wait for it."""
    from annotate.actions.runs import RunIsLive, queue_run, wait_for

    try:
        wait_for(queue_run(project, "agree"), seconds=120)
    except RunIsLive:
        settled(project)


def taken_out(project: Any, target: str) -> tuple[dict[str, list[tuple[int, int, str]]], int]:
    """Export native JSONL as a run and read the target's final spans out of the file."""
    from annotate.actions.runs import queue_run, wait_for

    scope = {"format": "native", "languages": [target], "decided_only": True}
    run = wait_for(queue_run(project, "export", scope=scope), seconds=300)
    if run.state != "done":
        raise SystemExit(f"the export {run.state}: {run.message}")
    found = {}
    with run.result.open("rb") as stored, zipfile.ZipFile(io.BytesIO(stored.read())) as packed:
        for line in packed.read("items.jsonl").decode().splitlines():
            row = json.loads(line)
            for rendition in row["renditions"]:
                if rendition["language"] == target:
                    spans = rendition.get("reading", {}).get("spans", [])
                    found[row["id"]] = [(s["start"], s["end"], s["label"]) for s in spans]
    return found, len(found)


def main() -> None:
    """Run the pairs and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pair", action="append", default=None)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    data = corpora.data_folder() / "europarl-ner"
    with scratch.served(web=True, workers=True) as site:
        site.setup_django()
        for pair in chosen.pair or ["en-es", "en-de"]:
            row = journey(site, pair, data)
            if chosen.json:
                print(json.dumps(row), flush=True)
            else:
                print(f"{pair}: F1 {row['final_f1']}, {row['judged_share']:.1%} judged, "
                      f"{row['judgements']} judgements, {row['seconds']} s", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
