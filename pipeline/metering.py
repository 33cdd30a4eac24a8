"""Metering: the gate that calls to model servers pass, over the database that all workers share."""

from __future__ import annotations

import threading
import time
import weakref
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, connections

from annotate.actions.spending import (
    Pace,
    SpendingRefused,
    pause_endpoint,
    release_call,
    reserve_call,
    settle_call,
)
from annotate.models import AnnotatorVersion, Run
from annotate.prices import Usage, cost_of
from pipeline.backends.base import BackendBusy, BackendRefused, Reply
from pipeline.backends.metered import Took

# A turn that is further off than this, in seconds, is waited for in the queue.
LONGEST_WAIT = 900.0
# How long replies of work that failed are kept for another try, in seconds.
KEPT = 24 * 3600
_LOCKS: weakref.WeakKeyDictionary[Any, threading.RLock] = weakref.WeakKeyDictionary()
_LOCKS_LOCK = threading.Lock()


class Book:
    """The paid replies of a batch of work: ``held`` until it is saved, ``left`` from a try that failed."""

    def __init__(self, run: Run | None = None) -> None:
        self.run_id = run.pk if run is not None else None
        self._held: dict[str, list[Reply]] = defaultdict(list)
        self._left: dict[str, list[Reply]] = defaultdict(list)
        self._lock = threading.Lock()

    def keep(self, key: str, reply: Reply) -> None:
        """Hold a reply."""
        with self._lock:
            self._held[key].append(reply)

    def left(self, key: str) -> Reply | None:
        """One that an earlier try left, of this process or of another; each is given once."""
        with self._lock:
            if self._left.get(key):
                return self._left[key].pop()
            stored = cache.get(key)
            if not stored:
                return None
            cache.delete(key)
            self._left[key] = [Reply(**one) for one in stored]
            return self._left[key].pop()

    def turn(self) -> None:
        """The try failed: what it was given may be used by the next."""
        with self._lock:
            for key, replies in self._held.items():
                self._left[key] += replies
            self._held.clear()

    def store(self) -> None:
        """Leave what was paid for to whichever worker tries again."""
        self.turn()
        found = {key: [asdict(one) for one in rows] for key, rows in self._left.items() if rows}
        if found:
            cache.set_many(found, KEPT)


_BOOK: ContextVar[Book | None] = ContextVar("book", default=None)


@contextmanager
def booked(run: Run) -> Iterator[Book]:
    """Calls made in the block count for the run; its paid replies outlast its failure."""
    book = Book(run)
    token = _BOOK.set(book)
    try:
        yield book
    except BaseException:
        book.store()
        raise
    finally:
        _BOOK.reset(token)


class Meter:
    """The gate of one annotator version's calls to one model server.

    Threads of a worker use its one connection to the database, in turn: the one that made the meter.
    """

    def __init__(self, version: AnnotatorVersion, host: str, *, seconds: float) -> None:
        self._annotator, self._version = version.annotator, version.pk
        self._host, self._seconds = host, seconds
        self._pace = pace_of(host, settings.ENDPOINT_LIMITS)
        self._book = _BOOK.get() or Book()
        self._connection = connections[DEFAULT_DB_ALIAS]
        with _LOCKS_LOCK:
            self._lock = _LOCKS.setdefault(self._connection, threading.RLock())

    def admit(self, most: Took) -> int:
        """Set money aside and wait for a turn. Raises BackendRefused, BackendBusy."""
        reserved = cost_of(self._annotator.price, _usage(most))
        until = time.monotonic() + LONGEST_WAIT
        while True:
            with self._database():
                try:
                    found = reserve_call(
                        self._annotator.pk, host=self._host, run_id=self._book.run_id,
                        most=reserved, seconds=self._seconds, pace=self._pace,
                    )  # fmt: skip
                except SpendingRefused as refused:
                    raise BackendRefused(str(refused)) from None
            if found.call is not None:
                return found.call
            if time.monotonic() + found.wait > until:
                raise BackendBusy(f"{self._host} may not be called yet", found.wait)
            # No longer than a second, so that a stop is heard.
            time.sleep(min(found.wait, 1.0))

    def settle(self, call: int, took: Took) -> None:
        """Count what a call took."""
        usage = _usage(took)
        with self._database():
            settle_call(call, cost=cost_of(self._annotator.price, usage), usage=usage)

    def release(self, call: int) -> None:
        """Give back what was set aside."""
        with self._database():
            release_call(call)

    def pause(self, seconds: float) -> None:
        """Leave the server alone, in all workers."""
        with self._database():
            pause_endpoint(self._host, seconds)

    def left(self, request: str) -> Reply | None:
        """A reply that was paid for in work that failed."""
        return self._book.left(self._key(request))

    def keep(self, request: str, reply: Reply) -> None:
        """Hold a reply until its work is saved."""
        self._book.keep(self._key(request), reply)

    def _key(self, request: str) -> str:
        return f"reply:{self._version}:{request}"

    @contextmanager
    def _database(self) -> Iterator[None]:
        """Lend the calling thread the worker's connection for one transaction."""
        with self._lock:
            own = connections[DEFAULT_DB_ALIAS]
            if own is self._connection:
                yield
                return
            self._connection.inc_thread_sharing()
            connections[DEFAULT_DB_ALIAS] = self._connection
            try:
                yield
            finally:
                connections[DEFAULT_DB_ALIAS] = own
                self._connection.dec_thread_sharing()


def pace_of(host: str, limits: dict[str, str]) -> Pace:
    """The pace of a host by the setting: ``per minute/at once``, either may be missing; ``*`` for any.

    Raises BackendRefused for what is no pace.

    >>> pace_of("a.example", {"*": "60/4", "b.example": "/1"})
    Pace(per_minute=60.0, at_once=4)
    """
    named = limits.get(host) or limits.get(host.rpartition(":")[0] or host) or limits.get("*", "")
    rate, _, count = named.partition("/")
    try:
        pace = Pace(float(rate) if rate else None, int(count) if count else None)
    except ValueError:
        pace = Pace(0.0)
    if (pace.per_minute is not None and pace.per_minute <= 0) or (
        pace.at_once is not None and pace.at_once < 1
    ):
        raise BackendRefused(
            f"ENDPOINT_LIMITS has {named!r}: give requests a minute / requests at once, such as 60/4"
        )
    return pace


def _usage(took: Took) -> Usage:
    return Usage(took.tokens_in, took.tokens_out, took.characters_in, took.characters_out)
