"""The programs of Vouch itself: management commands, the web server, the workers."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from config.services import processes
from config.services.paths import ROOT, Paths, ServiceError
from config.services.processes import MARK, Child

FIRST_PORT = 8000
PORTS_TRIED = 100
READY_SECONDS = 60.0


def environment(paths: Paths) -> dict[str, str]:
    """What our children get: this home, and the mark by which a later start finds leftovers."""
    return {**os.environ, "VOUCH_HOME": str(paths.home), MARK: str(paths.home)}


def manage(paths: Paths, environment: Mapping[str, str], *args: str, show: bool = False) -> None:
    """Run `manage.py ARGS`. Its output goes to a log, or with `show` to the terminal.

    Raises ServiceError with the end of the output when it fails.
    """
    log = paths.logs / f"{args[0]}.log"
    argv = [sys.executable, str(ROOT / "manage.py"), *args]
    with log.open("wb") as out:
        # Its own session: Ctrl-C reaches us only, and we end it.
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=None if show else out,
            stderr=None if show else subprocess.STDOUT,
            env=dict(environment),
            cwd=ROOT,
            umask=0o077,  # the demo's passwords are for our eyes only
            start_new_session=True,
        )
        try:
            code = child.wait()
        except KeyboardInterrupt:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise
    if code:
        cause = "its output is above" if show else processes.tail(log)
        raise ServiceError(f"manage.py {' '.join(args)} failed (exit {code}):\n{cause}")


def gather_static(paths: Paths, environment: Mapping[str, str]) -> None:
    """Hash and compress the static files, unless nothing changed since the last start."""
    packages = Path(sysconfig.get_path("purelib"))
    files = [
        path for folder in (ROOT / "static", *ROOT.glob("*/static")) for path in folder.rglob("*")
    ]
    files += [packages, ROOT / "config" / "settings" / "base.py"]  # a package came, left, changed
    seen = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(files)]
    mark = hashlib.sha256(repr(seen).encode()).hexdigest()
    stamp = paths.home / "static-stamp"
    if not stamp.exists() or stamp.read_text() != mark:
        manage(paths, environment, "collectstatic", "--no-input", "--verbosity=0")
        stamp.write_text(mark)


def listener() -> socket.socket:
    """A listening socket on loopback: `PORT` (default 8000), or the next one that is free.

    It is bound here and handed to the web server, so that two starts at once cannot take the
    same port and a restart of the web server refuses nobody.
    """
    first = _wanted_port()
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        door = socket.socket(socket.AF_INET)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
            door.listen(2048)
        except OSError as error:
            door.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
        else:
            return door
    raise ServiceError(f"no free port from {first} on: name one in PORT")


def _wanted_port() -> int:
    text = os.environ.get("PORT", str(FIRST_PORT))
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ServiceError(f"PORT is {text!r}; it must be a number from 1 to 65535")
    return int(text)


def web_argv(file: int) -> list[str]:
    """The web server on an inherited listening socket."""
    return [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"fd://{file}",
            "--worker-class", "gthread", "--workers", "2", "--threads", "8",
            "--graceful-timeout", "5", "--timeout", "60", "--no-control-socket"]  # fmt: skip


def worker_argv(name: str, queues: str, processes: int, *more: str) -> list[str]:
    """A Celery worker of `processes` processes on comma-separated `queues`."""
    return [sys.executable, "-m", "celery", "-A", "config.celery", "worker",
            "--hostname", f"{name}@%h", "--queues", queues, "--concurrency", str(processes),
            "--loglevel", "INFO", "--without-gossip", "--without-mingle", *more]  # fmt: skip


def programs(
    paths: Paths, environment: Mapping[str, str], door: int
) -> dict[str, Callable[[], Child]]:
    """How to start the web server and the workers.

    The interactive worker is apart so that a trial never waits behind a batch; it also sends
    the periodic `sweep`, because it is never long busy.
    """
    count = int(os.environ.get("VOUCH_WORKERS") or max(1, min(4, os.cpu_count() or 1)))
    batch = worker_argv("worker", "default,llm,gpu", count)
    interactive = worker_argv(
        "interactive", "interactive", 1, "--beat", "--schedule", str(paths.schedule)
    )

    def starter(name: str, argv: list[str], *files: int) -> Callable[[], Child]:
        return partial(
            processes.spawn,
            name,
            argv,
            log=paths.logs / f"{name}.log",
            ask=signal.SIGTERM,
            env=environment,
            cwd=ROOT,
            pass_fds=files,
            sweep=True,
        )

    return {
        "web": starter("web", web_argv(door), door),
        "worker": starter("worker", batch),
        "interactive": starter("interactive", interactive),
    }


def answers(address: str, *, alive: Callable[[], bool]) -> bool:
    """Wait until a page comes, whatever its status; False when the server ends or stays silent."""
    deadline = time.monotonic() + READY_SECONDS
    while alive() and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=10).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False
