"""The embedded PostgreSQL: make its data folder, start it, wait for it, make the database."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from config.services import processes
from config.services.binaries import Binaries, ServerUser
from config.services.paths import Paths, ServiceError
from config.services.processes import Child

NAME = "vouch"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
# Recovery after a crash reads the log of everything since the last checkpoint.
READY_SECONDS = 300.0
STOP_SECONDS = 10.0
ATTEMPTS = 5
SAFE = ("-c", "fsync=on")
FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


def initialise(paths: Paths, binaries: Binaries, user: ServerUser) -> None:
    """Make the data folder when there is none; refuse one of another major version.

    Collation is PostgreSQL's own C.UTF-8: code point order, the same on every system.
    Sign-in is by operating system user only, so there is no password and no open door.
    """
    version = paths.postgres / "PG_VERSION"
    if version.exists():
        _check_major(version.read_text().strip(), binaries, paths.postgres)
        return
    unfinished = paths.home / "postgres.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if user.switch:
        os.chown(unfinished, user.uid, user.gid)
    argv: list[str | Path] = [binaries.postgres / "initdb", "-D", unfinished, "-U", NAME, "-A", "peer",
            "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            "--locale=C.UTF-8", "--data-checksums"]  # fmt: skip
    done = subprocess.run(
        argv,
        env=ENVIRONMENT,
        cwd="/",
        capture_output=True,
        text=True,
        user=user.uid if user.switch else None,
        group=user.gid if user.switch else None,
        extra_groups=[] if user.switch else None,
        check=False,
    )
    if done.returncode:
        raise ServiceError(f"PostgreSQL cannot make {paths.postgres}:\n{done.stderr.strip()}")
    unfinished.rename(paths.postgres)


def _check_major(found: str, binaries: Binaries, data: Path) -> None:
    if found != binaries.major:
        raise ServiceError(
            f"{data} was written by PostgreSQL {found} and this is {binaries.major}: dump it "
            "with the Vouch that wrote it and restore it here, or move the folder away"
        )


def _allow(paths: Paths, user: ServerUser) -> None:
    """Only we and the server's own user may sign in, over the socket."""
    names = {user.name} | ({"root"} if user.switch else set())
    lines = "".join(f'{NAME} "{name}" {NAME}\n' for name in sorted(names))
    for name, text in (("pg_hba.conf", f"local all {NAME} peer map={NAME}\n"),
                       ("pg_ident.conf", lines)):  # fmt: skip
        path = paths.postgres / name
        if path.read_text() != text:
            path.write_text(text)


def start(
    paths: Paths, binaries: Binaries, user: ServerUser, *, fsync: bool, connections: int = 100
) -> Child:
    """Start the server, clean up after a crash first, and return when it takes connections.

    Right after a kill -9 the first try may meet the dying rest of the old server: try again.
    Raises ServiceError with the end of the log when it will not start.
    """
    _allow(paths, user)
    log = paths.logs / "postgres.log"
    argv: list[str | Path] = [binaries.postgres / "postgres", "-D", paths.postgres, "-k", paths.sockets,
            "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700",
            "-c", "logging_collector=off", "-c", f"max_connections={connections}",
            *(SAFE if fsync else FAST)]  # fmt: skip
    for attempt in range(ATTEMPTS):
        _clear(paths.postgres)
        child = processes.spawn(
            "postgres", argv, log=log, ask=signal.SIGINT, env=ENVIRONMENT, cwd=Path("/"), user=user
        )
        if _ready(child, paths.postgres):
            return child
        time.sleep(0.1 * 2**attempt)
    raise ServiceError(f"PostgreSQL does not start; the end of {log}:\n{processes.tail(log)}")


def _ready(child: Child, data: Path) -> bool:
    """Wait for the server; one that is interrupted or takes too long is stopped."""
    ready = False
    deadline = time.monotonic() + READY_SECONDS
    try:
        while not ready and child.alive() and time.monotonic() < deadline:
            time.sleep(0.02)
            lines = _pid_file(data)
            ready = len(lines) >= 8 and (lines[0].strip(), lines[7].strip()) == (
                str(child.pid),
                "ready",
            )
    finally:
        if not ready:
            stop(child)
    return ready


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _clear(data: Path) -> None:
    """End what a killed server left, then drop its pid file.

    A backend in the middle of a statement outlives its postmaster and blocks the next start. A
    pid file whose number now belongs to another process of the same user blocks it for ever; it
    may go only when no server works in the folder. We hold the lock of the home, so whatever
    works in the folder is a leftover.
    """
    lines = _pid_file(data)
    if not lines:
        return
    number = lines[0].strip()
    left = processes.servers_in(data, "postgres")
    if re.fullmatch(r"\d+", number) and int(number) in left:
        os.kill(int(number), signal.SIGINT)
    gone = processes.end(
        lambda: processes.servers_in(data, "postgres"),
        ((signal.SIGTERM, 30.0), (signal.SIGQUIT, 10.0)),
    )
    if not gone:
        raise ServiceError(
            f"an earlier PostgreSQL still works in {data} and does not stop: end it, then start"
        )
    (data / "postmaster.pid").unlink(missing_ok=True)


def stop(child: Child) -> None:
    """Stop fast and cleanly; a server that does not is told to quit, never killed."""
    processes.stop([child], STOP_SECONDS, signal.SIGQUIT)


def make_database(paths: Paths, name: str = NAME) -> bool:
    """Create the database when it is missing; was it?"""
    import psycopg
    from psycopg import sql

    with psycopg.connect(
        host=str(paths.sockets), user=NAME, dbname="postgres", autocommit=True
    ) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return True
