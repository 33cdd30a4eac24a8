"""Machines of one site, each with a clone, a home and a process group of its own.

They share what docs/operations.md says they must: PostgreSQL, Redis, stored files and SECRET_KEY.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from config.services.paths import ROOT
from tests.runtime.installations import Installation, clone_into, environment, wait_for

START_SECONDS = 90.0
SECRET = "a secret that every machine of the site has, of fifty characters and more"


def told(*words: str) -> list[str]:
    """The command of docs/operations.md's real site that has these words, without its Python."""
    block = (
        (ROOT / "docs/operations.md")
        .read_text("utf-8")
        .partition("## A real site")[2]
        .split("```")[1]
    )
    (line,) = (line for line in block.splitlines() if all(word in line for word in words))
    python, *command = shlex.split(line)
    assert python == ".venv/bin/python"
    return command


def shared(servers: Installation, storage: Path) -> dict[str, str]:
    """The settings that all machines of the site have alike."""
    sockets = servers.paths.sockets
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.production", "SECRET_KEY": SECRET, "HTTPS": "0",
        "DATABASE_URL": f"postgres://vouch@/vouch?host={sockets}", "MEDIA_ROOT": str(storage),
        "REDIS_URL": f"redis+socket://{sockets}/redis.sock?virtual_host=0",
        "CACHE_URL": f"unix://{sockets}/redis.sock?db=1", "LOG_LEVEL": "INFO",
    }  # fmt: skip


@dataclass
class Machine:
    """One machine: programs are started on it, and it can lose its power."""

    name: str
    clone: Path
    env: dict[str, str]
    programs: list[tuple[list[str], subprocess.Popen[bytes]]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def make(cls, place: Path, name: str, settings: dict[str, str]) -> Machine:
        """A machine with a clone and an empty home."""
        home = place / name / "home"
        home.mkdir(parents=True)
        own = {"VOUCH_HOME": str(home), "STATIC_ROOT": str(home / "static")}
        return cls(name, clone_into(place / name / "vouch"), environment(**settings, **own))

    @property
    def home(self) -> Path:
        return Path(self.env["VOUCH_HOME"])

    @property
    def log(self) -> Path:
        return self.home / "log"

    def do(self, *argv: str) -> str:
        """Run a program to its end; what it printed."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", *argv], cwd=self.clone, env=self.env, check=False,
            capture_output=True, text=True, timeout=START_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *argv: str) -> None:
        """Run a program from here on, in a process group of its own, as a service is run."""
        with self.lock:
            if not self.programs:
                threading.Thread(target=self._keep, daemon=True).start()
            self.programs.append((list(argv), self._run(list(argv))))

    def _run(self, argv: list[str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as out:
            return subprocess.Popen(
                [sys.executable, *argv], cwd=self.clone, env=self.env, stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def _keep(self) -> None:
        """Start again what ended, as the docs ask of a service manager, until the power is lost."""
        while True:
            time.sleep(0.5)
            with self.lock:
                if not self.programs:
                    return
                for place, (argv, program) in enumerate(self.programs):
                    if program.poll() is not None:
                        _end(program)
                        self.programs[place] = (argv, self._run(argv))

    def serve(self) -> str:
        """Start a web server as the docs say; its address."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.do(*told("collectstatic"))
        self.start(*(part.replace(":8000", f":{port}") for part in told("gunicorn")))
        wait_for(lambda: _answers(port), START_SECONDS, f"the web server of {self.name}")
        return f"http://127.0.0.1:{port}"

    def work(self, name: str) -> None:
        """Start the worker of this name as the docs say."""
        self.start(*(part.replace("%h", self.name) for part in told("celery", f"{name}@%h")))

    def lose_power(self) -> None:
        """End every program at once, as a machine does whose plug is pulled."""
        with self.lock:
            for _argv, program in self.programs:
                _end(program)
            self.programs.clear()

    def written(self) -> set[str]:
        """What the machine keeps in its home, beside the log and the gathered static files."""
        found = {path.name.partition(".")[0] for path in self.home.iterdir()}
        return found - {"log", "static", "schedule"}

    def ask(self, code: str) -> object:
        """Run lines of Python in the site's shell; what they print, read as JSON."""
        return json.loads(
            self.do("manage.py", "shell", "--no-imports", "-c", code).splitlines()[-1]
        )


def _end(program: subprocess.Popen[bytes]) -> None:
    """Kill a program with all that it began."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
