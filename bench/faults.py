"""Bench: people judge and stages run while one part after the other is killed.

    .venv/bin/python bench/faults.py --people 32 --json

The product runs as ``make run`` starts it, under its supervisor, with production settings and default
durability. A second web server has a clock that is 20 minutes ahead (where a C compiler is at hand to
build it), and half of the people are sent there. In turn a web process, the web server, a worker's
process, the worker, Redis, a connection of PostgreSQL and PostgreSQL itself are killed; then the database
stands still for five seconds; at last an export meets a full disk.

One line for each fault with ``recovery_seconds``: the longest time without an answer to anybody after it,
for workers that until the next batch was done. The last line counts judgements ``lost`` (said to be saved
and not there) and ``doubled``, and tells whether all stages ``finished``. Leases are not waited for by the
disk: a crash of the database may forget one, and its seat is then ``handed_twice``; who answers last is told.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

import filling
import reviewers
from reviewer import Refused, Reviewer
from supervised import Site, running

from config.services import processes

LIMITS = {"lost": 0, "doubled": 0, "finished": True}
SETTLE, STILL = 12.0, 5.0


class Stubborn(Reviewer):
    """Asks again, as the page does, until the server answers; what it refuses is dropped and counted."""

    refused = 0

    def next(self) -> tuple[float, dict[str, Any] | None]:
        return self._patiently(super().next)

    def submit(
        self, card: dict[str, Any], *, body: bytes | None = None
    ) -> tuple[float, dict[str, Any] | None]:
        ask = super().submit
        return self._patiently(lambda: ask(card, body=body))

    def _patiently(self, ask: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 90
        while True:
            try:
                return ask()
            except (*reviewers.BROKEN, Refused) as error:
                if isinstance(error, Refused) and not str(error).startswith("5"):
                    raise
                if time.monotonic() > deadline:
                    raise
                self.again()
                time.sleep(0.2)


@dataclass
class Crowd:
    """People who judge until they are told to stop; every answer is noted."""

    reviewers: list[Stubborn]
    saved: list[int] = field(default_factory=list)
    given: list[tuple[int, int]] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> list[threading.Thread]:
        threads = [
            threading.Thread(target=self._judge, args=(number, reviewer), daemon=True)
            for number, reviewer in enumerate(self.reviewers)
        ]
        for thread in threads:
            thread.start()
        return threads

    def _judge(self, number: int, reviewer: Stubborn) -> None:
        try:
            card = reviewer.next()[1]
            while card and not self.is_over.is_set():
                self.given.append((card["seat"], number))
                try:
                    body, seat = reviewer.judgement(card), card["seat"]
                    card = reviewer.submit(card, body=body)[1]
                    self.saved.append(seat)
                except Refused as error:
                    self.refused.append(str(error)[:200])
                    card = reviewer.next()[1]
                self.answered.append(time.monotonic())
        except Exception as error:
            self.failures.append(repr(error)[:300])

    def silence(self, since: float) -> float:
        """The longest time without an answer to anybody, from ``since`` until now."""
        times = [since, *sorted(t for t in list(self.answered) if t >= since), time.monotonic()]
        return round(max(b - a for a, b in itertools.pairwise(times)), 2)


class Story(threading.Thread):
    """What happens, beside the supervisor that keeps the parts alive."""

    def __init__(self, site: Site, chosen: argparse.Namespace) -> None:
        super().__init__(daemon=True)
        self.site, self.chosen = site, chosen
        self.rows: list[dict[str, Any]] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._told()
        except BaseException as error:
            self.error = error

    def _told(self) -> None:
        import django

        django.setup()
        filled = filling.fill(self.chosen.items, overlap=2)
        people = filling.people(filled, self.chosen.people)
        urls = self.site.urls
        crowd = Crowd(
            [
                Stubborn(urls[n % len(urls)], filling.sign_in(p), filled.project.slug, 3)
                for n, p in enumerate(people)
            ]
        )
        staged = take_in(self.chosen.texts)
        threads = crowd.start()
        time.sleep(5.0)
        for name, act, measures in self._faults():
            self.rows.append(self._suffered(name, act, measures, crowd, staged))
        crowd.is_over.set()
        for thread in threads:
            thread.join(120)
        ended = finished(staged, self.chosen.texts)
        self.rows.append(full_disk(self.site, staged))
        self.rows.append(
            {
                "people": len(people), "judgements": len(crowd.saved),
                **account(crowd, filled), **ended,
                "refused": len(crowd.refused), "failures": crowd.failures[:3],
                "refusals": sorted(set(crowd.refused))[:3], "clock_ahead": len(urls) > 1,
                "limits": LIMITS,
            }
        )  # fmt: skip

    def _faults(self) -> list[tuple[str, Callable[[], None], str]]:
        site = self.site

        def kill(find: Callable[[], int]) -> Callable[[], None]:
            return lambda: os.kill(find(), signal.SIGKILL)

        def stand_still() -> None:
            stopped = site.database()
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            time.sleep(STILL)
            for pid in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

        return [
            ("a web process", kill(lambda: site.child_of("web")), "people"),
            ("the web server", kill(lambda: site.pid("web")), "people"),
            ("a worker's process", kill(lambda: site.child_of("worker")), "stages"),
            ("the worker", kill(lambda: site.pid("worker")), "stages"),
            ("Redis", kill(lambda: site.pid("redis")), "people"),
            ("a connection of PostgreSQL", kill(site.connection), "people"),
            ("PostgreSQL", kill(lambda: site.pid("postgres")), "people"),
            ("a database that stands still", stand_still, "people"),
        ]

    def _suffered(
        self, name: str, act: Callable[[], None], measures: str, crowd: Crowd, staged: Any
    ) -> dict[str, Any]:
        before, began = progress(staged), time.monotonic()
        act()
        recovered = None
        if measures == "stages":
            while progress(staged) == before and time.monotonic() < began + 90:
                time.sleep(0.1)
            recovered = round(time.monotonic() - began, 2)
        time.sleep(max(0.0, SETTLE - (time.monotonic() - began)))
        seconds = recovered if measures == "stages" else crowd.silence(began)
        return {"fault": name, "recovery_seconds": seconds, "of": measures}


def take_in(texts: int) -> Any:
    """A project that the stages have to work through: import it and let them begin."""
    from django.core.files.base import ContentFile
    from django_scopes import scope

    from annotate.actions.projects import create_project
    from annotate.actions.runs import queue_run

    spans = []
    for label, surface, _ in filling.SPANS:
        start = 10 + filling.SOURCE.index(surface)
        spans.append({"label": label, "start": start, "end": start + len(surface)})
    lines = [
        json.dumps({
            "id": f"t{n}", "language": "en", "text": f"{n:010d}{filling.SOURCE}", "spans": spans,
            "translations": {"es": f"{n:010d}{filling.TARGET}"},
        })
        for n in range(texts)
    ]  # fmt: skip
    project = create_project(name="staged", source="en", targets=["es"])
    with scope(project=project):
        queue_run(
            project, "import",
            scope={"format": "native", "language": "en", "create_labels": True},
            upload=ContentFile("\n".join(lines).encode(), name="texts.jsonl"),
        )  # fmt: skip
    return project


def progress(project: Any) -> tuple[int, int, int]:
    """Something that changes with every batch of the project."""
    from django.db import connection

    counts = []
    for table in ("annotate_candidate", "annotate_consensus", "annotate_rendition"):
        for _ in range(100):
            try:
                with connection.cursor() as cursor:
                    cursor.execute(
                        f"SELECT count(*) FROM {table} WHERE project_id = %s", [project.pk]
                    )
                    counts.append(cursor.fetchone()[0])
                break
            except Exception:
                connection.close()
                time.sleep(0.2)
    return counts[0], counts[1], counts[2]


def account(crowd: Crowd, filled: Any) -> dict[str, int]:
    """What the database says of the judgements."""
    found = reviewers.account(crowd, filled)  # type: ignore[arg-type]
    return {"lost": found["lost"], "doubled": found["doubled"], "handed_twice": found["handed"]}


def finished(project: Any, texts: int) -> dict[str, Any]:
    """Whether every stage came to its end with every row."""
    from django_scopes import scope

    from annotate.models import Consensus, Item, Run, RunError

    live = ("queued", "running")
    deadline = time.monotonic() + 300
    with scope(project=project):
        while time.monotonic() < deadline and (
            Run.objects.filter(project=project, state__in=live).exists()
            or Consensus.objects.filter(project=project, of="machines", route_due=False).count() < texts
        ):  # fmt: skip
            time.sleep(0.5)
        routed = Consensus.objects.filter(project=project, of="machines", route_due=False).count()
        failed = RunError.objects.filter(project=project, is_resolved=False).count()
        states = set(Run.objects.filter(project=project).values_list("state", flat=True))
        items = Item.objects.filter(project=project).count()
    return {
        "finished": (items, routed, failed) == (texts, texts, 0) and "failed" not in states,
        "items": items, "routed": routed, "failed_rows": failed, "run_states": sorted(states),
    }  # fmt: skip


def full_disk(site: Site, project: Any) -> dict[str, Any]:
    """An export that cannot be written fails with the cause and leaves no file; then it works."""
    from django_scopes import scope

    from annotate.actions.runs import queue_run, wait_for

    group = [p for p in processes.marked(site.paths.home) if "celery" in _command(p)]
    with scope(project=project):
        began = time.monotonic()
        for pid in group:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        first = queue_run(project, "export", scope={"format": "native", "decided_only": False})
        wait_for(first, seconds=120)
        left = [path for path in site.paths.files.rglob("exports/*") if path.is_file()]
        for pid in group:
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        second = queue_run(project, "export", scope={"format": "native", "decided_only": False})
        wait_for(second, seconds=120)
    return {
        "fault": "a full disk on export", "of": "stages",
        "recovery_seconds": round(time.monotonic() - began, 2), "first": first.state,
        "message": first.message[:200], "left_behind": len(left), "then": second.state,
    }  # fmt: skip


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def main() -> None:
    """A line for each fault and one for all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=32)
    parser.add_argument("--items", type=int, default=20_000, help="texts to be judged")
    parser.add_argument("--texts", type=int, default=4_000, help="texts for the stages")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with contextlib.redirect_stdout(sys.stderr), running() as site:
        story = Story(site, chosen)
        story.start()
        while story.is_alive():
            site.supervisor.look()
    if story.error:
        raise story.error
    for row in story.rows:
        print(json.dumps(row) if chosen.json else "  ".join(f"{k} {v}" for k, v in row.items()))


if __name__ == "__main__":
    main()
