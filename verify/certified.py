"""What the items of a certificate's sample turned out to be: right, wrong, or not judged yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from annotate.actions.readings import load_readings
from annotate.keyed import share
from annotate.models import Project, Question
from verify.models import Certificate, Decision

# The seats of a sample with the judgement that counts in each, and the adjudication of their round.
# What was decided when the sample was drawn stands in the seat, since a correction replaces it.
SEATS = """
SELECT a.rendition_id, a.state, r.pseudonym, j.outcome, g.id, o.id, g.digest = o.digest,
    a.shown ->> 'mode',
    EXISTS (SELECT 1 FROM verify_assignment e JOIN verify_judgement w ON w.assignment_id = e.id
            WHERE e.rendition_id = a.rendition_id AND e.rater_id = a.rater_id AND e.id <> a.id
              AND e.round < a.round),
    c.state, cj.outcome, cg.id, cg.digest = o.digest
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
# Kinds of questions that are answered by taste: two people who differ are not both counted wrong.
OPINIONS = ("rating", "score", "text")
TAKEN_AWAY = "the text was replaced while the sample was judged"


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat of the sample, what was said in it, and what an adjudicator made of its round.

    ``is_same`` and ``is_upheld`` tell whether the judge and the adjudicator say what was decided.
    """

    state: str
    rater: str | None
    outcome: str | None
    said: int | None
    decided: int | None
    is_same: bool | None
    mode: str | None
    judged_before: bool
    asked: str | None
    ruling: str | None
    ruled: int | None
    is_upheld: bool | None


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
    with connection.cursor() as cursor:
        cursor.execute(SEATS, {"sample": certificate.sample_id})
        seats = [(rendition, Seat(*values)) for rendition, *values in cursor.fetchall()]
    rows: dict[int, list[Seat]] = {}
    for rendition, seat in _compared(certificate, seats):
        rows.setdefault(rendition, []).append(seat)
    seed = certificate.sample.seed
    ordered = sorted(rows, key=lambda pk: share(seed, str(pk)))
    return [_found(pk, rows[pk]) for pk in ordered]


def _compared(
    certificate: Certificate, seats: Sequence[tuple[int, Seat]]
) -> Sequence[tuple[int, Seat]]:
    """The seats, where readings that differ say the same if they do in all that counts.

    What machines were asked counts, and what the decided reading answers; a machine's reading is not
    wrong for lacking what only people are asked. A scale or free words that only people answer are
    opinions and do not count, nor what a judge was not asked who saw no labels.
    """
    asked = certificate.plan.get("asked")
    apart = [seat for _pk, seat in seats if False in (seat.is_same, seat.is_upheld)]
    if asked is None or not apart:
        return seats
    ids = {pk for seat in apart for pk in (seat.said, seat.decided, seat.ruled) if pk}
    readings = load_readings(ids)
    questions = list(Question.objects.filter(project=certificate.project_id))
    opinions = {q.key for q in questions if q.kind in OPINIONS} - set(asked)
    unseen = {q.key for q in questions if q.scope == "basis"}

    def is_like(seat: Seat, pk: int | None) -> bool:
        held = readings[seat.decided or 0]
        counted = set(asked) | {answer.question for answer in held.answers}
        counted -= opinions | (unseen if seat.mode == "blind" else set())
        one, other = (
            replace(reading, answers=tuple(a for a in reading.answers if a.question in counted))
            for reading in (readings[pk or 0], held)
        )
        return one.digest() == other.digest()

    return [
        (
            rendition,
            replace(
                seat,
                is_same=is_like(seat, seat.said) if seat.is_same is False else seat.is_same,
                is_upheld=is_like(seat, seat.ruled) if seat.is_upheld is False else seat.is_upheld,
            ),
        )
        for rendition, seat in seats
    ]


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
        return ruled[-1].is_upheld is not True
    answered = [seat for seat in seats if seat.outcome == "answered"]
    return any(seat.is_same is not True for seat in answered) if answered else True


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
