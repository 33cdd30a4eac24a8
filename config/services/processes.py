"""Starting children that never outlive us, stopping them, and finding what an old run left."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.services.binaries import ServerUser

MARK = "VOUCH_SUPERVISED"
LONGEST_LOG = 10_000_000
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(slots=True)
class Child:
    """A running program, the signal that asks it to stop, and whether what it leaves is killed.

    PostgreSQL and Redis are never killed, nor is anything they leave: it ends by itself.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    ask: signal.Signals
    sweep: bool = False
    started: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.poll() is None


def spawn(
    name: str,
    argv: Sequence[str | os.PathLike[str]],
    *,
    log: Path,
    ask: signal.Signals,
    env: Mapping[str, str],
    cwd: Path,
    user: ServerUser | None = None,
    pass_fds: Iterable[int] = (),
    sweep: bool = False,
) -> Child:
    """Start a program in a session of its own that ends when this process ends, even by kill -9.

    Call from the main thread before other threads exist: the kernel ties the death signal to
    the starting *thread*, and `preexec_fn` is not safe among threads. Own session: Ctrl-C in
    the terminal reaches the supervisor only, which then stops things in order.
    """
    parent = os.getpid()
    switch = user is not None and user.switch
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            [os.fspath(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            user=user.uid if user and switch else None,
            group=user.gid if user and switch else None,
            extra_groups=[] if switch else None,
            umask=0o077,
            start_new_session=True,
            pass_fds=tuple(pass_fds),
            preexec_fn=_die_with(parent, ask),
        )
    return Child(name, process, log, ask, sweep)


def _die_with(parent: int, ask: signal.Signals) -> Callable[[], None] | None:
    """Runs in the child after the change of user, which would clear the setting."""
    libc = LIBC
    if libc is None:
        return None

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(ask), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def stop(children: Sequence[Child], grace: float, then: signal.Signals = signal.SIGKILL) -> None:
    """Ask all to end, after `grace` seconds insist with `then`, and sweep up their groups."""
    for child in children:
        if child.alive():
            child.process.send_signal(child.ask)
    deadline = time.monotonic() + grace
    for child in children:
        if not _ended(child, max(0.0, deadline - time.monotonic())):
            child.process.send_signal(then)
            _ended(child, 30.0)
        sweep_group(child)


def _ended(child: Child, seconds: float) -> bool:
    try:
        child.process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def sweep_group(child: Child) -> None:
    """Kill what a dead web server or worker left in its process group."""
    if child.sweep:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log, for a message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 8192))
            text = file.read().decode("utf-8", "replace")
    except OSError as error:
        return f"(no log: {error})"
    return "\n".join(text.splitlines()[-lines:])


def rotate(folder: Path) -> None:
    """Keep one older generation of each log that has grown long; call before a start."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > LONGEST_LOG:
            log.replace(log.with_suffix(".log.1"))


def _processes() -> Iterator[Path]:
    if sys.platform == "linux":
        yield from (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())


def servers_in(folder: Path, program: str) -> list[int]:
    """Ids of processes of `program` whose working folder is `folder`."""
    found = []
    for entry in _processes():
        with contextlib.suppress(OSError):
            running = (entry / "exe").readlink().name.removesuffix(" (deleted)")
            if running == program and (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
    return sorted(found)


def marked(home: Path) -> list[int]:
    """Ids of web and worker processes that an earlier run for `home` left behind."""
    mark = f"{MARK}={home}".encode()
    found = []
    for entry in _processes():
        with contextlib.suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return sorted(pid for pid in found if pid != os.getpid())


def end(find: Callable[[], list[int]], signals: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Send each signal in turn to what `find` returns until it returns nothing; did it?"""
    for number, seconds in signals:
        for pid in find():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not find():
                return True
            time.sleep(0.02)
    return not find()
