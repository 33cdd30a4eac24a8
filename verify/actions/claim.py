"""Give a person their next seats: nobody else gets them, and no rendition comes twice in a round.

Seats stand on a ring by a hash of their rendition. A person enters the ring at a place of their own
and walks on from the seat they took last, so seats that they may not take lie behind them. Where
they walk round into such seats, they look at a bounded stretch at a time and remember, in this
process, how far they looked in vain.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.models import Project
from annotate.prepared import ready
from verify.errors import SeatLost
from verify.models import Assignment, Rater

from .checks import open_check
from .ring import COLUMNS, CURSOR, FULL, HELD, LEASED, LEFT, LOOKED, TAKE, TAKE_SEVERAL

LEASE = timedelta(minutes=15)
# Index entries looked at by one statement: at first, where almost always one of them will do, and
# then; and in one band of one claim.
FIRST = 64
WINDOW = 2000
STRETCH = 20_000
# More than anybody is given ahead; what an undo leases again comes on top.
MOST_HELD = 60
# How long a band in which a person found nothing is left alone.
REST = timedelta(seconds=30)
REMEMBERED = 20_000
# Seconds between looks at a queue whose last seats are locked.
PAUSES = (0.005, 0.02, 0.05)

# A seat of another person, project or state is left alone.
BEAT = """
UPDATE verify_assignment SET lease_until = GREATEST(lease_until, %(until)s)
WHERE id = ANY(%(seats)s) AND rater_id = %(rater)s AND state = 'leased' RETURNING id
"""

LEAVE = """
UPDATE verify_assignment
SET state = CASE WHEN shown ? 'check' THEN 'void' ELSE 'open' END,
    rater_id = NULL, lease_until = NULL, claimed_at = NULL,
    shown = COALESCE(shown, '{}'::jsonb) || jsonb_build_object('left_by', rater_id)
