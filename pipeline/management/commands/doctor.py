"""Look Vouch over: database, broker, workers, storage, annotators; say what to do where one ails."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import current_app
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_scopes import scopes_disabled

from annotate.models import Annotator, Run
from pipeline.machines import secret
from pipeline.tasks import HEARTBEAT_KEY


class Sick(Exception):
    """A check failed; the message says what to do."""


class Command(BaseCommand):
    """``manage.py doctor``: one line per check, exit status 1 if any fails."""

    help = "Check the database, the broker, the workers, the storage and the annotators."

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for name, check in CHECKS.items():
            try:
                self.stdout.write(f"ok    {name}: {check()}")
            except Exception as error:
                failed += 1
                self.stdout.write(self.style.ERROR(f"FAIL  {name}: {error}"))
        if failed:
            raise SystemExit(1)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        raise Sick(f"{len(plan)} migrations are not applied; run manage.py migrate")
    return f"PostgreSQL {version}, migrated"


def _broker() -> str:
    with current_app.connection() as broker:
        broker.ensure_connection(max_retries=1, timeout=3)
    cache.set("doctor", "well", timeout=5)
    if cache.get("doctor") != "well":
        raise Sick("Redis does not keep what it is given; is it full?")
    return "Redis answers"


def _workers() -> str:
    beat = cache.get(HEARTBEAT_KEY)
    if beat is None or time.time() - beat > 120:
        raise Sick("no worker has reported for two minutes; start one (make run starts them)")
    return f"last heard of {time.time() - beat:.0f} seconds ago"


def _storage() -> str:
    name = default_storage.save("doctor.txt", ContentFile(b"well"))
    default_storage.delete(name)
    with tempfile.TemporaryFile() as stream:
        stream.write(b"well")
    return f"{default_storage.__class__.__name__} can be written"


def _runs() -> str:
    silent = timezone.now() - timedelta(minutes=5)
    with scopes_disabled():
        live = Run.objects.live()
        stuck = live.filter(heartbeat_at__lt=silent).count()
        count = live.count()
    if stuck:
        raise Sick(f"{stuck} runs have been silent for five minutes; are the workers alive?")
    return f"{count} under way, none silent"


def _annotators() -> str:
    rows = Annotator.objects.filter(is_enabled=True).exclude(secret_reference="")
    for row in rows:
        secret(row.secret_reference)
    return f"{rows.count()} secrets can be read here"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "workers": _workers,
    "storage": _storage,
    "runs": _runs,
    "annotators": _annotators,
}
