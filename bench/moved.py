"""What the benches of import and export share: peak memory of a process, a raw COPY of the same rows."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

CHUNK = 1 << 20


def apart(work: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    """Do the work in a process of its own, as a worker does it; adds ``seconds`` and ``peak_mb``."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (work, given))


def _measured(work: Callable[..., dict[str, Any]], given: Sequence[Any]) -> dict[str, Any]:
    import django

    django.setup()
    import pipeline.stages  # noqa: F401  what a worker has loaded before its first task

    began = time.perf_counter()
    made = work(*given)
    seconds = time.perf_counter() - began
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    return {**made, "seconds": round(seconds, 2), "peak_mb": round(peak)}


def copied(tables: Sequence[str], project: int) -> tuple[float, float]:
    """Seconds of a COPY out of a project's rows of these tables, and of a COPY of them back in.

    In goes to tables of the same columns, constraints and indexes; triggers and foreign keys are left out.
    """
    from django.db import connection

    out = back = 0.0
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"CREATE TEMP TABLE raw (LIKE {table} INCLUDING ALL)")
            with tempfile.TemporaryFile() as kept:
                began = time.perf_counter()
                rows = f"SELECT * FROM {table} WHERE project_id = {int(project)}"
                with cursor.copy(f"COPY ({rows}) TO STDOUT") as stream:
                    for part in stream:
                        kept.write(part)
                out += time.perf_counter() - began
                kept.seek(0)
                began = time.perf_counter()
                with cursor.copy("COPY raw FROM STDIN") as stream:
                    while part := kept.read(CHUNK):
                        stream.write(part)
                back += time.perf_counter() - began
            cursor.execute("DROP TABLE raw")
    return out, back
