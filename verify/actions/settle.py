"""See what a round of judgements adds up to: a decision, or a question to an adjudicator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from annotate.actions.consensus import NewConsensus, save_consensus
from annotate.actions.readings import load_readings, relation_rows_of, span_rows_of
from annotate.models import Consensus, Project, Reading, Rendition
from annotate.prepared import Prepared, ready
from annotate.readings import merge
from verify.models import Assignment, Decision

from .decide import replace_decision
from .seats import NewSeat, next_round, open_seats, replace_seat

Origin = Decision.Origin
# Judgements of a round without an answer, and people who skipped, before an adjudicator is asked.
MOST_UNANSWERED = 3
MOST_SKIPPED = 5
# Rounds of these modes measure people; they decide nothing.
MEASURING = ("planted", "repeat")
UNANSWERED = ("unsure", "not_my_variety")
PROBLEMS = ("reported", "bad_sentence")
BY_PEOPLE = (Origin.SINGLE, Origin.AGREED, Origin.ADJUDICATED)

SEATS = Prepared(
    "round",
    """SELECT a.id, a.state, a.mode, j.outcome, j.reading_id, g.digest, g.basis_id
FROM verify_assignment a
LEFT JOIN verify_judgement j ON j.assignment_id = a.id
     AND NOT EXISTS (SELECT 1 FROM verify_judgement later WHERE later.supersedes_id = j.id)
LEFT JOIN annotate_reading g ON g.id = j.reading_id
WHERE a.rendition_id = %(rendition)s AND a.round = %(round)s AND a.state <> 'void'
ORDER BY a.seat""",
    {"rendition": "bigint", "round": "int"},
)
STANDS = Prepared(
    "stands",
    """SELECT d.id, d.reading_id, d.origin, d.gold, d.made_at, g.digest
FROM verify_decision d JOIN annotate_reading g ON g.id = d.reading_id
WHERE d.rendition_id = %(rendition)s AND d.is_current FOR NO KEY UPDATE OF d""",
    {"rendition": "bigint"},
)
ROUND = f"{SEATS.call}; {STANDS.call}"


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat of a round with the judgement that counts in it."""

    id: int
    state: str
    mode: str
    outcome: str | None
    reading: int | None
    digest: bytes | None
    basis: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The decision that stands for a rendition, with its reading's digest."""

    decision: Decision
    digest: bytes


def round_of(rendition: Rendition, round: int) -> tuple[list[SeatRow], Standing | None]:
    """The seats of a round with their judgements, and what stands, locked: one round trip."""
    ready(SEATS, STANDS)
    with connection.cursor() as cursor:
        cursor.execute(ROUND, {"rendition": rendition.pk, "round": round})
        rows = cursor.fetchall()
        cursor.nextset()
        found = cursor.fetchone()
    seats = [
        SeatRow(pk, state, mode, outcome, reading, bytes(digest) if digest else None, basis)
        for pk, state, mode, outcome, reading, digest, basis in rows
    ]
    if found is None:
        return seats, None
    pk, reading, origin, gold, made_at, digest = found
    decision = Decision(
        pk=pk, project_id=rendition.project_id, rendition=rendition, reading_id=reading,
        origin=origin, gold=gold, made_at=made_at,
    )  # fmt: skip
    decision._state.adding = False
    return seats, Standing(decision, bytes(digest))


def settle(*, project: Project, rendition: Rendition, seat: Assignment) -> Decision | None:
    """Act on a round of review after a judgement or skip in ``seat``; return a decision made by it.

    Equal judgements decide, what people disagree on or report goes to an adjudicator, and somebody
    else is asked in place of a person who gave no answer. Call under the rendition's lock.
    """
    rows, standing = round_of(rendition, seat.round)
    if any(row.mode in MEASURING for row in rows):
        return None
    if any(row.outcome in PROBLEMS for row in rows):
        ask_adjudicator(project=project, rendition=rendition, round=seat.round, rows=rows)
        return None
    last = next(row for row in rows if row.id == seat.pk)
    if last.state == "skipped" or last.outcome in UNANSWERED:
        _ask_somebody_else(project, rendition, seat, rows)
        return None
    answered = [row for row in rows if row.outcome == "answered"]
    if any(row.state == "open" for row in rows):
        _hasten(rendition, seat.round)
    if not answered or any(row.state in ("open", "leased") for row in rows):
        return None
    return _compare(project, rendition, seat.round, answered, standing)


