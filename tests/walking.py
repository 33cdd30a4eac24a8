"""A whole data set on its journey, as a test walks it: in by a run, judged over HTTP, out by a run."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.test import Client

from annotate.actions.projects import join
from annotate.actions.runs import queue_run
from annotate.models import Notice, Project, Run
from bench.simulated import Gold, Speaker
from pipeline.inline import work_off


class Polyglot:
    """A simulated person who knows several languages, one speaker for each."""

    def __init__(self, gold: Mapping[str, Gold], seed: int, errors: float = 0.01) -> None:
        self.speakers = {
            tag: Speaker(known, 100 * seed + at, errors)
            for at, (tag, known) in enumerate(gold.items())
        }

    def judgement(self, card: Mapping[str, Any]) -> dict[str, Any]:
        return self.speakers[card["target"]["lang"]].judgement(card)


def take_in(project: Project, *files: bytes, **scope: Any) -> Run:
    """Import a file, or a pair, as a run and return it as it ended."""
    uploads = dict(
        zip(
            ("upload", "upload_pair"),
            (ContentFile(content, name=f"{at}.txt") for at, content in enumerate(files)),
            strict=False,
        )
    )
    return work_off(queue_run(project, "import", scope=scope, **uploads))


def take_out(project: Project, format: str, **scope: Any) -> dict[str, bytes]:
    """Export as a run; the files of its zip by name."""
    run = work_off(queue_run(project, "export", scope={"format": format, **scope}))
    assert run.state == "done", run.message
    with run.result.open("rb") as stored, zipfile.ZipFile(io.BytesIO(stored.read())) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def member(project: Project, name: str, role: str, languages: Sequence[str]) -> Client:
    """A signed-in browser of a new member."""
    user = get_user_model().objects.create_user(name)
    join(project, user, role=role, languages=languages)
    client = Client()
    client.force_login(user)
    return client


def judge_all(client: Client, project: Project, path: str, person: Any) -> list[dict[str, Any]]:
    """Judge until nothing is left, over the desk's JSON addresses; the cards that were seen."""
    seen = []
    answer = client.get(f"/p/{project.slug}/{path}/next/")
    while True:
        assert answer.status_code == 200, answer.content
        card = answer.json()["card"]
        if card is None:
            return seen
        seen.append(card)
        answer = client.post(
            f"/p/{project.slug}/{path}/submit/",
            json.dumps(person.judgement(card)),
            content_type="application/json",
        )


def row_counts() -> dict[str, int]:
    """How many rows every table of ours has, but for notices: a run that ends is told of."""
    found = (m for label in ("annotate", "verify") for m in apps.get_app_config(label).get_models())
    return {m.__name__: m._base_manager.count() for m in found if m is not Notice}


def final_spans(lines: Iterable[bytes], language: str) -> dict[str, list[tuple[int, int, str]]]:
    """The decided spans of a native export by item."""
    found = {}
    for line in lines:
        row = json.loads(line)
        for rendition in row["renditions"]:
            if rendition["language"] == language and "reading" in rendition:
                spans = rendition["reading"].get("spans", [])
                found[row["id"]] = [(s["start"], s["end"], s["label"]) for s in spans]
    return found


def json_lines(path: Path, most: int) -> list[dict[str, Any]]:
    """The first rows of a file of JSON lines."""
    with path.open(encoding="utf-8") as stream:
        return [json.loads(line) for _, line in zip(range(most), stream, strict=False)]
