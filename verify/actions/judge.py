"""Take a judgement in: check it, store it, close its seat, and settle its round."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.actions.readings import NewReading, relation_rows_of, write_readings
from annotate.models import Concept, Project, Rendition
from annotate.prepared import PROBES, Prepared, ready
from annotate.questions import NO_CONCEPT
from verify.checks import Checked, checked
from verify.errors import SeatLost, SubmissionError
from verify.models import Assignment, Judgement, Rater, SpanVerdict
from verify.sheet import SHEET, Sheet, sheet_of
from verify.submission import Submission

from .adjudicate import settle_adjudication
from .claim import assignment_of
from .ring import COLUMNS
from .seats import NewSeat, next_round, open_seats
from .settle import MEASURING, settle
from .stale import make_reports_stale

State = Assignment.State
OUTCOMES = tuple(o for o in Judgement.Outcome.values if o != Judgement.Outcome.WITHDRAWN)


LOCK = Prepared(
    "lock",
    """SELECT id, project_id, language, made_from_id, standing_id FROM annotate_rendition
WHERE id = (SELECT rendition_id FROM verify_assignment
            WHERE id = %(seat)s AND project_id = %(project)s)
FOR NO KEY UPDATE""",
    {"seat": "bigint", "project": "bigint"},
)
SEAT = Prepared(
    "seat",
    f"""SELECT {", ".join(COLUMNS)} FROM verify_assignment
