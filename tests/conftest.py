"""One throw-away PostgreSQL and Redis for the whole run, one cloned database per process.

The cluster starts with the first test that needs a database; when tests run in several
processes, the one that spreads them holds it. The schema is migrated once, into a template.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

MARKERS = (
    "database: needs PostgreSQL (added to every test that asks for the database)",
    "browser: drives a Chromium",
    "runtime: starts and kills whole installations",
    "slow: fits a model or takes longer than a few seconds",
)
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server", "browser_page"}
TEMPLATE = "test_template"

_held = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if getattr(config.option, "numprocesses", None) and not config.option.collectonly:
        _start_cluster()


def pytest_unconfigure() -> None:
    _held.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        asked = DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ()))
        if asked or item.get_closest_marker("django_db"):
            item.add_marker("database")


def _start_cluster() -> None:
    """Start the servers in the home that the test settings chose, unless others are named."""
    if "VOUCH_SCRATCH" not in os.environ or os.environ.get("DATABASE_URL"):
        return
    from config.services.scratch import scratch_cluster

    home = Path(os.environ["VOUCH_HOME"])
    _held.enter_context(scratch_cluster(fsync=False, home=home, database=False))


@pytest.fixture(scope="session")
def cluster() -> None:
    """The servers are up."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _start_cluster()


@pytest.fixture(scope="session")
def django_db_setup(cluster: None, django_db_blocker: Any) -> Iterator[None]:
    """A database of this process's own, cloned from the migrated template."""
    from django.db import connections

    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with django_db_blocker.unblock():
        if os.environ.get("DATABASE_URL"):
            _migrate(name)
        else:
            _make_template()
            _admin(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
        connections["default"].settings_dict["NAME"] = name
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        if os.environ.get("DATABASE_URL"):
            _admin(f'DROP DATABASE IF EXISTS "{name}"')


def _make_template() -> None:
    """Migrate once; the first process that comes does it while the others wait."""
    with (Path(os.environ["VOUCH_HOME"]) / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = f"SELECT 1 FROM pg_database WHERE datname = '{TEMPLATE}' AND datistemplate"
        if not _admin(made):
            _migrate(TEMPLATE)
            _admin(f'ALTER DATABASE "{TEMPLATE}" IS_TEMPLATE true')


def _migrate(name: str) -> None:
    """Make an empty database and bring it to the present schema."""
    from django.core.management import call_command
    from django.db import connections

    _admin(f'DROP DATABASE IF EXISTS "{name}"')
    _admin(f'CREATE DATABASE "{name}"')
    connection = connections["default"]
    connection.close()
    connection.settings_dict["NAME"] = name
    call_command("migrate", verbosity=0, run_syncdb=True)
    connection.close()


def _admin(statement: str) -> list[tuple[Any, ...]]:
    """Run one statement outside any transaction, on the maintenance database."""
    import psycopg
    from django.db import connections

    settings = connections["default"].settings_dict
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"] or None,
        user=settings["USER"],
        password=settings["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    ) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []
