"""A seat with all that its holder sees and answers to, read by one statement.

The desk makes its card of it and a submission is checked against it, so both rest on the same rows.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from annotate.actions.readings import LabelBook, Slot
from annotate.prepared import Prepared
from annotate.questions import Asked, is_askable
from annotate.spans import Side, Span

# Lookups are scalar subqueries, so that each is one probe of an index whatever the statistics say.
SPANS = """
(SELECT json_agg(json_build_array(
        s.id, s.reading_id, s.key, (SELECT l.key FROM annotate_label l WHERE l.id = s.label_id),
        (SELECT json_build_array(f.name, f.rendition_id) FROM annotate_field f
         WHERE f.id = s.field_id),
        s.start, s."end", s.surface, s.anchor, s.rank,
        (SELECT origin.key FROM annotate_span origin WHERE origin.id = s.source_id
         AND (origin.reading_id = seat.basis OR s.reading_id = seat.basis)),
        s.attributes, s.method, s.score) ORDER BY s.id)
 FROM annotate_span s WHERE s.reading_id = ANY(seat.wanted))
"""

RELATIONS = """
(SELECT json_agg(json_build_array(
        x.id, x.reading_id, x.key, (SELECT l.key FROM annotate_label l WHERE l.id = x.label_id),
        (SELECT h.key FROM annotate_span h WHERE h.id = x.head_id),
        (SELECT t.key FROM annotate_span t WHERE t.id = x.tail_id),
        (SELECT b.key FROM annotate_relation b WHERE b.id = x.source_id)) ORDER BY x.id)
 FROM annotate_relation x WHERE x.reading_id = ANY(seat.wanted))
"""

_SHEET = f"""
SELECT seat.id, seat.kind, seat.round, seat.state, seat.rater_id, seat.rendition_id, seat.shown,
  r.language, r.made_from_id, source.language, i.external_id, i."group", i.position, last.id,
  (SELECT json_agg(json_build_array(
        f.id, f.rendition_id, f.name, f.role, f.language, f.speaker, p.id, p.text)
        ORDER BY f.position, f.id)
   FROM annotate_field f JOIN annotate_passage p ON p.id = f.passage_id
   WHERE f.rendition_id = ANY(ARRAY[r.id, r.made_from_id])),
  {SPANS},
  (SELECT json_agg(json_build_array(g.id, g.answers)) FROM annotate_reading g
   WHERE g.id = ANY(seat.wanted)),
  {RELATIONS},
  (SELECT json_agg(json_build_array(l.id, l.kind, l.key, l.names, l.colour, l.hotkey, l.definition)
        ORDER BY l.position, l.id) FROM annotate_label l WHERE l.project_id = seat.project_id),
  (SELECT json_agg(json_build_array(
        q.key, q.kind, q.scope, q.wording, q.options, q.condition, q.required, q.settings)
        ORDER BY q.position, q.id) FROM annotate_question q WHERE q.project_id = seat.project_id),
  (SELECT json_object_agg(g.tag, g.direction) FROM annotate_projectlanguage g
   WHERE g.project_id = seat.project_id),
  last.outcome, last.comment, last.reading_id,
  CASE WHEN last.id IS NOT NULL THEN
    (SELECT json_agg(json_build_array(v.span_id, became.key, v.verdict, v.cause))
     FROM verify_spanverdict v LEFT JOIN annotate_span became ON became.id = v.becomes_id
     WHERE v.judgement_id = last.id) END,
  i.inputs::json
FROM (
  SELECT a.*, (a.shown ->> 'basis')::bigint AS basis, ARRAY(
      SELECT jsonb_array_elements_text(a.shown -> 'readings')::bigint
      UNION SELECT jsonb_array_elements_text(a.shown -> 'judged')::bigint
      UNION SELECT (a.shown ->> 'basis')::bigint
      UNION SELECT j.reading_id FROM verify_judgement j WHERE j.assignment_id = a.id) AS wanted
  FROM verify_assignment a WHERE a.id = %(seat)s AND a.project_id = %(project)s
) seat
JOIN annotate_rendition r ON r.id = seat.rendition_id
JOIN annotate_item i ON i.id = r.item_id
LEFT JOIN annotate_rendition source ON source.id = r.made_from_id
LEFT JOIN LATERAL (
  SELECT j.* FROM verify_judgement j
  WHERE j.assignment_id = seat.id AND j.rater_id = seat.rater_id AND j.outcome <> 'withdrawn'
  ORDER BY j.id DESC LIMIT 1
) last ON true
"""


SHEET = Prepared("sheet", _SHEET, {"seat": "bigint", "project": "bigint"})


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field with its passage; ``side`` is ``target`` for the rendition itself."""

    id: int
    side: str
    name: str
    role: str
    language: str
    speaker: str
    passage: int
    text: str


@dataclass(frozen=True, slots=True)
class SpanRow:
    """A stored span of a reading that the seat concerns."""

    id: int
    reading: int
    span: Span


