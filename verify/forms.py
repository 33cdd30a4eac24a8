"""Read what the desk or a program sends, and say of each fault where it is."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from .errors import SubmissionError
from .submission import Submission, SubmittedAnswer, SubmittedRelation, SubmittedSpan

LONGEST_COMMENT = 5000
LARGEST = 2**31 - 1
MOST_SPANS = 2000
MOST_SEATS = 200
MOST_SENT = 50


def read_body(body: bytes) -> dict[str, Any]:
    """The JSON object of a request. Raises SubmissionError when it is none."""
    try:
        data = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise SubmissionError(["The request is not JSON."]) from error
    if not isinstance(data, dict):
        raise SubmissionError(["The request is no JSON object."])
    if not _can_be_stored(data):
        raise SubmissionError(["A text holds a NUL character or half a surrogate pair."])
    return data


def read_seat(data: Mapping[str, Any]) -> int:
    """The seat that a request names."""
    seat = data.get("seat")
    if not isinstance(seat, int) or isinstance(seat, bool) or not 0 < seat < 2**63:
        raise SubmissionError(["seat: give the seat's number."])
    return seat


def read_number(data: Mapping[str, Any], name: str) -> int:
    """A number of rows, or a row's, under a name. Raises SubmissionError."""
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise SubmissionError([f"{name}: give a number, 0 or more."])
    return value


def read_seats(data: Mapping[str, Any]) -> list[int]:
    """The seats that a request names: ``seats``, or the one ``seat``."""
    rows = data.get("seats")
    if rows is None:
        return [read_seat(data)]
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_SEATS:
        raise SubmissionError([f"seats: list 1 to {MOST_SEATS} numbers of seats."])
    return [read_seat({"seat": row}) for row in rows]


def read_sent(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The judgements and undos that a desk kept while it had no network, oldest first."""
    rows = data.get("sent")
    if not isinstance(rows, list) or len(rows) > MOST_SENT:
        raise SubmissionError([f"sent: list at most {MOST_SENT} judgements."])
    if not all(isinstance(row, dict) for row in rows):
        raise SubmissionError(["sent: each judgement is an object."])
    return rows


def read_client_id(data: Mapping[str, Any], name: str) -> UUID | None:
    """The client id under a name; None without it. Raises SubmissionError."""
    if data.get(name) is None:
        return None
    form = Form()
    found = form.uuid(data[name])
    if form.faults:
        raise SubmissionError(form.faults)
    return found


def read_reason(data: Mapping[str, Any], name: str) -> str:
    """The word that says why, '' for anything else."""
    value = data.get(name)
    return value if isinstance(value, str) else ""


def read_submission(data: Mapping[str, Any]) -> Submission:
    """The submission in a request. Raises SubmissionError listing every fault of form."""
    form = Form()
    spans = [form.span(row, n) for n, row in enumerate(form.rows(data, "spans"), 1)]
    answers = [form.answer(row, n) for n, row in enumerate(form.rows(data, "answers"), 1)]
    relations = None
    if data.get("relations") is not None:
        rows = form.rows(data, "relations")
        relations = tuple(form.relation(row, n) for n, row in enumerate(rows, 1))
    submission = Submission(
        client_id=form.uuid(data.get("client_id")),
        outcome=form.text(data, "outcome", "answered", 20),
        spans=tuple(spans),
        answers=tuple(answers),
        relations=relations,
        comment=form.text(data, "comment", "", LONGEST_COMMENT),
        shown_at=form.time(data, "shown_at"),
        first_input_at=form.time(data, "first_input_at"),
        hidden_seconds=form.seconds(data, "hidden_seconds"),
        fault=form.text(data, "fault", "", 15),
    )
    if form.faults:
        raise SubmissionError(form.faults)
    return submission


class Form:
    """Reads values of the right type, noting what is of another."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def rows(self, data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
        rows = data.get(name) or []
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.faults.append(f"{name}: give a list of objects.")
            return []
        if len(rows) > MOST_SPANS:
            self.faults.append(f"{name}: at most {MOST_SPANS} can be sent at once.")
            return []
        return rows

    def span(self, row: Mapping[str, Any], number: int) -> SubmittedSpan:
        where = f"Span {row.get('key') or number}"
        attributes = row.get("attributes") or {}
        if not isinstance(attributes, dict):
            self.faults.append(f"{where}: attributes is no object.")
            attributes = {}
        start, end = self.offset(row, "start", where), self.offset(row, "end", where)
        if (start is None) != (end is None):
            self.faults.append(f"{where}: give both start and end, or neither.")
        return SubmittedSpan(
            key=self.text(row, "key", "", 80, where),
            shown=self.text(row, "shown", "", 80, where) or None,
            verdict=self.text(row, "verdict", "added", 20, where),
            cause=self.text(row, "cause", "", 40, where),
            label=self.text(row, "label", "", 80, where),
            field=self.text(row, "field", "text", 80, where),
            start=start,
            end=end,
            surface=self.text(row, "surface", "", LARGEST, where),
            source=self.text(row, "source", "", 80, where) or None,
            attributes=attributes,
            side=self.text(row, "side", "target", 10, where),
            anchor=self.text(row, "anchor", "text", 10, where),
        )

    def answer(self, row: Mapping[str, Any], number: int) -> SubmittedAnswer:
        where = f"Answer {number}"
        return SubmittedAnswer(
            self.text(row, "question", "", 80, where),
            row.get("value"),
            self.text(row, "target", "rendition", 200, where),
        )

    def relation(self, row: Mapping[str, Any], number: int) -> SubmittedRelation:
        where = f"Relation {number}"
        names = ("label", "head", "tail", "source", "key")
        label, head, tail, source, key = (self.text(row, k, "", 80, where) for k in names)
        return SubmittedRelation(label, head, tail, source or None, key)

    def text(
        self, row: Mapping[str, Any], name: str, default: str, most: int, where: str = ""
    ) -> str:
        value = row.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or len(value) > most:
            self.faults.append(f"{where}: {name}" if where else name)
            self.faults[-1] += f": give a text of at most {most} characters."
            return default
        return value

    def offset(self, row: Mapping[str, Any], name: str, where: str) -> int | None:
        value = row.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST:
            self.faults.append(f"{where}: {name} is no offset: {value!r}.")
            return None
        return value

    def uuid(self, value: Any) -> UUID:
        try:
            return UUID(value)
        except (ValueError, TypeError, AttributeError):
            self.faults.append("client_id: give a UUID of this submission's own.")
            return UUID(int=0)

    def time(self, data: Mapping[str, Any], name: str) -> datetime | None:
        value = data.get(name)
        if value is None:
            return None
        try:
            found = datetime.fromisoformat(value)
        except (ValueError, TypeError):
            self.faults.append(f"{name}: give a time such as 2026-01-31T12:00:00Z.")
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def seconds(self, data: Mapping[str, Any], name: str) -> float:
        value = data.get(name) or 0.0
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or value < 0:
            self.faults.append(f"{name}: give seconds, 0 or more.")
            return 0.0
        return float(value)


def _can_be_stored(value: Any) -> bool:
    """Whether PostgreSQL takes all the texts in it."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, dict):
        return all(_can_be_stored(k) and _can_be_stored(v) for k, v in value.items())
    return not isinstance(value, list) or all(_can_be_stored(v) for v in value)
