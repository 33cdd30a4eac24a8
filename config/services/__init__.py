"""The embedded PostgreSQL and Redis: where they live and how Django and Celery reach them.

This module is imported by the settings, so it knows neither Django nor anything outside the
standard library. `python -m config.services` starts and stops the servers themselves.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any

from config.services.paths import Paths, ServiceError, paths

__all__ = [
    "Paths",
    "ServiceError",
    "cache_url",
    "database_settings",
    "paths",
    "redis_url",
    "use_scratch_home",
]

NAME = "vouch"


def database_settings(home: Path | None = None) -> dict[str, Any]:
    """Django's `DATABASES["default"]` for the embedded PostgreSQL (unix socket, peer sign-in)."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": NAME,
        "USER": NAME,
        "PASSWORD": "",
        "HOST": str(paths(home).sockets),
        "PORT": "",
    }


def redis_url(database: int = 0, home: Path | None = None) -> str:
    """Celery's broker URL for the embedded Redis; `database` is Redis' database number."""
    return f"redis+socket://{paths(home).redis_socket}?virtual_host={database}"


def cache_url(database: int = 1, home: Path | None = None) -> str:
    """The embedded Redis as redis-py and Django's cache spell it."""
    return f"unix://{paths(home).redis_socket}?db={database}"


def use_scratch_home() -> Path:
    """Point this process and its children at a throw-away home, and return it.

    The test settings call this before they read any path, so that no test can reach the data of
    `make run`. A child of a process that already did keeps its parent's. Nothing is created on
    disk; `config.services.scratch` makes the home and starts the servers in it when needed.
    """
    if "VOUCH_SCRATCH" not in os.environ:
        home = str(Path(tempfile.gettempdir()) / f"vouch-scratch-{secrets.token_hex(8)}")
        owner = os.getpid()
        os.environ["VOUCH_HOME"] = home
        os.environ["VOUCH_SCRATCH"] = str(owner)
        atexit.register(_remove, home, owner)
    return Path(os.environ["VOUCH_HOME"])


def _remove(home: str, owner: int) -> None:
    """A forked child inherits the exit handler but not the home."""
    if os.getpid() == owner:
        shutil.rmtree(home, ignore_errors=True)
