"""Open a check of attention for a person, now and then, in place of their next seat.

A check is a seat of its own round, leased at once to the one it is for: an error planted in what is
decided, a text whose answer is known to be right, or one that the person has judged before. Its
judgement measures the person and decides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection

from annotate.actions.readings import (
    NewReading,
    load_readings,
    slots_of,
    span_rows_of,
    write_readings,
)
from annotate.actions.texts import write_planted
from annotate.models import Label, Project, Rendition, Span
from verify.attention import Check, CheckPolicy, check_for
from verify.models import Assignment, Rater
from verify.plants import Plant, planted

from .seats import next_round, place_on_ring
from .twins import is_scored, spoil

# Rounds below it belong to the first review and to the audit, which may still be opened.
FIRST_ROUND = 3
# Renditions looked at for one check.
WINDOW = 200

LAST = """
SELECT last.pool, i.external_id || '/' || r.language || '/' || last.round FROM (
    SELECT pool, rendition_id, round FROM verify_assignment
    WHERE project_id = %(project)s AND rater_id = %(rater)s AND state = 'done'
    ORDER BY closed_at DESC LIMIT 1) last
JOIN annotate_rendition r ON r.id = last.rendition_id JOIN annotate_item i ON i.id = r.item_id
"""

# Never a text of which the person has a seat, in whatever rendition, and none that is still asked.
UNKNOWN = """NOT EXISTS (
    SELECT 1 FROM verify_assignment a JOIN annotate_rendition other ON other.id = a.rendition_id
    WHERE other.item_id = r.item_id AND other.language = r.language
      AND (a.rater_id = %(rater)s OR a.state IN ('open', 'leased')))"""

# From a place drawn at random on, along the index.
DECIDED = f"""
SELECT r.id, d.reading_id, NULL FROM (
    SELECT id, item_id, language FROM annotate_rendition
    WHERE project_id = %(project)s AND language = %(language)s AND is_current AND id >= (
        SELECT min(id) + (max(id) - min(id)) * %(place)s FROM annotate_rendition
        WHERE project_id = %(project)s AND language = %(language)s AND is_current)
    ORDER BY id LIMIT {WINDOW}) r
JOIN verify_decision d ON d.rendition_id = r.id AND d.is_current
WHERE {UNKNOWN} AND EXISTS (
    SELECT 1 FROM annotate_span s WHERE s.reading_id = d.reading_id AND s.anchor = 'text')
"""

GOLD = f"""
SELECT r.id, d.reading_id, (SELECT c.reading_id FROM annotate_consensus c
    WHERE c.rendition_id = r.id AND c.of = 'machines')::text
FROM verify_decision d JOIN annotate_rendition r ON r.id = d.rendition_id
WHERE d.project_id = %(project)s AND d.is_current AND d.gold
  AND r.language = %(language)s AND r.is_current AND {UNKNOWN} LIMIT {WINDOW}
"""

JUDGED = f"""
SELECT a.rendition_id, j.reading_id, a.shown::text
FROM verify_assignment a
JOIN annotate_rendition r ON r.id = a.rendition_id AND r.is_current
JOIN verify_judgement j ON j.assignment_id = a.id AND j.outcome = 'answered'
 AND NOT EXISTS (SELECT 1 FROM verify_judgement later WHERE later.supersedes_id = j.id)
WHERE a.project_id = %(project)s AND a.rater_id = %(rater)s AND a.state = 'done'
  AND a.kind = 'review' AND a.pool = %(pool)s AND a.mode NOT IN ('planted', 'repeat')
  AND NOT EXISTS (SELECT 1 FROM verify_assignment again WHERE again.rendition_id = a.rendition_id
                  AND again.rater_id = a.rater_id AND again.mode = 'repeat')
ORDER BY a.closed_at DESC OFFSET %(after)s LIMIT {WINDOW}
"""

LOCK = "SELECT id FROM annotate_rendition WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED"


@dataclass(frozen=True, slots=True)
class _Asked:
    """For whom a check is, where, and the key of its draws."""

    project: Project
    rater: Rater
    policy: CheckPolicy
    pool: str
    key: str

    @property
    def language(self) -> str:
        return self.pool.partition(":")[2]

    def rows(self, statement: str, place: float = 0.0) -> list[tuple[int, int, str | None]]:
        """(rendition, reading that is right, more), in an order that the key draws.

        ``place`` is where among a language's renditions the looking begins, from 0 to 1.
        """
        values: dict[str, Any] = {
            "project": self.project.pk, "rater": self.rater.pk, "language": self.language,
            "pool": self.pool, "after": self.policy.repeat_after,
            "place": place,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            found = cursor.fetchall()
        return sorted(found, key=lambda row: self.policy.draw("text", f"{self.key}/{row[0]}"))


def open_check(
    project: Project, rater: Rater, pools: Sequence[str], now: datetime, lease: timedelta
) -> Assignment | None:
    """The check that is due for this person, leased to them; None where none is, or none can be had.

    What is due is drawn by the seat they did last, so asking again gives the same. Call in the
    transaction of a claim, which keeps a person's claims apart.
    """
    policy = CheckPolicy.of(project.policy)
    if not policy.is_on:
        return None
    with connection.cursor() as cursor:
        cursor.execute(LAST, {"project": project.pk, "rater": rater.pk})
        last = cursor.fetchone()
    if last is None or last[0] not in pools or not last[0].startswith(Assignment.Kind.REVIEW):
        return None
    asked = _Asked(project, rater, policy, last[0], f"{rater.pseudonym}/{last[1]}")
    kind = check_for(policy, asked.key)
    made = {"planted": _plant, "gold": _gold, "repeat": _repeat}[kind](asked) if kind else None
    return _open(asked, *made, now, lease) if made and kind else None


def _open(
    asked: _Asked, rendition: int, mode: str, shown: dict[str, Any], now: datetime,
    lease: timedelta,
) -> Assignment:  # fmt: skip
    round = max(next_round(rendition), FIRST_ROUND)
    return Assignment.objects.create(
        project=asked.project, rendition_id=rendition, kind=Assignment.Kind.REVIEW, round=round,
        mode=mode, pool=asked.pool, band=0, state=Assignment.State.LEASED, rater=asked.rater,
        shuffle=place_on_ring(asked.project.pk, rendition, round), claimed_at=now,
        lease_until=now + lease, shown=shown,
    )  # fmt: skip


def _locked(rows: Sequence[tuple[int, int, str | None]]) -> tuple[int, int, str | None] | None:
    """The first of the rows whose rendition nobody else is busy with, locked."""
    for row in rows[:5]:
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [row[0]])
            if cursor.fetchone():
                return row
    return None


Made = tuple[int, str, dict[str, Any]]


def _gold(asked: _Asked) -> Made | None:
    row = _locked(asked.rows(GOLD))
    if row is None:
        return None
    rendition, right, proposed = row
    is_blind = not proposed or asked.policy.draw("blind", asked.key) < asked.policy.blind
    shown = _shown(asked, "gold", right, [int(proposed)] if proposed else [])
    return rendition, Assignment.Mode.REPEAT, {**shown, "mode": "blind" if is_blind else "assisted"}


def _repeat(asked: _Asked) -> Made | None:
    row = _locked(asked.rows(JUDGED))
    if row is None:
        return None
    rendition, before, shown = row
    again = {**_shown(asked, "repeat", before, []), **json.loads(shown or "{}")}
    again.pop("left_by", None)
    again.pop("preset", None)
    again.pop("returned", None)
    return rendition, Assignment.Mode.REPEAT, {**again, "check": {"kind": "repeat"}}


def _plant(asked: _Asked) -> Made | None:
    """An error in what is decided; where texts are scored every other time a spoilt twin."""
    if not is_scored(asked.project):
        return _mistaken(asked)
    first = asked.policy.draw("twin", asked.key) < 0.5
    return (_twin(asked) or _mistaken(asked)) if first else (_mistaken(asked) or _twin(asked))


def _twin(asked: _Asked) -> Made | None:
    draw = partial(asked.policy.draw, key=asked.key)
    found = spoil(
        asked.project, asked.rater, asked.pool, asked.policy.repeat_after,
        lambda purpose: draw(f"twin/{purpose}"),
    )  # fmt: skip
    if found is None:
        return None
    rendition, before, record = found
    shown = _shown(asked, "planted", before, [])
    return rendition, Assignment.Mode.PLANTED, {**shown, "check": record}


def _mistaken(asked: _Asked) -> Made | None:
    rows = asked.rows(DECIDED, asked.policy.draw("place", asked.key)) or asked.rows(DECIDED)
    row = _locked(rows)
    if row is None:
        return None
    rendition, right, _ = row
    plant = _planted(asked, rendition, right, [other[1] for other in rows if other is not row])
    if plant is None:
        return None
    if plant.record["how"] == "translation":
        rendition = write_planted(Rendition.objects.get(pk=rendition), plant.texts).pk
    shown = _shown(asked, "planted", right, [])
    reading = NewReading(
        rendition, plant.reading, slots_of([rendition])[rendition], shown["basis"],
        span_rows_of(shown["basis"]),
    )  # fmt: skip
    shown["readings"] = write_readings(asked.project, [reading])
    return rendition, Assignment.Mode.PLANTED, {**shown, "check": dict(plant.record)}


def _planted(asked: _Asked, rendition: int, right: int, others: Sequence[int]) -> Plant | None:
    labels = list(
        Label.objects.filter(project=asked.project, kind="span").order_by("position", "pk")
        .values_list("key", flat=True)
    )  # fmt: skip
    surfaces: dict[str, list[str]] = {}
    for label, surface in Span.objects.filter(
        reading_id__in=others[:50], rank=1, anchor="text"
    ).values_list("label__key", "surface"):
        surfaces.setdefault(label, []).append(surface)
    texts = {
        name: slot.text
        for (side, name), slot in slots_of([rendition])[rendition].items()
        if side == "target"
    }
    draw = partial(asked.policy.draw, key=asked.key)
    reading = load_readings([right])[right]
    return planted(reading, texts, labels, surfaces, lambda purpose: draw(f"plant/{purpose}"))


def _shown(asked: _Asked, kind: Check, right: int, readings: list[int]) -> dict[str, Any]:
    """What a check's seat shows. ``truth`` is the reading that its answer is held against."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT basis_id FROM annotate_reading WHERE id = %s", [right])
        (basis,) = cursor.fetchone()
    return {
        "mode": "assisted", "readings": readings, "basis": basis, "options": None, "truth": right,
        "check": {"kind": kind},
    }  # fmt: skip
