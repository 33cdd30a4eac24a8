"""Making the folders of a home, and the lock that keeps a second start out of it."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.services.binaries import ServerUser
from config.services.paths import LONGEST_SOCKET_FOLDER, SYSTEM, Paths, ServiceError


def prepare(paths: Paths, user: ServerUser) -> None:
    """Make the folders of the home; only folders made here get a mode, no other one changes.

    Raises ServiceError when the servers could not work there.
    """
    if len(os.fsencode(paths.sockets)) > LONGEST_SOCKET_FOLDER:
        raise ServiceError(
            f"the folder for sockets {paths.sockets} is longer than {LONGEST_SOCKET_FOLDER} bytes"
        )
    try:
        if SYSTEM in paths.home.parents:
            SYSTEM.mkdir(mode=0o755, parents=True, exist_ok=True)
        if not paths.home.exists():
            paths.home.mkdir(parents=True)
            # The server user enters on its way to its own folder; it cannot list or write.
            paths.home.chmod(0o711 if user.switch else 0o700)
        for folder in (paths.logs, paths.files, paths.static):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ServiceError(
            f"cannot make {error.filename}: {error.strerror}; point VOUCH_HOME at a folder that "
            "you may write to"
        ) from error
    if user.switch:
        _check_reachable(paths.home, user)
    _socket_folder(paths.sockets, user)


def _check_reachable(home: Path, user: ServerUser) -> None:
    # The shell changes folder as the server user; subprocess's own `cwd` would still do so as root.
    entered = subprocess.run(
        ["/bin/sh", "-c", 'cd -- "$0"', str(home)],
        cwd="/", capture_output=True, user=user.uid, group=user.gid, extra_groups=[], check=False,
    )  # fmt: skip
    if entered.returncode:
        raise ServiceError(
            f"the user {user.name!r}, as whom the servers run, cannot enter {home}: unset "
            "VOUCH_HOME, or point it at a folder whose parents everybody may enter"
        )


def _socket_folder(folder: Path, user: ServerUser) -> None:
    """Make the folder, or check that the one there is ours: /tmp is open to everybody."""
    try:
        folder.mkdir(mode=0o700)
        if user.switch:
            os.chown(folder, user.uid, user.gid)
    except FileExistsError:
        found = folder.lstat()
        private = stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
        if not private or found.st_uid != user.uid:
            raise ServiceError(
                f"{folder} is not a private folder of {user.name!r}: remove it, then start again"
            ) from None


def secret_key(paths: Paths) -> str:
    """The key that signs sessions here; made at the first call, readable by us only."""
    try:
        handle = os.open(paths.secret_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return paths.secret_key.read_text().strip()
    with os.fdopen(handle, "w") as file:
        key = secrets.token_urlsafe(50)
        file.write(key)
    return key


@contextmanager
def locked(paths: Paths) -> Iterator[None]:
    """Hold the home for this process; the kernel lets go when the process ends, however.

    Raises ServiceError when another process holds it.
    """
    with paths.lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise ServiceError(
                f"Vouch already runs on {paths.home} (process {holder}): use it, or stop it first"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
