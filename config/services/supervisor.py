"""`run`: everything of one machine under one process, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from config.services import commands, postgres, processes, servers
from config.services.paths import Paths, ServiceError
from config.services.processes import Child
from config.services.servers import Servers

LOOK_SECONDS = 0.1
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
HEALTHY_SECONDS = 30.0
FAILURES = 5
# For requests and batches under way; a batch that is cut off is done again at the next start.
GRACE = 10.0
LEFTOVERS = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))


@dataclass(slots=True)
class Kept:
    """A program that is started again when it ends unasked."""

    start: Callable[[], Child]
    child: Child
    failures: int = 0
    due: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Keeps named programs alive."""

    kept: dict[str, Kept] = field(default_factory=dict)

    def start(self, name: str, start: Callable[[], Child]) -> None:
        self.kept[name] = Kept(start, start())

    def watch(self) -> None:
        """Look after the programs for ever. Raises ServiceError when one keeps failing."""
        while True:
            self.look()

    def look(self) -> None:
        """Start again what has ended, then rest for a moment. Raises ServiceError as ``watch``."""
        for name, kept in self.kept.items():
            if not kept.child.alive():
                self._revive(name, kept)
        time.sleep(LOOK_SECONDS)

    def _revive(self, name: str, kept: Kept) -> None:
        now = time.monotonic()
        if not kept.due:
            code = kept.child.process.returncode
            kept.failures = 0 if now - kept.child.started > HEALTHY_SECONDS else kept.failures
            kept.failures += 1
            if kept.failures > FAILURES:
                raise ServiceError(
                    f"{name} ended {FAILURES} times in a row (exit {code}); the end of "
                    f"{kept.child.log}:\n{processes.tail(kept.child.log)}"
                )
            kept.due = now + min(FIRST_PAUSE * 2 ** (kept.failures - 1), LONGEST_PAUSE)
            say(f"{name} ended (exit {code}); starting it again")
            processes.sweep_group(kept.child)
        elif now >= kept.due:
            kept.due = 0.0
            kept.child = kept.start()

    def stop(self) -> None:
        """Stop web and workers together, then the servers they depend on."""
        processes.stop([kept.child for kept in self.kept.values() if kept.child.sweep], GRACE)
        for name in reversed(list(self.kept)):
            if not self.kept[name].child.sweep:
                servers.stop(name, self.kept[name].child)
        self.kept.clear()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def supervised(paths: Paths) -> Iterator[tuple[Supervisor, Servers]]:
    """Hold the home with its servers up; on the way out everything is stopped in order."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    supervisor = Supervisor()
    with servers.prepared(paths) as own:
        if not processes.end(lambda: processes.marked(paths.home), LEFTOVERS):
            raise ServiceError(f"processes of an earlier run on {paths.home} do not end")
        try:
            for name, start in own.starters().items():
                supervisor.start(name, start)
            if "postgres" in supervisor.kept and postgres.make_database(paths):
                paths.demo_due.touch()
            yield supervisor, own
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            supervisor.stop()


def start_only(paths: Paths) -> None:
    """PostgreSQL and Redis in the foreground, without web and workers, until Ctrl-C."""
    with supervised(paths) as (supervisor, _):
        say(f"PostgreSQL and Redis of {paths.home} take connections in {paths.sockets}")
        supervisor.watch()


def run(paths: Paths) -> None:
    """The whole product in the foreground until Ctrl-C; prints where it is once it answers."""
    with supervised(paths) as (supervisor, _):
        environment = commands.environment(paths)
        commands.manage(paths, environment, "migrate", "--no-input")
        commands.gather_static(paths, environment)
        _build_demo(paths, environment)
        with commands.listener() as door:
            for name, start in commands.programs(paths, environment, door.fileno()).items():
                supervisor.start(name, start)
            address = f"http://127.0.0.1:{door.getsockname()[1]}/"
            _wait_for_page(supervisor, address)
            say(f"\nVouch is at {address}\nIts state and logs are in {paths.home}")
            if paths.sign_ins.exists():
                say(paths.sign_ins.read_text().rstrip())
            say("Ctrl-C stops it.")
            supervisor.watch()


def _build_demo(paths: Paths, environment: Mapping[str, str]) -> None:
    """Once per new database; when it fails, or `VOUCH_DEMO=0` puts it off, at the next start."""
    if not paths.demo_due.exists() or os.environ.get("VOUCH_DEMO") == "0":
        return
    say("Building the demo project ...")
    try:
        commands.manage(paths, environment, "demo", show=True)
    except ServiceError as error:
        say(f"The demo could not be built; Vouch goes on without it.\n{error}")
    else:
        paths.demo_due.unlink()


def _wait_for_page(supervisor: Supervisor, address: str) -> None:
    web = supervisor.kept["web"]
    if not commands.answers(address, alive=lambda: web.child.alive()):
        raise ServiceError(
            f"the web server does not answer; the end of {web.child.log}:\n"
            f"{processes.tail(web.child.log)}"
        )


def main(command: Callable[[Paths], None], paths: Paths) -> int:
    """Run a command of this module; the exit status: 0 after Ctrl-C, 1 with the cause printed."""
    try:
        command(paths)
    except KeyboardInterrupt:
        say("Stopped.")
    except ServiceError as error:
        sys.stderr.write(f"vouch: {error}\n")
        return 1
    return os.EX_OK
