"""Signs of life of a run, written beside whatever transaction its work is in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, connections
from django.utils import timezone
from django_scopes import scopes_disabled

from annotate.models import Run

# Well within the silence after which a run is sent again.
EVERY = 20.0


class RunStopped(Exception):
    """The run was cancelled while its work was under way; the work is given up."""


@contextmanager
def beating(run: Run, every: float = EVERY) -> Iterator[None]:
    """While the block lasts, say every so many seconds that the run is being worked on.

    A thread with a connection of its own does it, so it ends with the process that works.
    """
    over = threading.Event()

    def beat() -> None:
        try:
            while not over.wait(every):
                with scopes_disabled():
                    Run.objects.live().filter(pk=run.pk).update(heartbeat_at=timezone.now())
        finally:
            connections.close_all()

    thread = threading.Thread(target=beat, name=f"beat-{run.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def report_progress(run: Run, total: int) -> None:
    """Write how far a run is where pages see it at once, though its work is one long transaction.

    The run's row is not locked meanwhile, so it can be cancelled. Raises RunStopped when it was.
    """
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute(
                "UPDATE annotate_run SET total = %s, heartbeat_at = now() "
                "WHERE id = %s AND state IN ('queued', 'running')",
                [total, run.pk],
            )
            cursor.execute(
                "SELECT state FROM annotate_run "
                "WHERE id = %s AND state NOT IN ('queued', 'running')",
                [run.pk],
            )
            if cursor.fetchone():
                raise RunStopped(f"{run} was stopped while it worked.")
    finally:
        own.close()
