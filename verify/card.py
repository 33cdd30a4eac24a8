"""The card: all that the desk's page needs of one seat, as JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection
from django.utils.translation import get_language

from annotate.graphemes import boundaries, words
from annotate.models import Project
from annotate.reanchor import METHOD, SURE
from annotate.spans import Span
from annotate.wording import worded

from .access import Holder
from .actions.claim import LEASE, claim_next
from .actions.mend import may_mend
from .asking import answers_of, marking_on, notes_on, questions_on, relations_on
from .models import Assignment
from .sheet import FieldRow, LabelRow, Sheet, SpanRow, load_sheet, load_sheets
from .submission import OF_SOURCE

# Longer texts are cut anew each time, so that the cache stays small.
LONGEST_KEPT = 2000
# Words shown of each part of a very long text.
EXCERPT = 500

SAID = """
SELECT r.pseudonym, j.outcome, j.comment, j.reading_id
FROM verify_judgement j JOIN verify_assignment a ON a.id = j.assignment_id
JOIN verify_rater r ON r.id = j.rater_id
WHERE a.rendition_id = %s AND a.round = %s AND j.outcome <> 'withdrawn'
  AND NOT EXISTS (SELECT 1 FROM verify_judgement later WHERE later.supersedes_id = j.id)
ORDER BY a.seat
"""

Card = dict[str, Any]


def next_card(project: Project, holder: Holder, now: Any) -> Card | None:
    """Claim the person's next seat and build its card; None when nothing is left for them."""
    seat = claim_next(project, holder.rater, holder.pools, now)
    return card_of(project, seat) if seat else None


def card_of(project: Project, seat: Assignment) -> Card | None:
    """The card of a claimed seat: one query."""
    sheet = load_sheet(project=project.pk, seat=seat.pk)
    return _card(project, sheet) if sheet else None


def cards_of(project: Project, seats: Sequence[int]) -> list[Card]:
    """The cards of claimed seats, by one query for all."""
    return [_card(project, sheet) for sheet in load_sheets(project=project.pk, seats=seats)]


def _card(project: Project, sheet: Sheet) -> Card:
    language = (get_language() or "en").partition("-")[0]
    sources = [row.span for row in sheet.spans_of(sheet.basis) if row.span.anchor == "text"]
    proposed = sheet.spans_of(sheet.proposal)
    card: Card = {
        "seat": sheet.seat,
        # A later round would tell an audit or a check from other work.
        "round": 1 if sheet.kind == Assignment.Kind.REVIEW else sheet.round,
        "mode": "blind" if sheet.is_blind else "assisted",
        "lease_seconds": int(LEASE.total_seconds()),
        "item": {"id": sheet.external_id, "group": sheet.group, "position": sheet.position},
        "source": _text(sheet, "source", sheet.source_language),
        "target": _text(sheet, "target", sheet.language),
        "source_spans": [_place(span) for span in sources if span.rank == 1],
        "spans": [_proposal(row, proposed) for row in proposed if row.span.rank == 1],
        "labels": [_label(row, language) for row in sheet.labels if row.kind == "span"],
        "marking": marking_on(sheet, language),
        "relations": relations_on(sheet, language, sheet.proposal),
        "source_relations": relations_on(sheet, language, sheet.basis),
        "relation_labels": [
            _label(row, language) for row in sheet.labels if row.kind == "relation"
        ],
        "questions": questions_on(sheet, language),
        "answers": answers_of(sheet, sheet.proposal),
        "notes": notes_on(sheet, language),
        "previous": None,
        "returned": sheet.returned,
        "may_mend": may_mend(project, kind=sheet.kind, is_translation=sheet.source is not None),
    }
    placed = {span["source"] for span in card["spans"]}
    card["unplaced"] = [s["key"] for s in card["source_spans"] if s["key"] not in placed]
    if sheet.previous:
        _bring_back(card, sheet)
    return card


def _text(sheet: Sheet, side: str, language: str | None) -> dict[str, Any] | None:
    fields = [row for row in sheet.fields if row.side == side]
    if language is None or not fields:
        return None
    return {
        "lang": language,
        "dir": sheet.directions.get(language, "ltr"),
        "fields": [_field(sheet, row, language) for row in fields],
    }


def _field(sheet: Sheet, row: FieldRow, language: str) -> dict[str, Any]:
    own = row.language or language
    cuts, stretches = _marks(row.text)
    is_marked = bool(sheet.spans_of(sheet.basis)) or any(
        label.kind == "span" for label in sheet.labels
    )
    return {
        "name": row.name,
        "role": row.role,
        "speaker": row.speaker,
        "lang": own,
        "dir": sheet.directions.get(own, "ltr"),
        "text": row.text,
        "clusters": cuts,
        "words": stretches,
        "parts": [] if is_marked else excerpts(row.text, stretches),
    }


