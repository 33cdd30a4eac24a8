"""Where the state, the sockets and the server binaries of one clone live."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SYSTEM = Path("/var/lib/vouch")

# PostgreSQL appends "/.s.PGSQL.5432.lock" to the folder; Linux allows 107 bytes in all.
# Redis starts on a longer path without an error and nobody can connect, so we check ourselves.
LONGEST_SOCKET_FOLDER = 88


class ServiceError(Exception):
    """A service cannot start; the message names the cause and the cure."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The places of one home. Nothing here exists until a server is started."""

    home: Path
    sockets: Path

    @property
    def postgres(self) -> Path:
        return self.home / "postgres"

    @property
    def redis(self) -> Path:
        return self.home / "redis"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def files(self) -> Path:
        """Uploads, exports and fitted models (Django's default storage)."""
        return self.home / "files"

    @property
    def fonts(self) -> Path:
        """Fonts of languages that `manage.py font` keeps."""
        return self.home / "fonts"

    @property
    def static(self) -> Path:
        """What `collectstatic` gathers."""
        return self.home / "static"

    @property
    def lock(self) -> Path:
        return self.home / "lock"

    @property
    def sign_ins(self) -> Path:
        """The demo's people and passwords, written by `manage.py demo`."""
        return self.home / "sign-ins.txt"

    @property
    def secret_key(self) -> Path:
        """A random key made at the first start, for `SECRET_KEY` when none is set."""
        return self.home / "secret-key"

    @property
    def demo_due(self) -> Path:
        """Exists from the making of the database until the demo was built."""
        return self.home / "demo-due"

    @property
    def schedule(self) -> Path:
        return self.home / "beat-schedule"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"


def is_root() -> bool:
    return os.geteuid() == 0


def digest(path: Path) -> str:
    """Eight hex digits that tell one home from another."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]


def default_home() -> Path:
    """`VOUCH_HOME`, else `var/` of the clone; for root a folder of the system.

    The servers refuse to run as root, and the user they run as cannot enter root's home.
    """
    chosen = os.environ.get("VOUCH_HOME")
    if chosen:
        return Path(chosen).expanduser().resolve()
    if not is_root():
        return ROOT / "var"
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", ROOT.name)[:32].strip("-") or "clone"
    return SYSTEM / f"{name}-{digest(ROOT)}"


def socket_folder(home: Path) -> Path:
    """A short folder for the sockets of `home`, the same in every shell of this user."""
    if is_root():
        return Path("/run") / f"vouch-{digest(home)}"
    uid = os.geteuid()
    own = Path(f"/run/user/{uid}")
    try:
        found = own.lstat()
    except OSError:
        found = None
    if found is not None and stat.S_ISDIR(found.st_mode) and found.st_uid == uid:
        return own / f"vouch-{digest(home)}"
    return Path("/tmp") / f"vouch-{uid}-{digest(home)}"


def paths(home: Path | None = None) -> Paths:
    """The places of `home` (default: of this clone)."""
    resolved = default_home() if home is None else Path(home).expanduser().resolve()
    return Paths(home=resolved, sockets=socket_folder(resolved))
