"""The embedded Redis, which carries messages to the workers and holds the cache."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

from config.services import processes
from config.services.binaries import Binaries, ServerUser
from config.services.paths import Paths, ServiceError
from config.services.processes import Child

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
READY_SECONDS = 60.0
STOP_SECONDS = 10.0


def start(paths: Paths, binaries: Binaries, user: ServerUser, *, durable: bool = True) -> Child:
    """Start the server and return when it answers; with `durable` every write is logged.

    A second Redis on the same socket would start and steal it without an error: the caller
    holds the lock of the home, and what an earlier run left is ended first.
    """
    gone = processes.end(
        lambda: processes.servers_in(paths.redis, "redis-server"),
        ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)),
    )
    if not gone:
        raise ServiceError(f"an earlier Redis still works in {paths.redis}: end it, then start")
    if not paths.redis.exists():
        paths.redis.mkdir(mode=0o700)
        if user.switch:
            os.chown(paths.redis, user.uid, user.gid)
    log = paths.logs / "redis.log"
    argv: list[str | Path] = [binaries.redis, "--port", "0", "--unixsocket", paths.redis_socket,
            "--unixsocketperm", "700", "--dir", paths.redis,
            "--appendonly", "yes" if durable else "no", "--save", "",
            "--maxmemory-policy", "noeviction", "--daemonize", "no"]  # fmt: skip
    child = processes.spawn(
        "redis", argv, log=log, ask=signal.SIGTERM, env=ENVIRONMENT, cwd=Path("/"), user=user
    )
    if not _ready(child, paths.redis_socket):
        raise ServiceError(f"Redis does not start; the end of {log}:\n{processes.tail(log)}")
    return child


def _ready(child: Child, path: Path) -> bool:
    """Wait for the server; one that is interrupted or takes too long is stopped."""
    ready = False
    deadline = time.monotonic() + READY_SECONDS
    try:
        while not ready and child.alive() and time.monotonic() < deadline:
            time.sleep(0.02)
            ready = _answers(path)
    finally:
        if not ready:
            stop(child)
    return ready


def _answers(path: Path) -> bool:
    """While it reads its log after a crash, it answers `-LOADING`: not yet."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1.0)
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def stop(child: Child) -> None:
    processes.stop([child], STOP_SECONDS)
