"""Figures of the site in the text format of Prometheus, read from database and broker when asked for.

They are the site's, not a process's, so that it does not matter which web process answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.core.cache import cache
from django.db import connection
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE

from annotate import site
from annotate.views.shell import HEARTBEAT

__all__ = ["CONTENT_TYPE", "exposed"]

# Rows of a table as the database estimates them: counting millions at every scrape would be felt.
ROWS = """
SELECT relname, greatest(reltuples, 0) FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname ~ '^(annotate|verify)_'
"""


class _Site:
    """What is asked at every scrape."""

    def collect(self) -> Iterable[Metric]:
        queues = GaugeMetricFamily("vouch_queue_messages", "Messages waiting", labels=["queue"])
        for name, waiting in site.queues().items():
            queues.add_metric([name], waiting)
        yield queues
        runs = GaugeMetricFamily(
            "vouch_runs", "Live runs, and those failed in 24 h", labels=["state"]
        )
        for state, count in site.runs().items():
            runs.add_metric([state], count)
        yield runs
        heard = cache.get(HEARTBEAT)
        age = time.time() - float(heard) if heard is not None else float("inf")
        yield _gauge("vouch_sweep_age_seconds", "Since the workers' sweep last ran", age)
        yield _gauge("vouch_deliveries_waiting", "Webhook messages not taken yet",
                     site.waiting_deliveries())  # fmt: skip
        stored = site.storage()
        yield _gauge("vouch_database_bytes", "Size of the database", stored.database)
        yield _gauge("vouch_files_bytes", "Size of stored files", sum(r[1] for r in stored.folders))
        yield _gauge("vouch_disk_free_bytes", "Free on the disk of the files", stored.free)
        rows = GaugeMetricFamily("vouch_table_rows", "Rows, estimated", labels=["table"])
        with connection.cursor() as cursor:
            cursor.execute(ROWS)
            for table, count in cursor.fetchall():
                rows.add_metric([table], count)
        yield rows


def exposed() -> bytes:
    """All figures as text."""
    registry = CollectorRegistry()
    registry.register(_Site())  # type: ignore[arg-type]
    return generate_latest(registry)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)