WHERE id = %(seat)s AND project_id = %(project)s FOR NO KEY UPDATE""",
    {"seat": "bigint", "project": "bigint"},
)
SENT = Prepared(
    "sent",
    "SELECT id FROM verify_judgement WHERE client_id = %(client)s",
    {"client": "uuid"},
)

# Ids for the reading that is about to be written, and for its spans; gaps are harmless.
RESERVE = Prepared(
    "reserve",
    """SELECT nextval(pg_get_serial_sequence('annotate_reading', 'id')),
  ARRAY(SELECT nextval(pg_get_serial_sequence('annotate_span', 'id'))
        FROM generate_series(1, %(spans)s))""",
    {"spans": "int"},
)

# One round trip. Rounds are settled one judgement at a time, under the rendition's lock; whoever
# sent the same a moment earlier held it until now, so the client id is looked up after it.
ENTER = f"""
{PROBES};
{LOCK.call};
{SEAT.call};
{SENT.call};
{RESERVE.call};
{SHEET.call}
"""

# A successor names the judgement of this seat that has none yet.
_STORE = """
WITH judgement AS (
    INSERT INTO verify_judgement
        (project_id, assignment_id, rendition_id, rater_id, reading_id, outcome, client_id,
         supersedes_id, shown_at, first_input_at, submitted_at, hidden_seconds, comment,
         fault)
    VALUES (%(project)s, %(seat)s, %(rendition)s, %(rater)s, %(reading)s, %(outcome)s, %(client)s,
        (SELECT j.id FROM verify_judgement j WHERE j.assignment_id = %(seat)s
             AND NOT EXISTS (SELECT 1 FROM verify_judgement k WHERE k.supersedes_id = j.id)
         ORDER BY j.id DESC LIMIT 1),
        %(shown_at)s, %(first_input_at)s, %(now)s, %(hidden)s, %(comment)s,
        %(fault)s)
    RETURNING id, supersedes_id
), closed AS (
    UPDATE verify_assignment SET state = 'done', closed_at = %(now)s WHERE id = %(seat)s
), verdicts AS (
    INSERT INTO verify_spanverdict (project_id, judgement_id, span_id, becomes_id, verdict, cause)
    SELECT %(project)s, judgement.id, v.span, s.id, v.verdict, v.cause
    FROM judgement,
         jsonb_to_recordset(%(verdicts)s) AS v(n int, span bigint, becomes text, verdict text, cause text)
    LEFT JOIN annotate_span s ON s.reading_id = %(reading)s AND s.key = v.becomes
    ORDER BY v.n
)
SELECT id, supersedes_id FROM judgement
"""
STORE = Prepared(
    "store", _STORE,
    {"project": "bigint", "seat": "bigint", "rendition": "bigint", "rater": "bigint",
     "reading": "bigint", "outcome": "text", "client": "uuid", "shown_at": "timestamptz",
     "first_input_at": "timestamptz", "now": "timestamptz", "hidden": "float8",
     "comment": "text", "fault": "text", "verdicts": "jsonb"},
)  # fmt: skip


@transaction.atomic
def record_judgement(
    assignment: Assignment | int, *, rater: Rater, submission: Submission
) -> Judgement:
    """Store what a person says in their seat and act on it; return the judgement.

    The same ``client_id`` again returns the first result. A lease that ran out is no harm as long
    as nobody else has taken the seat. Raises SeatLost, or SubmissionError listing every fault;
    then nothing is stored.
    """
    pk = assignment if isinstance(assignment, int) else assignment.pk
    project = rater.project
    entered = _enter(pk, project, submission)
    rendition, seat, sheet = entered.rendition, entered.seat, entered.sheet
    if entered.first is not None:
        judgement = Judgement.objects.filter(pk=entered.first, rater=rater, assignment=pk).first()
        if judgement is None:
            raise SeatLost(_("That was sent already, for another seat or by somebody else."))
        return judgement
    if rendition is None or seat is None or sheet is None:
        raise SeatLost(_("There is no such seat."))
    if submission.outcome not in OUTCOMES:
        raise SubmissionError(
            [f"Outcome: {submission.outcome!r} is none of {', '.join(OUTCOMES)}."]
        )
    _check_fault(submission, seat)
    hold(seat, rater)
    answered = submission.outcome == Judgement.Outcome.ANSWERED
    result = checked(sheet, submission) if answered else None
    if result:
        _check_concepts(project, sheet, result)
    reading = _write_reading(project, entered, sheet, result) if result else None
    judgement = _store(project, sheet, rater, submission, result, reading)
    seat.state = State.DONE
    if seat.kind == Assignment.Kind.ADJUDICATE:
        decided = settle_adjudication(
            project=project, rendition=rendition, seat=seat, judgement=judgement
        )
    else:
        decided = settle(project=project, rendition=rendition, seat=seat)
    flagged = result and any(v.verdict == SpanVerdict.Verdict.SOURCE_LABEL for v in result.verdicts)
    if flagged and seat.mode not in MEASURING:
        open_source_review(project=project, target=rendition)
    if decided is None:
        make_reports_stale(project=project.pk, language=rendition.language)
    return judgement


@dataclass(frozen=True, slots=True)
class _Entered:
    """A locked rendition and seat with what they show, an earlier judgement of the same client id,
    and ids for the reading that will be written and for its spans."""

    rendition: Rendition | None
    seat: Assignment | None
    first: int | None
    reading: int
    spans: list[int]
    sheet: Sheet | None


def _enter(pk: int, project: Project, submission: Submission) -> _Entered:
    values: dict[str, Any] = {
        "seat": pk, "project": project.pk, "client": submission.client_id,
        "spans": len(submission.spans),
    }  # fmt: skip
    ready(LOCK, SEAT, SENT, RESERVE, SHEET)
    with connection.cursor() as cursor:
        cursor.execute(ENTER, values)
        while cursor.description is None:
            cursor.nextset()
        rendition = cursor.fetchone()
        cursor.nextset()
        seat = cursor.fetchone()
        cursor.nextset()
        first = cursor.fetchone()
        cursor.nextset()
        reading, spans = cursor.fetchone()
        cursor.nextset()
        sheet = cursor.fetchone()
    names = ("id", "project_id", "language", "made_from_id", "standing_id")
    return _Entered(
        Rendition.from_db("default", names, rendition) if rendition else None,
        assignment_of(seat) if seat else None,
        first[0] if first else None,
        reading,
        spans,
        sheet_of(sheet) if sheet else None,
    )


def _check_fault(submission: Submission, seat: Assignment) -> None:
    """Only an adjudicator says why people differed, and only in the words there are."""
    known = Judgement.Fault.values
    if submission.fault and submission.fault not in known:
        raise SubmissionError([f"Fault: {submission.fault!r} is none of {', '.join(known)}."])
    if submission.fault and seat.kind != Assignment.Kind.ADJUDICATE:
        raise SubmissionError(["Fault: only an adjudicator says why people differed."])


def _check_concepts(project: Project, sheet: Sheet, result: Checked) -> None:
    """Raise SubmissionError for a link to a concept that the project does not have."""
    links = {question.key for question in sheet.questions if question.kind == "link"}
    asked = {a.value for a in result.reading.answers if a.question in links} - {NO_CONCEPT}
    if asked:
        known = Concept.objects.filter(project=project, key__in=asked)
        unknown = asked - set(known.values_list("key", flat=True))
        if unknown:
            names = ", ".join(sorted(unknown))
            keys = sorted({a.question for a in result.reading.answers if a.value in unknown})
            raise SubmissionError(
                [
                    f"Answer {', '.join(keys)}: there is no concept {names}; choose one, or none of these."
                ]
            )


def hold(seat: Assignment, rater: Rater) -> None:
    """Make sure the seat is this person's, taking back one that they left and nobody took."""
    if seat.state == State.LEASED and seat.rater_id == rater.pk:
        return
    shown = seat.shown or {}
    waits = seat.state == State.OPEN or (seat.state == State.VOID and "check" in shown)
    if waits and shown.get("left_by") == rater.pk:
        seat.rater, seat.claimed_at, seat.state = rater, timezone.now(), State.LEASED
        seat.lease_until = seat.claimed_at
        try:
            with transaction.atomic():
                seat.save(update_fields=["rater", "claimed_at", "state", "lease_until"])
        except IntegrityError:
            raise SeatLost(_("You have another seat for this text by now.")) from None
        return
    if seat.rater_id == rater.pk and seat.state == State.DONE:
        raise SeatLost(_("You have judged this one already; undo that to change it."))
    if seat.rater_id == rater.pk and seat.state == State.SKIPPED:
        raise SeatLost(_("You have skipped this one."))
    if seat.state == State.VOID:
        raise SeatLost(_("This text was replaced or decided meanwhile."))
    raise SeatLost(_("This seat is somebody else's by now: your lease had run out."))


