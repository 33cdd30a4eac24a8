"""Vouch and its projects: import, run, wait, judge, release, export."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

from .http import Connection, basic
from .shapes import Page, ProjectRow, Run, RunFailed

LONGEST_WAIT = 25.0


class Vouch:
    """A server and a person's token. ``seconds`` bounds each wait for the network."""

    def __init__(self, address: str, token: str, *, seconds: float = 60) -> None:
        self.connection = Connection(address, f"Bearer {token}", seconds=seconds)

    @classmethod
    def sign_in(cls, address: str, name: str, password: str, *, days: int = 30) -> Vouch:
        """Make a token good for so many days and use it. Raises VouchError."""
        made = Connection(address, basic(name, password)).json("POST", "tokens/", {"days": days})
        return cls(address, made["token"])

    def create_project(
        self, name: str, *, source: str, targets: Sequence[str], **more: str
    ) -> Project:
        """Make a project; ``more`` may name preset, description, guidelines, licence."""
        asked = {"name": name, "source": source, "targets": list(targets), **more}
        return self.project(self.connection.json("POST", "projects/", asked)["slug"])

    def project(self, slug: str) -> Project:
        """A project by its slug; nothing is asked of the server yet."""
        return Project(self.connection, slug)

    def projects(self) -> Iterator[ProjectRow]:
        """All your projects, newest first."""
        return (cast(ProjectRow, row) for row in _pages(self.connection, "projects/"))


class Project:
    """One project on a server. Every method may raise VouchError."""

    def __init__(self, connection: Connection, slug: str) -> None:
        self.connection, self.slug = connection, slug
        self._base = f"projects/{quote(slug, safe='')}/"

    def import_file(
        self, upload: str | Path, *, pair: str | Path | None = None, **options: str
    ) -> Run:
        """Queue an import. ``pair`` translates ``upload`` row by row; options are the API's."""
        files = {"upload": Path(upload)} | ({"upload_pair": Path(pair)} if pair else {})
        return cast(Run, self.connection.upload(f"{self._base}import/", options, files))

    def start(self, stage: str) -> list[Run]:
        """Queue a stage: one run for each annotator that does it."""
        return cast(list[Run], self._post("stages/", {"stage": stage}))

    def wait(self, run: Run, *, timeout: float = 3600) -> Run:
        """The run once done. Raises RunFailed when it ended otherwise, TimeoutError after ``timeout``."""
        end = time.monotonic() + timeout
        while run["is_live"]:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"Run {run['id']} is still {run['state']} after {timeout} s.")
            asked = time.monotonic()
            path = f"runs/{run['id']}/wait/?seconds={min(left, LONGEST_WAIT):.3f}"
            run = cast(Run, self._get(path))
            if run["is_live"] and time.monotonic() - asked < 1:
                time.sleep(min(1.0, max(0.0, end - time.monotonic())))
        if run["state"] != "done":
            raise RunFailed(run)
        return run

    def runs(self) -> Iterator[Run]:
        """All runs, newest first."""
        return (cast(Run, row) for row in _pages(self.connection, f"{self._base}runs/"))

    def settle(self, *, timeout: float = 3600) -> None:
        """Wait until nothing is running: each stage begins when the one before it has ended.

        Raises RunFailed for a run that did not end well meanwhile, TimeoutError after ``timeout``.
        """
        end = time.monotonic() + timeout
        while live := [run for run in self.runs() if run["is_live"]]:
            for run in live:
                self.wait(run, timeout=max(0.0, end - time.monotonic()))

    def export(self, format: str, **options: Any) -> Run:
        """Queue an export: ``languages``, ``decided_only``, ``judgements``, ``candidates``."""
        return cast(Run, self._post("export/", {"format": format, **options}))

    def download(self, run: Run, to: str | Path) -> Path:
        """Fetch the file that a run made."""
        return self.connection.download(f"{self._base}runs/{run['id']}/result/", Path(to))

    def errors(self, run: Run) -> Iterator[dict[str, Any]]:
        """The rows that a run could not do, each with its cause."""
        return _pages(self.connection, f"{self._base}runs/{run['id']}/errors/")

    def items(self) -> Iterator[dict[str, Any]]:
        """All items with their texts in every language."""
        return _pages(self.connection, f"{self._base}items/")

    def claim(self, language: str, *, kind: str = "review") -> dict[str, Any]:
        """Your seat in a language, or the next; ``card`` is none when nothing is left."""
        asked = {"language": language, "kind": kind}
        return cast(dict[str, Any], self._post("claim/", asked))

    def submit(self, judgement: dict[str, Any]) -> dict[str, Any]:
        """Store a judgement, in the API's words, and claim the next seat."""
        return cast(dict[str, Any], self._post("submit/", judgement))

    def release(self, version: str, licence: str, **options: Any) -> dict[str, Any]:
        """Plan a release; its ``run`` is the id to wait for. VouchError 409 says what blocks it."""
        asked = {"version": version, "licence": licence, **options}
        return cast(dict[str, Any], self._post("releases/", asked))

    def run(self, pk: int) -> Run:
        """A run by its id."""
        return cast(Run, self._get(f"runs/{pk}/"))

    def download_release(self, pk: int, to: str | Path) -> Path:
        """Fetch the zip of a release."""
        return self.connection.download(f"{self._base}releases/{pk}/file/", Path(to))

    def _get(self, path: str) -> Any:
        return self.connection.json("GET", self._base + path)

    def _post(self, path: str, body: Any) -> Any:
        return self.connection.json("POST", self._base + path, body)


def _pages(connection: Connection, path: str, size: int = 500) -> Iterator[dict[str, Any]]:
    query = urlencode({"size": size})
    while True:
        page = cast(Page, connection.json("GET", f"{path}?{query}"))
        yield from page["results"]
        if page["next"] is None:
            return
        # Only the question is taken over: behind a proxy the host may be spelt otherwise.
        query = urlsplit(page["next"]).query