"""

GIVE_BACK = f"""{LEAVE}
WHERE id = ANY(%(seats)s) AND rater_id = %(rater)s AND state = 'leased'
"""

RELEASE = f"""{LEAVE}
WHERE id IN (
    SELECT id FROM verify_assignment
    WHERE state = 'leased' AND lease_until < %s ORDER BY lease_until LIMIT %s
    FOR UPDATE SKIP LOCKED
)
"""


@dataclass(slots=True)
class Position:
    """A place on the ring of one band: where the walk began and what was looked at last."""

    origin: float
    after: float
    wrapped: bool = False

    @property
    def upto(self) -> float:
        """The end of the stretch that is walked now."""
        return self.origin if self.wrapped else 1.0


@dataclass(slots=True)
class Walk:
    """How far a person has looked in vain in a pool.

    Bands below ``floor`` hold nothing for them; in that band they go on from ``position``, or from
    their own place where it is None. Forgotten at ``until``.
    """

    until: datetime
    floor: int = 0
    position: Position | None = None


_walks: dict[tuple[int, str], Walk] = {}


def claim_next(
    project: Project, rater: Rater, pools: Sequence[str], now: datetime
) -> Assignment | None:
    """The seat this person has held longest in these pools, else their next one, else None.

    Now and then that is a check of their attention, as the project's policy says; else the lowest
    band comes first. What is shown is frozen. The lease runs for 15 minutes from ``now``.
    """
    with transaction.atomic():
        held, full = _held(project, rater, pools, now)
        if held:
            return held[0]
        check = open_check(project, rater, pools, now, LEASE)
        if check:
            return check
        for pool in full:
            seats = _patiently(project, rater, pool, now)
            if seats:
                return seats[0]
    return None


def claim_ahead(
    project: Project, rater: Rater, pools: Sequence[str], *, wanted: int, now: datetime,
    lease: timedelta = LEASE,
) -> list[Assignment]:  # fmt: skip
    """All seats the person holds in these pools, filled up to ``wanted``, in the order of asking.

    ``claim_next`` gives the first of them. New leases, and shorter ones that are held, run until
    ``now + lease``. Seats come back fewer where the queues have no more for this person.
    """
    with transaction.atomic():
        seats, full = _held(project, rater, pools, now, most=MOST_HELD)
        until = now + lease
        short = [s for s in seats if lease > LEASE and s.lease_until and s.lease_until < until]
        if short:
            Assignment.objects.filter(pk__in=[seat.pk for seat in short]).update(lease_until=until)
        for seat in short:
            seat.lease_until = until
        # One check at a time: what is due is drawn by the seat done last, which stays the same.
        if len(seats) < wanted and not any((seat.shown or {}).get("check") for seat in seats):
            check = open_check(project, rater, pools, now, lease)
            seats += [check] if check else []
        for pool in full:
            if len(seats) < wanted:
                # Those taken from the next queue are asked after those from this one.
                later = now + len(seats) * timedelta(milliseconds=1)
                walk = _walk if seats else _patiently
                seats += walk(project, rater, pool, later, wanted - len(seats), lease)
    return seats


def heartbeat(*, seats: Sequence[int], rater: Rater, now: datetime) -> list[int]:
    """Extend the leases of those seats that this person holds; return which these are.

    A lease that runs longer already stays as it is. Raises SeatLost when none of them is held.
    """
    with connection.cursor() as cursor:
        cursor.execute(BEAT, {"until": now + LEASE, "seats": list(seats), "rater": rater.pk})
        kept = [pk for (pk,) in cursor.fetchall()]
    if not kept:
        raise SeatLost(_("This seat is no longer yours."))
    return kept


def give_back(*, seats: Sequence[int], rater: Rater) -> int:
    """Return seats that a person holds to the queue; return how many. They may get them again."""
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, {"seats": list(seats), "rater": rater.pk})
        return cursor.rowcount


def release_expired(*, now: datetime | None = None, most: int = 5000) -> int:
    """Return seats whose lease has run out to the queue, in all projects; return how many.

    A seat remembers who left it, so that a late submission by that person still finds it. A check is
    for one person only, so it goes to nobody else.
    """
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, [now or timezone.now(), most])
        return cursor.rowcount


def _held(
    project: Project, rater: Rater, pools: Sequence[str], now: datetime, most: int = 1
) -> tuple[list[Assignment], list[str]]:
    """The seats the person holds, and the pools that have open ones. Updates ``rater.cursor``."""
    values: dict[str, Any] = {
        "rater": rater.pk,
        "now": now,
        "pools": list(pools),
        "project": project.pk,
        "most": most,
    }
    ready(CURSOR, LEASED, FULL)
    with connection.cursor() as cursor:
        cursor.execute(HELD, values)
        while cursor.description is None:
            cursor.nextset()
        (rater.cursor,) = cursor.fetchone()
        cursor.nextset()
        rows = cursor.fetchall()
        cursor.nextset()
        full = [pool for (pool,) in cursor.fetchall()]
    return [assignment_of(row) for row in rows], full


def assignment_of(row: Sequence[Any]) -> Assignment:
    """A row of ``COLUMNS`` as a stored seat."""
    values = dict(zip(COLUMNS, row, strict=True))
    values["shown"] = json.loads(values["shown"]) if values["shown"] else None
    return Assignment.from_db("default", COLUMNS, list(values.values()))


def _walk_of(rater: Rater, pool: str, now: datetime) -> Walk:
    walk = _walks.get((rater.pk, pool))
    if walk is None or walk.until < now:
        if len(_walks) > REMEMBERED:
            _walks.clear()
        walk = _walks[rater.pk, pool] = Walk(now + REST)
    return walk


def _patiently(
    project: Project, rater: Rater, pool: str, now: datetime, wanted: int = 1,
    lease: timedelta = LEASE,
) -> list[Assignment]:  # fmt: skip
    """As ``_walk``; where one of the last seats was being taken or moved just then, once more."""
    for pause in PAUSES:
        seats = _walk(project, rater, pool, now, wanted, lease)
        if seats or not _is_left(project, rater, pool):
            return seats
        time.sleep(pause)
    return _walk(project, rater, pool, now, wanted, lease)


def _is_left(project: Project, rater: Rater, pool: str) -> bool:
    values: dict[str, Any] = {
        "project": project.pk, "pool": pool, "rater": rater.pk, "window": FIRST,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(LEFT, values)
        return bool(cursor.fetchone()[0])


def _walk(
    project: Project, rater: Rater, pool: str, now: datetime, wanted: int = 1,
    lease: timedelta = LEASE,
) -> list[Assignment]:  # fmt: skip
    """Up to ``wanted`` of the pool's seats, taken for this person."""
    walk = _walk_of(rater, pool, now)
    values: dict[str, Any] = {
        "project": project.pk, "pool": pool, "rater": rater.pk, "now": now, "until": now + lease,
        "rotate": bool(project.policy.get("rotate_options")),
    }  # fmt: skip
    floor, position, looked = walk.floor, walk.position, 0
    found: list[Assignment] = []
    while True:
        position = position or Position(rater.cursor, rater.cursor)
        window = WINDOW if looked else FIRST
        place = {"floor": floor, "after": position.after, "upto": position.upto, "window": window}
        got = _take(values | place, wanted - len(found), found)
        found += got
        if got and floor == walk.floor:
            walk.position = None
        if len(found) >= wanted:
            return found
        if got:
            # The band may be empty now: look at the lowest that is not, from the person's place on.
            position = None
            continue
        band, seen, last = _looked(values | place)
        if band is None:
            _go_on_later(rater, walk)
            return found
        looked += seen
        is_open = _step(position, seen == window, last)
        if is_open and looked < STRETCH:
            continue
        if floor == walk.floor:
            _remember(walk, band, looked, position if is_open else None)
        floor, position, looked = band + 1, None, 0


def _step(position: Position, is_full: bool, last: float | None) -> bool:
    """Move on along the ring after a window; False when it has been walked round."""
    if is_full and last is not None:
        position.after = last
        return True
    if position.wrapped:
        return False
    position.wrapped, position.after = True, -1.0
    return True


def _remember(walk: Walk, band: int, looked: int, position: Position | None) -> None:
    """Note what was looked at in vain, where looking again would cost something."""
    if position:
        walk.floor, walk.position = band, position
    elif looked >= WINDOW:
        walk.floor, walk.position = band + 1, None


def _go_on_later(rater: Rater, walk: Walk) -> None:
    """Have the person's next claim, in whatever process, go on where this one gave up."""
    if walk.position:
        Rater.objects.filter(pk=rater.pk).update(cursor=max(walk.position.after, 0.0))


def _take(values: dict[str, Any], wanted: int, before: Sequence[Assignment]) -> list[Assignment]:
    """Take what stands on this stretch; asked after those that were taken ``before``."""
    with connection.cursor() as cursor:
        if wanted == 1 and not before:
            cursor.execute(TAKE.ready(), values)
        else:
            later = values["now"] + len(before) * timedelta(microseconds=1)
            cursor.execute(TAKE_SEVERAL.ready(), values | {"wanted": wanted, "now": later})
        return [assignment_of(row) for row in cursor.fetchall()]


def _looked(values: dict[str, Any]) -> tuple[int | None, int, float | None]:
    with connection.cursor() as cursor:
        cursor.execute(LOOKED, values)
        return cursor.fetchone()
