"""The product under its own supervisor for a bench, with a second web server whose clock is ahead."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from config.services import commands, processes, supervisor
from config.services.paths import Paths, paths

# Seconds.
AHEAD = 1200
CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(clock, at);
    if (!code && clock == CLOCK_REALTIME) at->tv_sec += %d;
    return code;
}
int gettimeofday(struct timeval *at, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec; at->tv_usec = now.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
"""


@dataclass
class Site:
    """The product under its supervisor."""

    supervisor: supervisor.Supervisor
    paths: Paths
    urls: list[str]

    def pid(self, name: str) -> int:
        return self.supervisor.kept[name].child.pid

    def child_of(self, name: str) -> int:
        pid = self.pid(name)
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])

    def database(self) -> list[int]:
        """All processes of PostgreSQL."""
        return processes.servers_in(self.paths.postgres, "postgres")

    def connection(self) -> int:
        """A process of PostgreSQL that serves a connection."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
                "AND pid <> pg_backend_pid() LIMIT 1"
            )
            return int(cursor.fetchone()[0])


@contextlib.contextmanager
def running() -> Iterator[Site]:
    """Everything up, on a home of its own; the caller must call ``supervisor.look`` all the time."""
    place = paths(Path(tempfile.mkdtemp(prefix="vouch-faults-")))
    place.home.chmod(0o711)
    for name in ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "MEDIA_ROOT", "STATIC_ROOT"):
        os.environ.pop(name, None)
    os.environ |= {
        "VOUCH_HOME": str(place.home), "VOUCH_DEMO": "0", "HTTPS": "0", "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "config.settings.production", "SECRET_KEY": secrets.token_urlsafe(50),
    }  # fmt: skip
    try:
        with supervisor.supervised(place) as (own, _):
            environment = commands.environment(place)
            commands.manage(place, environment, "migrate", "--no-input")
            commands.gather_static(place, environment)
            with commands.listener() as door, commands.listener() as second:
                for name, start in commands.programs(place, environment, door.fileno()).items():
                    own.start(name, start)
                urls = [f"http://127.0.0.1:{door.getsockname()[1]}"]
                clock = ahead(place.home)
                if clock:
                    skewed = environment | {"LD_PRELOAD": str(clock)}
                    web = commands.programs(place, skewed, second.fileno())["web"]
                    own.start("web-ahead", web)
                    urls.append(f"http://127.0.0.1:{second.getsockname()[1]}")
                for name, url in zip(("web", "web-ahead"), urls, strict=False):
                    kept = own.kept[name]
                    if not commands.answers(url + "/", alive=kept.child.alive):
                        raise SystemExit(processes.tail(kept.child.log))
                yield Site(own, place, urls)
    finally:
        shutil.rmtree(place.home, ignore_errors=True)


def ahead(folder: Path) -> Path | None:
    """A library that puts the clock of who loads it forward; None without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        return None
    source, library = folder / "clock.c", folder / "clock.so"
    source.write_text(CLOCK % AHEAD)
    argv = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    return library if subprocess.run(argv, check=False).returncode == 0 else None