def excerpts(text: str, stretches: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The begin, the middle and the end of a text of over 1,500 words, 500 words each; else nothing.

    Intervals of code points from word to word, the first and the last reaching to the text's edges. So
    much is judged of long web documents (Kreutzer et al. 2022 judge excerpts likewise).

    >>> excerpts("a " * 1500, [(2 * n, 2 * n + 1) for n in range(1500)])
    []
    """
    count = len(stretches)
    if count <= 3 * EXCERPT:
        return []
    middle = (count - EXCERPT) // 2
    return [
        (0, stretches[EXCERPT - 1][1]),
        (stretches[middle][0], stretches[middle + EXCERPT - 1][1]),
        (stretches[count - EXCERPT][0], len(text)),
    ]


def _marks(text: str) -> tuple[list[int], list[tuple[int, int]]]:
    return _kept_marks(text) if len(text) <= LONGEST_KEPT else (boundaries(text), words(text))


@lru_cache(maxsize=2048)
def _kept_marks(text: str) -> tuple[list[int], list[tuple[int, int]]]:
    return boundaries(text), words(text)


def _place(span: Span) -> dict[str, Any]:
    return {
        "key": span.key, "label": span.label, "field": span.field, "start": span.start,
        "end": span.end, "surface": span.surface, "side": span.side, "anchor": span.anchor,
        "attributes": dict(span.attributes),
    }  # fmt: skip


def _proposal(row: SpanRow, proposed: list[SpanRow]) -> dict[str, Any]:
    span = row.span
    others = [
        {"start": o.span.start, "end": o.span.end, "surface": o.span.surface}
        for o in sorted(proposed, key=lambda o: o.span.rank)
        if o.span.rank > 1 and span.source is not None and o.span.source == span.source
    ]
    unsure = span.method == METHOD and span.score is not None and span.score < SURE
    return {**_place(span), "source": span.source, "alternatives": others, "unsure": unsure}


def _label(row: LabelRow, language: str) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.names.get(language) or row.names.get("en") or row.key,
        "letter": (row.hotkey or row.key[:1]).upper(),
        "colour": row.colour,
        "hotkey": row.hotkey,
        "definition": row.definition,
    }


def _bring_back(card: Card, sheet: Sheet) -> None:
    """Put the person's own earlier judgement on the card in place of what was proposed."""
    previous = sheet.previous
    if previous is None:
        return
    shown = {row.id: row.span for row in sheet.spans_of(sheet.proposal)}
    sources = {row.id: row.span for row in sheet.spans_of(sheet.basis)}
    own = {row.span.key: row.span for row in sheet.spans_of(previous.reading)}
    said = {
        became: (pk, verdict, cause) for pk, became, verdict, cause in previous.verdicts if became
    }
    spans = [_own(span, shown, *said.get(key, (None, "added", ""))) for key, span in own.items()]
    removed = [
        {**_shown_again(shown[pk]), "verdict": verdict, "cause": cause}
        for pk, became, verdict, cause in previous.verdicts
        if became is None and pk in shown
    ]
    lacks = {
        sources[pk].key: verdict
        for pk, _, verdict, _ in previous.verdicts
        if pk in sources and verdict in OF_SOURCE
    }
    if previous.reading is None:
        return
    card["spans"] = spans + removed
    card["answers"] = answers_of(sheet, previous.reading)
    language = (get_language() or "en").partition("-")[0]
    card["relations"] = relations_on(sheet, language, previous.reading)
    verdicts = {span["key"]: span["verdict"] for span in card["spans"]}
    causes = {
        sources[pk].key: cause for pk, _, _, cause in previous.verdicts if cause and pk in sources
    }
    card["previous"] = {
        "outcome": previous.outcome, "comment": previous.comment, "verdicts": verdicts,
        "lacks": lacks, "causes": causes,
    }  # fmt: skip


def _own(
    span: Span, shown: Mapping[int, Span], pk: int | None, verdict: str, cause: str
) -> dict[str, Any]:
    before = shown.get(pk) if pk else None
    return {
        **_place(span), "source": span.source, "alternatives": [], "verdict": verdict,
        "cause": cause, "shown": before.key if before else None,
        "original": _place(before) if before else None,
    }  # fmt: skip


def _shown_again(span: Span) -> dict[str, Any]:
    return {
        **_place(span), "source": span.source, "alternatives": [], "shown": span.key,
        "original": _place(span),
    }  # fmt: skip


def reasons_over(seat: Assignment) -> list[str]:
    """Why the round that an adjudicator's seat is about was sent back before, the first reason first."""
    earlier = Assignment.objects.filter(
        rendition=seat.rendition_id, kind=Assignment.Kind.ADJUDICATE,
        shown__preset__settles=(seat.shown or {}).get("settles"), shown__has_key="sent_back",
    )  # fmt: skip
    found = earlier.order_by("round", "seat").values_list("shown__sent_back", flat=True)
    return [reason for reason in found if reason]


def readings_of(project: Project, seat: Assignment) -> list[dict[str, Any]]:
    """What each person said whose judgements an adjudicator's seat is about, side by side."""
    sheet = load_sheet(project=project.pk, seat=seat.pk)
    if sheet is None:
        return []
    language = (get_language() or "en").partition("-")[0]
    with connection.cursor() as cursor:
        cursor.execute(SAID, [sheet.rendition, sheet.shown.get("settles")])
        rows = cursor.fetchall()
    return [
        {
            "key": str(number),
            "who": pseudonym,
            "summary": " · ".join(
                filter(None, [worded(outcome) if outcome != "answered" else "", comment])
            ),
            "outcome": outcome,
            "spans": [
                {**_place(row.span), "source": row.span.source}
                for row in sheet.spans_of(reading)
                if row.span.rank == 1
            ],
            "answers": answers_of(sheet, reading),
            "relations": relations_on(sheet, language, reading),
        }
        for number, (pseudonym, outcome, comment, reading) in enumerate(rows, 1)
    ]
