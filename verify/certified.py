"""What the items of a certificate's sample turned out to be: right, wrong, or not judged yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from annotate.keyed import share
from annotate.models import Project
from verify.models import Certificate, Decision

# The seats of a sample with the judgement that counts in each, and the adjudication of their round.
# What was decided when the sample was drawn stands in the seat, since a correction replaces it.
SEATS = """
SELECT a.rendition_id, a.state, r.pseudonym, j.outcome, g.digest, o.digest, a.shown ->> 'mode',
    EXISTS (SELECT 1 FROM verify_assignment e JOIN verify_judgement w ON w.assignment_id = e.id
            WHERE e.rendition_id = a.rendition_id AND e.rater_id = a.rater_id AND e.id <> a.id
              AND e.round < a.round),
    c.state, cj.outcome, cg.digest
FROM verify_assignment a
LEFT JOIN verify_rater r ON r.id = a.rater_id
LEFT JOIN annotate_reading o ON o.id = (a.shown -> 'preset' ->> 'certifies')::bigint
LEFT JOIN verify_judgement j ON j.assignment_id = a.id
    AND NOT EXISTS (SELECT 1 FROM verify_judgement k WHERE k.supersedes_id = j.id)
LEFT JOIN annotate_reading g ON g.id = j.reading_id
LEFT JOIN verify_assignment c ON c.rendition_id = a.rendition_id AND c.kind = 'adjudicate'
    AND c.state <> 'void' AND (c.shown -> 'preset' ->> 'settles')::int = a.round
LEFT JOIN verify_judgement cj ON cj.assignment_id = c.id
    AND NOT EXISTS (SELECT 1 FROM verify_judgement k WHERE k.supersedes_id = cj.id)
LEFT JOIN annotate_reading cg ON cg.id = cj.reading_id
WHERE a.sample_id = %(sample)s AND a.kind = 'review'
ORDER BY a.rendition_id, a.seat
"""
TAKEN_AWAY = "the text was replaced while the sample was judged"


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat of the sample, what was said in it, and what an adjudicator made of its round."""

    state: str
    rater: str | None
    outcome: str | None
    said: bytes | None
    decided: bytes | None
    mode: str | None
    judged_before: bool
    asked: str | None
    ruling: str | None
    ruled: bytes | None


@dataclass(frozen=True, slots=True)
class Found:
    """One item: ``is_wrong`` is None while it is open. ``raters`` judged it; ``is_blind`` tells that
    none of them saw the proposal, ``is_own`` that one of them had judged the text before."""

    rendition: int
    is_wrong: bool | None
    raters: tuple[str, ...]
    is_blind: bool
    is_own: bool
    is_lost: bool = False


def found_in(certificate: Certificate) -> list[Found]:
    """The items of the sample that have seats, in the order in which they were drawn."""
    if certificate.sample is None:
        return []
    rows: dict[int, list[Seat]] = {}
    with connection.cursor() as cursor:
        cursor.execute(SEATS, {"sample": certificate.sample_id})
        for rendition, *values in cursor.fetchall():
            rows.setdefault(rendition, []).append(_seat(values))
    seed = certificate.sample.seed
    ordered = sorted(rows, key=lambda pk: share(seed, str(pk)))
    return [_found(pk, rows[pk]) for pk in ordered]


def _seat(values: Iterable[Any]) -> Seat:
    read: list[Any] = [bytes(v) if isinstance(v, memoryview) else v for v in values]
    return Seat(*read)


def _found(rendition: int, seats: list[Seat]) -> Found:
    said = [seat for seat in seats if seat.outcome is not None]
    raters = tuple(sorted({seat.rater for seat in said if seat.rater}))
    is_blind = all(seat.mode == "blind" for seat in said)
    is_own = any(seat.judged_before for seat in said)
    live = any(seat.state in ("open", "leased") for seat in seats)
    is_lost = not live and all(seat.state == "void" for seat in seats)
    return Found(rendition, None if live else _is_wrong(seats), raters, is_blind, is_own, is_lost)


def _is_wrong(seats: list[Seat]) -> bool | None:
    """Whether what was decided is wrong; an adjudicator's word counts before a reviewer's.

    What nobody could answer counts as wrong: a certificate must not pass by leaving items out.
    """
    if all(seat.state == "void" for seat in seats):
        return None
    asked = [seat for seat in seats if seat.asked is not None]
    if any(seat.asked in ("open", "leased") for seat in asked):
        return None
    ruled = [seat for seat in asked if seat.ruled is not None]
    if ruled:
        return ruled[-1].ruled != ruled[-1].decided
    answered = [seat for seat in seats if seat.outcome == "answered"]
    return any(seat.said != seat.decided for seat in answered) if answered else True


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a sample is: items with seats, judged, wrong among them, open, lost to a new text."""

    seats: int
    judged: int
    errors: int
    lost: int

    @property
    def open(self) -> int:
        """Items still to be judged."""
        return self.seats - self.judged - self.lost

    @property
    def mark(self) -> str:
        """Another one whenever the counts differ."""
        return f"{self.seats}/{self.judged}/{self.errors}/{self.lost}"


def counts_of(found: Iterable[Found]) -> Counts:
    """Count what was found."""
    rows = list(found)
    known = [row for row in rows if row.is_wrong is not None]
    return Counts(
        len(rows),
        len(known),
        sum(bool(row.is_wrong) for row in known),
        sum(row.is_lost for row in rows),
    )


def decided_readings(project: Project, frame: Mapping[str, Any]) -> QuerySet[Decision]:
    """The decisions that make up a frame: current, not gold, of its language and origins."""
    found = Decision.objects.filter(project=project, is_current=True, gold=False)
    if frame.get("language"):
        found = found.filter(rendition__language=frame["language"])
    if frame.get("origins"):
        found = found.filter(origin__in=frame["origins"])
    return found
