"""Whole installations of Vouch, started, killed and looked at from outside."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from config.services.paths import ROOT, Paths

LEFT_OUT = (".git", ".venv", "var", "shared", "__pycache__", "node_modules", ".*_cache")
OURS = ("VOUCH_", "PYTEST_", "DJANGO_", "DATABASE_", "REDIS_", "CACHE_", "MEDIA_", "STATIC_")
START_SECONDS = 120.0
STOP_SECONDS = 40.0
PROBE = """
import json, socket, sys, psycopg
from config.services import database_settings, paths
where = database_settings()
client = socket.socket(socket.AF_UNIX); client.connect(str(paths().redis_socket))
def redis(line):
    client.sendall(line + b"\\r\\n")
    return client.recv(4096)
with psycopg.connect(host=where["HOST"], user=where["USER"], dbname=where["NAME"]) as database:
    if sys.argv[1] == "write":
        database.execute("CREATE TABLE IF NOT EXISTS runtime_sentinel (value bigint)")
        database.execute("INSERT INTO runtime_sentinel SELECT generate_series(1, 1000)")
        redis(b"RPUSH runtime_sentinel 1 2 3")
    rows = database.execute("SELECT count(*), sum(value) FROM runtime_sentinel").fetchone()
print(json.dumps([int(rows[0]), int(rows[1]), int(redis(b"LLEN runtime_sentinel")[1:])]))
"""


def process_ids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def read_process(pid: int, name: str) -> str:
    """A file of /proc as text; empty when the process has gone meanwhile."""
    try:
        return (Path("/proc") / str(pid) / name).read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.05)


@dataclass
class Installation:
    """A copy of the tree with its own state, run as `uid` (None: as we are)."""

    clone: Path
    paths: Paths
    argv: list[str]
    env: dict[str, str]
    uid: int | None = None
    process: subprocess.Popen[bytes] | None = None
    written: list[int] | None = None
    output: Path = field(default_factory=lambda: Path(tempfile.mkstemp(prefix="vouch-out-")[1]))

    def start(self) -> str:
        """Start, wait for the address and return it."""
        self.begin()
        return self.address()

    def begin(self) -> None:
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [*self.argv, "-m", "config.services", "run"],
                cwd=self.clone,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                **self._as_user(),
            )

    def address(self) -> str:
        """Wait until the product says where it is."""
        assert self.process is not None
        process = self.process
        wait_for(
            lambda: "Ctrl-C stops it" in self.said() or process.poll() is not None,
            START_SECONDS,
            "the address",
        )
        assert process.poll() is None, f"ended with {process.returncode}:\n{self.said()}"
        return next(
            line.split()[-1] for line in self.said().splitlines() if line.startswith("Vouch is at")
        )

    def said(self) -> str:
        return self.output.read_text("utf-8", "replace")

    def stop(self) -> None:
        """Ctrl-C, then nothing may be left."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(STOP_SECONDS) == 0, self.said()
        self.process = None
        assert self.left() == {}

    def children(self) -> dict[str, int]:
        """The main process of each program under the supervisor."""
        assert self.process is not None
        found = {}
        for pid in process_ids():
            fields = read_process(pid, "stat").rpartition(")")[2].split()
            if len(fields) < 2 or fields[1] != str(self.process.pid) or fields[0] == "Z":
                continue
            line = read_process(pid, "cmdline")
            for name, sign in (("postgres", "/postgres\0-D"), ("redis", "redis-server"),
                               ("web", "gunicorn"), ("worker", "worker@"),
                               ("interactive", "interactive@")):  # fmt: skip
                if sign in line:
                    found[name] = pid
        return found

    def left(self) -> dict[int, str]:
        """Processes that belong to this installation."""
        sign = str(self.paths.home)
        found = {}
        for pid in process_ids():
            texts = (read_process(pid, "cmdline"), read_process(pid, "environ"))
            try:
                texts += (str(Path(f"/proc/{pid}/cwd").readlink()),)
            except OSError:
                continue
            if any(sign in text for text in texts) and pid != os.getpid():
                found[pid] = texts[0].replace("\0", " ")
        return found

    def probe(self, deed: str) -> list[int] | None:
        """Write the sentinel rows, or count and add up what is there; None: no connection."""
        done = subprocess.run(
            [*self.argv, "-c", PROBE, deed],
            cwd=self.clone,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            **self._as_user(),
        )
        starting = ("OperationalError", "ConnectionRefusedError", "FileNotFoundError", "LOADING")
        if done.returncode and any(sign in done.stderr for sign in starting):
            return None
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def write(self) -> None:
        self.written = self.probe("write")

    def check_data(self) -> None:
        """Wait until the servers answer, then compare."""
        assert self.written is not None
        deadline = time.monotonic() + 30.0
        while (found := self.probe("read")) is None:
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)
        assert found == self.written

    def _as_user(self) -> dict[str, object]:
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": pwd.getpwuid(self.uid).pw_gid, "extra_groups": []}

    def remove(self) -> None:
        """End everything, whatever state a failed test left, and delete the state."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        for folder in (self.paths.home, self.paths.sockets, self.clone):
            shutil.rmtree(folder, ignore_errors=True)
        self.output.unlink(missing_ok=True)


def modes_above(*places: Path) -> dict[str, str]:
    """The mode and owner of each folder above, for comparing before and after."""
    folders = {parent for place in places for parent in [place, *place.parents]}
    found = {}
    for folder in sorted(folders):
        if folder.exists():
            info = folder.stat()
            found[str(folder)] = f"{stat.filemode(info.st_mode)} {info.st_uid}:{info.st_gid}"
    return found


def clone_into(folder: Path) -> Path:
    """Copy the tree without what git would ignore."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    return folder


def environment(**more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**clean, "PORT": "8640", "VOUCH_WORKERS": "1", "VOUCH_DEMO": "0", **more}


def python_for(uid: int, copy: Path) -> tuple[str, dict[str, str]]:
    """An interpreter with our packages for `uid`: ours, or hard links to it where `uid` may go.

    Ours often lies under root's home. Returns the program and the environment it needs.
    """
    if _may(uid, sys.executable, "-c", "import django, psycopg"):
        return sys.executable, {}
    base, version = Path(sys.base_prefix), f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = Path(sysconfig.get_path("purelib"))
    (copy / "bin").mkdir(parents=True)
    shutil.copy2(base / "bin" / version, copy / "bin" / version)
    _link(base / "lib", copy / "lib")
    if not _may(uid, "/bin/ls", str(packages / "django")):
        _link(packages, copy / "packages")
        packages = copy / "packages"
    return str(copy / "bin" / version), {
        "PYTHONHOME": str(copy),
        "PYTHONPATH": str(packages),
        "LD_LIBRARY_PATH": str(copy / "lib"),
    }


def _link(source: Path, target: Path) -> None:
    """Hard links, or copies on another file system."""
    linked = subprocess.run(["cp", "-al", source, target], check=False, capture_output=True)
    if linked.returncode:
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", source, target], check=True)


def _may(uid: int, *argv: str) -> bool:
    """Does the command work for `uid`?"""
    try:
        done = subprocess.run(argv, user=uid, cwd="/", check=False, capture_output=True)
    except PermissionError:
        return False
    return done.returncode == 0