def _hasten(rendition: Rendition, round: int) -> None:
    """Have the round's open seats taken before others, so that what is half judged gets settled."""
    Assignment.objects.filter(rendition=rendition, round=round, state="open").update(band=0)


def _ask_somebody_else(
    project: Project, rendition: Rendition, seat: Assignment, rows: Sequence[SeatRow]
) -> None:
    unanswered = sum(row.outcome in UNANSWERED for row in rows)
    skipped = sum(row.state == "skipped" for row in rows)
    if unanswered >= MOST_UNANSWERED or skipped >= MOST_SKIPPED:
        ask_adjudicator(project=project, rendition=rendition, round=seat.round, rows=rows)
    else:
        replace_seat(project=project, seat=seat, language=rendition.language)


def _compare(
    project: Project,
    rendition: Rendition,
    round: int,
    answered: Sequence[SeatRow],
    standing: Standing | None,
) -> Decision | None:
    if standing and standing.decision.gold:
        return None
    digests = {row.digest for row in answered}
    proposal = None
    if len(digests) > 1:
        proposal = _people_consensus(project, rendition, answered)
    elif standing and standing.digest in digests:
        return None
    elif standing and standing.decision.origin in BY_PEOPLE:
        proposal = standing.decision.reading_id
    else:
        origin = Origin.SINGLE if len(answered) == 1 else Origin.AGREED
        reading = Reading(pk=answered[0].reading)
        earlier = standing.decision if standing else None
        return replace_decision(project, rendition, reading, earlier, origin=origin)
    ask_adjudicator(
        project=project, rendition=rendition, round=round, rows=answered, proposal=proposal
    )
    return None


def _people_consensus(
    project: Project, rendition: Rendition, answered: Sequence[SeatRow]
) -> int | None:
    """Store what most of the people say, and return its reading: the adjudicator's proposal."""
    found = load_readings([row.reading for row in answered if row.reading])
    merged = merge(list(found.values()))
    basis = answered[0].basis
    row = NewConsensus(
        rendition=rendition.pk,
        reading=merged.reading,
        votes=[[_listed(unit), count] for unit, count in merged.disputed],
        voters=merged.readers,
        entropy=0.0,
        reason=f"{len(merged.disputed)} disputed",
        basis=basis,
        basis_spans=span_rows_of(basis),
        basis_relations=relation_rows_of(basis),
    )
    save_consensus(project, [row], of=Consensus.Of.PEOPLE, method="majority")
    return Consensus.objects.get(rendition=rendition, of=Consensus.Of.PEOPLE).reading_id


def _listed(unit: tuple) -> list:
    return [list(part) if isinstance(part, tuple) else part for part in unit]


def ask_adjudicator(
    *,
    project: Project,
    rendition: Rendition,
    round: int,
    rows: Sequence[SeatRow],
    proposal: int | None = None,
) -> None:
    """Open an adjudicator's seat over a round, once, in a round of its own."""
    if adjudications_of(rendition.pk, round).exists():
        return
    preset: dict[str, object] = {"settles": round, "judged": [r.reading for r in rows if r.reading]}
    if proposal:
        preset["readings"] = [proposal]
    row = NewSeat(
        rendition.pk, rendition.language, next_round(rendition.pk), kind=Assignment.Kind.ADJUDICATE,
        preset=preset,
    )  # fmt: skip
    open_seats(project, [row])


def adjudications_of(rendition: int, round: int) -> QuerySet[Assignment]:
    """The adjudicators' seats over a round that were not taken away."""
    return Assignment.objects.filter(
        rendition_id=rendition, kind=Assignment.Kind.ADJUDICATE,
        shown__preset__settles=round,
    ).exclude(state=Assignment.State.VOID)  # fmt: skip
