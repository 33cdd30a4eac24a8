"""Two web machines and two worker machines: nothing is shared but PostgreSQL, Redis and stored files."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from config.services.paths import ROOT
from tests.runtime.installations import wait_for
from tests.runtime.machines import Machine, shared, told
from tests.runtime.test_matrix import Install

sys.path.insert(0, str(ROOT / "clients/python/src"))

from vouch_client import Vouch

pytestmark = [pytest.mark.runtime, pytest.mark.slow]
ITEMS = 600
NAMES = ("Amina Diallo", "Tomas Velinski", "Ines Prado", "Otto Brandt", "Mina Sato", "Lena Vogel")
TOWNS = ("Dakar", "Lima", "Cusco", "Nairobi", "Oslo", "Quito")
KEPT = ("key", "label", "field", "start", "end", "surface", "source")
SET_UP = """
import json
from django.contrib.auth import get_user_model
from annotate.actions.tokens import make_token
user = get_user_model().objects.create_user("op", password="a long one", is_staff=True)
print(json.dumps(make_token(user, days=1)[1]))
"""


def sentences() -> bytes:
    """A source set with its translation: 600 sentences with a person and a place."""
    dice = random.Random(7)
    rows = []
    for number in range(ITEMS):
        name, town = dice.choice(NAMES), dice.choice(TOWNS)
        text = f"{name} lives in {town} since {1950 + number % 70}."
        at = text.index(town)
        spans = [
            {"start": 0, "end": len(name), "label": "PER", "surface": name},
            {"start": at, "end": at + len(town), "label": "LOC", "surface": town},
        ]
        rows.append({
            "id": f"s{number}", "fields": {"text": text}, "spans": spans,
            "translations": {"es": f"{name} vive en {town} desde {1950 + number % 70}."},
        })  # fmt: skip
    return "\n".join(json.dumps(row) for row in rows).encode()


@dataclass
class Fleet:
    """The machines of the site, the addresses of the web machines, and a token for programs."""

    machines: dict[str, Machine]
    webs: list[str]
    token: str


@pytest.fixture(scope="module")
def fleet(install: Install, place: Path) -> Iterator[Fleet]:
    servers = install("servers", home="servers-state")
    servers.argv = [sys.executable]
    storage = place / "storage"
    storage.mkdir()
    with servers.output.open("wb") as out:
        servers.process = subprocess.Popen(
            [*servers.argv, "-m", "config.services", "start-only"], cwd=servers.clone,
            env=servers.env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    wait_for(lambda: "take connections" in servers.said(), 60.0, "the servers")
    settings = shared(servers, storage)
    machines = {
        name: Machine.make(place, name, settings) for name in ("web1", "web2", "work1", "work2")
    }
    try:
        machines["web1"].do(*told("migrate"))
        webs = [machines["web1"].serve(), machines["web2"].serve()]
        machines["work1"].work("batch")
        machines["work1"].work("interactive")
        machines["work2"].work("batch")
        yield Fleet(machines, webs, str(machines["web1"].ask(SET_UP)))
    finally:
        for machine in machines.values():
            machine.lose_power()


def judgement(card: dict[str, Any]) -> dict[str, Any]:
    """What is sent of a card when every span that it shows is right."""
    spans = [
        {**{name: span.get(name) for name in KEPT}, "shown": span["key"], "verdict": "right",
         "cause": ""} for span in card["spans"]
    ]  # fmt: skip
    return {
        "kind": "review", "language": "es", "seat": card["seat"], "client_id": str(uuid.uuid4()),
        "outcome": "answered", "spans": spans,
    }  # fmt: skip


def redis_of(fleet: Fleet) -> int:
    """The process that serves Redis to the whole site."""
    sockets = (
        fleet.machines["web1"].env["CACHE_URL"].removeprefix("unix://").partition("/redis.sock")[0]
    )
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_text()
            except OSError:
                continue
            if "redis-server" in line and sockets in line:
                return int(entry.name)
    raise AssertionError("no Redis")


def test_a_data_set_is_made_over_all_of_them_though_one_loses_power(
    fleet: Fleet, tmp_path: Path
) -> None:
    first, second = (Vouch(url, fleet.token) for url in fleet.webs)
    project = first.create_project("News", source="en", targets=["es"], preset="ner-projection")
    source = tmp_path / "news.jsonl"
    source.write_bytes(sentences())
    run = project.import_file(source, format="native", create_labels="true")
    wait_for(lambda: project.run(run["id"])["state"] != "queued", 60.0, "the import to begin")
    # Messages under way go with Redis, and batches in work with the machine.
    os.kill(redis_of(fleet), signal.SIGKILL)
    fleet.machines["work2"].lose_power()
    began = time.monotonic()
    there = second.project("news")
    assert there.wait(run, timeout=240)["state"] == "done"
    there.settle(timeout=400)
    assert time.monotonic() - began < 400
    fleet.machines["work2"].work("batch")
    wait_for(lambda: len(workers(fleet)) == 3, 60.0, "the machine that came back")

    rows = list(there.items())
    assert len(rows) == ITEMS
    judged = 0
    card = there.claim("es")["card"]
    while card is not None and judged < 12:
        # One after the other by the one machine and by the other.
        desk = project if judged % 2 else there
        card = desk.submit(judgement(card))["card"]
        judged += 1
    assert judged > 0, [(one["stage"], one["state"], one["report"]) for one in there.runs()]
    out = project.wait(project.export("native", decided_only=False), timeout=120)
    there.download(out, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as packed:
        lines = packed.read("items.jsonl").decode().splitlines()
    assert len(lines) == ITEMS
    spanish = [
        one for line in lines for one in json.loads(line)["renditions"] if one["language"] == "es"
    ]
    assert sum(bool(one["reading"] and one["reading"]["spans"]) for one in spanish) > ITEMS * 0.95


def workers(fleet: Fleet) -> list[str]:
    """The workers that answer, asked through a web machine."""
    code = "import json; from annotate import site; print(json.dumps([w.name for w in site.workers()]))"
    found = fleet.machines["web2"].ask(code)
    assert isinstance(found, list)
    return found


def test_what_is_made_lies_in_the_storage_and_nothing_on_a_machine(
    fleet: Fleet, place: Path
) -> None:
    kept = {path.name for path in (place / "storage").iterdir()}
    assert {"uploads", "artifacts", "exports"} <= kept
    for machine in fleet.machines.values():
        assert machine.written() == set(), machine.name
