"""The state of the whole site, for those who keep it: workers, queues, runs, what is stored where."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django_scopes import scopes_disabled

from annotate.models import Delivery, Run

QUEUES = ("default", "llm", "gpu", "interactive")
# How long workers have to answer a question, in seconds.
ANSWER_SECONDS = 1.0
# Walking the files of a large site takes a while, so it is done once in a few minutes.
FILES_SECONDS = 300
LARGEST = 8
RECENT = timedelta(days=1)

TABLES = """
SELECT relname, pg_total_relation_size(c.oid), greatest(reltuples, 0)::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND relkind = 'r'
ORDER BY 2 DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process group: its name, the queues that it takes from, tasks under way."""

    name: str
    queues: tuple[str, ...]
    busy: int


@dataclass(frozen=True, slots=True)
class Storage:
    """Bytes: of the database, its largest tables with their rows (estimated), files by folder, the
    disk that holds the files."""

    database: int
    tables: list[tuple[str, int, int]]
    folders: list[tuple[str, int, int]]
    free: int
    disk: int

    @property
    def is_low(self) -> bool:
        """Whether less than a tenth of the disk is free."""
        return self.free < self.disk / 10


def workers() -> list[Worker]:
    """The workers that answer within a second."""
    asked = current_app.control.inspect(timeout=ANSWER_SECONDS)
    queues = asked.active_queues() or {}
    active = asked.active() or {}
    return [
        Worker(name, tuple(sorted(row["name"] for row in rows)), len(active.get(name, [])))
        for name, rows in sorted(queues.items())
    ]


def queues() -> dict[str, int]:
    """Messages that wait in each queue of the broker."""
    with current_app.connection_for_read() as broker:
        client = broker.default_channel.client
        return {name: int(client.llen(name)) for name in QUEUES}


def runs() -> dict[str, int]:
    """Runs of all projects: live ones by state, and those that failed within a day."""
    with scopes_disabled():
        live = Counter(Run.objects.live().values_list("state", flat=True))
        failed = Run.objects.filter(state="failed", finished_at__gt=timezone.now() - RECENT).count()
    return {"queued": live["queued"], "running": live["running"], "failed": failed}


def waiting_deliveries() -> int:
    """Messages to webhooks that were not taken yet."""
    with scopes_disabled():
        return Delivery.objects.filter(state="waiting").count()


def storage() -> Storage:
    """What is stored where; files are counted anew every five minutes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size = cursor.fetchone()[0]
        cursor.execute(TABLES, [LARGEST])
        tables = cursor.fetchall()
    root = Path(settings.MEDIA_ROOT)
    folders = cache.get_or_set("site:files", lambda: _folders(root), FILES_SECONDS)
    disk = shutil.disk_usage(root if root.exists() else root.parent)
    return Storage(size, tables, folders or [], disk.free, disk.total)


def _folders(root: Path) -> list[tuple[str, int, int]]:
    """Each folder of the files: its name, bytes, how many files."""
    found: dict[str, list[int]] = {}
    for folder, _inner, names in os.walk(root):
        top = Path(folder).relative_to(root).parts[:1]
        row = found.setdefault(top[0] if top else ".", [0, 0])
        for name in names:
            try:
                row[0] += Path(folder, name).stat().st_size
            except OSError:
                continue
            row[1] += 1
    rows = [(name, size, count) for name, (size, count) in found.items() if count]
    return sorted(rows, key=lambda row: row[1], reverse=True)