@dataclass(frozen=True, slots=True)
class RelationRow:
    """A stored relation, its ends and what it was carried from named by key."""

    id: int
    reading: int
    key: str
    label: str
    head: str
    tail: str
    source: str | None


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A label of the project."""

    id: int
    kind: str
    key: str
    names: Mapping[str, str]
    colour: int
    hotkey: str
    definition: str


@dataclass(frozen=True, slots=True)
class Previous:
    """The judgement given before in this seat; ``verdicts`` are (span row, key it became, verdict, cause)."""

    judgement: int
    outcome: str
    comment: str
    reading: int | None
    verdicts: Sequence[tuple[int | None, str | None, str, str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a seat shows. ``proposal`` is the reading shown, ``basis`` the source's reading."""

    seat: int
    kind: str
    round: int
    state: str
    rater: int | None
    rendition: int
    shown: Mapping[str, Any]
    language: str
    source: int | None
    source_language: str | None
    external_id: str
    group: str
    position: int
    fields: Sequence[FieldRow]
    spans: Sequence[SpanRow]
    answers: Mapping[int, Sequence[Any]]
    relations: Sequence[RelationRow]
    labels: Sequence[LabelRow]
    questions: Sequence[Asked]
    directions: Mapping[str, str]
    previous: Previous | None
    inputs: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def asks(self, question: Asked) -> bool:
        """Whether a question has something to be asked of: who saw no labels cannot rate them."""
        unseen = question.scope == "basis" and self.is_blind
        return is_askable(question, self.inputs) and not unseen

    @property
    def is_blind(self) -> bool:
        """Whether nothing proposed may be seen."""
        return self.shown.get("mode") == "blind"

    @property
    def returned(self) -> str | None:
        """Why an adjudicator sent the text back to its reviewers; None where nobody did."""
        found = self.shown.get("returned")
        return found["why"] if found else None

    @property
    def basis(self) -> int | None:
        """The source's reading that the labels were carried from."""
        return self.shown.get("basis")

    @property
    def proposal(self) -> int | None:
        """The reading that is shown as a proposal; None in blind seats."""
        readings = self.shown.get("readings") or []
        return readings[0] if readings and not self.is_blind else None

    def spans_of(self, reading: int | None) -> list[SpanRow]:
        """The stored spans of one of the readings concerned."""
        return [row for row in self.spans if row.reading == reading]

    def slots(self) -> dict[tuple[str, str], Slot]:
        """The texts that spans may stand in, as readings are stored against them."""
        return {(row.side, row.name): Slot(row.id, row.text) for row in self.fields}

    def label_book(self) -> LabelBook:
        """The project's label rows by key."""
        return LabelBook(
            {row.key: row.id for row in self.labels if row.kind == "span"},
            {row.key: row.id for row in self.labels if row.kind == "relation"},
        )


def load_sheet(*, project: int, seat: int) -> Sheet | None:
    """A seat of the project with what it shows, by one query; None when there is no such seat."""
    with connection.cursor() as cursor:
        cursor.execute(SHEET.ready(), {"seat": seat, "project": project})
        row = cursor.fetchone()
    return sheet_of(row) if row else None


def load_sheets(*, project: int, seats: Sequence[int]) -> list[Sheet]:
    """Seats of the project with what they show, in this order, by one round trip."""
    if not seats:
        return []
    call, found = SHEET.ready(), []
    statements = "; ".join(call % {"seat": int(seat), "project": int(project)} for seat in seats)
    with connection.cursor() as cursor:
        cursor.execute(statements)
        for _ in seats:
            found += [sheet_of(row) for row in cursor.fetchall()]
            cursor.nextset()
    return found


def sheet_of(row: Sequence[Any]) -> Sheet:
    """A row of the statement ``SHEET`` as values."""
    (pk, kind, round_, state, rater, rendition, shown, language, source, source_language,
     external_id, group, position, last, fields, spans, answers, relations, labels, questions,
     directions, outcome, comment, reading, verdicts, inputs) = row  # fmt: skip
    previous = Previous(last, outcome, comment, reading, verdicts or []) if last else None
    return Sheet(
        pk, kind, round_, state, rater, rendition, json.loads(shown) if shown else {}, language,
        source, source_language, external_id, group, position,
        [FieldRow(f[0], "target" if f[1] == rendition else "source", *f[2:]) for f in fields or []],
        [_span(rendition, s) for s in spans or []],
        dict(answers or []),
        [RelationRow(*r) for r in relations or []],
        [LabelRow(*value) for value in labels or []],
        [Asked(*value) for value in questions or []],
        directions or {},
        previous,
        inputs or {},
    )  # fmt: skip


def _span(rendition: int, row: Sequence[Any]) -> SpanRow:
    (pk, reading, key, label, place, start, end, surface, anchor, rank, source, attributes,
     method, score) = row  # fmt: skip
    field, holder = place or ("text", None)
    side: Side = "target" if holder in (None, rendition) else "source"
    return SpanRow(
        pk, reading,
        Span(label, start, end, field, surface, anchor, side, key, source, method, score, rank,
             attributes),
    )  # fmt: skip
