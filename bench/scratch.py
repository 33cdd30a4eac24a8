"""Production-like services for a bench: a scratch cluster, migrated, with gunicorn on loopback.

A bench script imports this module before Django and works inside the context:

    with scratch.served() as site:
        site.setup_django()
        ... fill the database, then time requests to site.url ...
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from config.services import commands, processes
from config.services.paths import Paths, ServiceError
from config.services.processes import Child
from config.services.scratch import scratch_cluster

REPLACED = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "MEDIA_ROOT", "STATIC_ROOT")
STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Site:
    """A running site: its address (None without web), places, environment and programs."""

    url: str | None
    paths: Paths
    environment: dict[str, str]
    children: dict[str, Child]

    def setup_django(self) -> None:
        """Let this process use the models of the site."""
        import django

        django.setup()


@contextmanager
def served(
    *, web: bool = True, workers: bool = False, environment: dict[str, str] | None = None
) -> Iterator[Site]:
    """Start everything with default durability and production settings; stop and delete it after.

    `web` starts gunicorn as `make run` does, `workers` the Celery workers; `environment` adds
    settings. This process's own environment points at the site while the context is open.
    Raises ServiceError when something does not start.
    """
    before = dict(os.environ)
    with ExitStack() as stack:
        cluster = stack.enter_context(scratch_cluster(fsync=True))
        for name in REPLACED:
            os.environ.pop(name, None)
        os.environ.update(
            cluster.environment,
            DJANGO_SETTINGS_MODULE="config.settings.production",
            SECRET_KEY=secrets.token_urlsafe(50),
            HTTPS="0",
            LOG_LEVEL="WARNING",
            **(environment or {}),
        )
        stack.callback(_restore, before)
        own = commands.environment(cluster.paths)
        commands.manage(cluster.paths, own, "migrate", "--no-input")
        chosen = (["web"] if web else []) + (["worker", "interactive"] if workers else [])
        if web:
            commands.gather_static(cluster.paths, own)
        door = stack.enter_context(commands.listener())
        children = _start(stack, cluster.paths, own, door.fileno(), chosen)
        url = f"http://127.0.0.1:{door.getsockname()[1]}" if web else None
        if url and not commands.answers(url + "/", alive=children["web"].alive):
            raise ServiceError(processes.tail(children["web"].log))
        yield Site(url, cluster.paths, own, {**cluster.children, **children})


def _start(
    stack: ExitStack, paths: Paths, environment: dict[str, str], door: int, names: Sequence[str]
) -> dict[str, Child]:
    starters = commands.programs(paths, environment, door)
    children: dict[str, Child] = {}
    stack.callback(lambda: processes.stop(list(children.values()), STOP_SECONDS))
    for name in names:
        children[name] = starters[name]()
    return children


def _restore(before: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(before)
