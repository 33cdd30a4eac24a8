"""Throw-away servers for tests and benches, beside whatever runs on this machine."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.services import postgres, servers
from config.services.paths import Paths, paths
from config.services.processes import Child


@dataclass(frozen=True, slots=True)
class Scratch:
    """A running cluster; `environment` points a child process of ours at it."""

    paths: Paths
    environment: dict[str, str]
    children: dict[str, Child]


@contextmanager
def scratch_cluster(
    *, fsync: bool = True, home: Path | None = None, database: bool = True
) -> Iterator[Scratch]:
    """PostgreSQL and Redis in a temporary home, gone with its data at the end.

    `fsync=False` is faster and for tests only; benches measure with the default. `home` is the
    place to use instead (it is removed too). `database` creates the database `vouch`.
    Start it from the main thread, before other threads exist.
    """
    place = paths(home or Path(tempfile.mkdtemp(prefix="vouch-scratch-")))
    place.home.mkdir(mode=0o700, exist_ok=True)
    place.home.chmod(0o711)  # ours; the server user has to enter it
    children: dict[str, Child] = {}
    try:
        with servers.prepared(place, fsync=fsync) as own:
            children["postgres"] = own.postgres()
            children["redis"] = own.redis()
            if database:
                postgres.make_database(place)
            environment = {"VOUCH_HOME": str(place.home), "VOUCH_SCRATCH": str(os.getpid())}
            yield Scratch(place, environment, children)
    finally:
        for name in reversed(list(children)):
            servers.stop(name, children[name])
        shutil.rmtree(place.home, ignore_errors=True)
        shutil.rmtree(place.sockets, ignore_errors=True)