def _store(
    project: Project, sheet: Sheet, rater: Rater, submission: Submission, result: Checked | None,
    reading: int | None,
) -> Judgement:  # fmt: skip
    """Write judgement and verdicts, and close the seat."""
    judgement = Judgement(
        project=project,
        assignment_id=sheet.seat,
        rendition_id=sheet.rendition,
        rater=rater,
        reading_id=reading,
        outcome=submission.outcome,
        client_id=submission.client_id,
        shown_at=submission.shown_at,
        first_input_at=submission.first_input_at,
        hidden_seconds=submission.hidden_seconds,
        comment=submission.comment,
        fault=submission.fault,
    )
    verdicts = [
        {"n": n, "span": v.span, "becomes": v.becomes, "verdict": v.verdict, "cause": v.cause}
        for n, v in enumerate(result.verdicts if result else ())
    ]
    values = {
        "project": project.pk, "seat": sheet.seat, "rendition": sheet.rendition,
        "rater": rater.pk, "reading": judgement.reading_id, "outcome": judgement.outcome,
        "client": judgement.client_id, "shown_at": judgement.shown_at,
        "first_input_at": judgement.first_input_at, "now": judgement.submitted_at,
        "hidden": judgement.hidden_seconds, "comment": judgement.comment, "fault": judgement.fault,
        "verdicts": json.dumps(verdicts),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(STORE.ready(), values)
        judgement.pk, judgement.supersedes_id = cursor.fetchone()
    judgement._state.adding = False
    return judgement


def _write_reading(project: Project, entered: _Entered, sheet: Sheet, result: Checked) -> int:
    sources = {row.span.key: row.id for row in sheet.spans_of(sheet.basis)}
    row = NewReading(
        sheet.rendition, result.reading, sheet.slots(), sheet.basis, sources,
        relation_rows_of(sheet.basis) if result.reading.relations else None,
    )  # fmt: skip
    book, ids = sheet.label_book(), [entered.reading]
    return write_readings(project, [row], labels=book, ids=ids, span_ids=entered.spans)[0]


def open_source_review(*, project: Project, target: Rendition) -> None:
    """Have the labels of the source looked at by a person, once for each source rendition."""
    source = target.made_from
    if source is None:
        return
    # Two targets of one source may ask at the same time.
    Rendition.objects.select_for_update(no_key=True).get(pk=source.pk)
    asked = Assignment.objects.filter(rendition=source, kind=Assignment.Kind.REVIEW)
    if asked.exclude(state=State.VOID).exists():
        return
    row = NewSeat(source.pk, source.language, next_round(source.pk), band=0)
    open_seats(project, [row])
