"""PostgreSQL and Redis of one home together: up, watched, down."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from config.services import home, postgres, processes, redis
from config.services.binaries import Binaries, ServerUser, binaries, server_user
from config.services.paths import Paths
from config.services.processes import Child


@dataclass(frozen=True, slots=True)
class Servers:
    """How to start each embedded server of a home, the first time and again."""

    paths: Paths
    programs: Binaries
    user: ServerUser
    fsync: bool

    def postgres(self) -> Child:
        postgres.initialise(self.paths, self.programs, self.user)
        return postgres.start(self.paths, self.programs, self.user, fsync=self.fsync)

    def redis(self) -> Child:
        return redis.start(self.paths, self.programs, self.user, durable=self.fsync)

    def starters(self) -> dict[str, Callable[[], Child]]:
        """The servers that the environment does not replace, in the order of starting."""
        chosen: dict[str, Callable[[], Child]] = {}
        if not os.environ.get("DATABASE_URL"):
            chosen["postgres"] = self.postgres
        if not os.environ.get("REDIS_URL"):
            chosen["redis"] = self.redis
        return chosen


@contextmanager
def prepared(paths: Paths, *, fsync: bool = True) -> Iterator[Servers]:
    """Hold the home and make its folders; start nothing yet."""
    user = server_user()
    home.prepare(paths, user)
    with home.locked(paths):
        home.secret_key(paths)
        processes.rotate(paths.logs)
        yield Servers(paths, binaries(), user, fsync)


def stop(name: str, child: Child) -> None:
    """Stop one server in the manner it wants."""
    if name == "postgres":
        postgres.stop(child)
    else:
        redis.stop(child)
