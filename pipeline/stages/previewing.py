"""Preview of an import: its first rows as they will be stored, and their problems; nothing is stored.

The rows go through the very import, in a transaction that is rolled back, so what is said here is what
the import would say. It is bounded in rows and in time, and done by a worker.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from annotate.actions import runs
from annotate.actions.items import Added, add_items
from annotate.formats.contract import ReadOptions
from annotate.languages import direction
from annotate.models import Run
from annotate.readings import Reading
from annotate.records import CandidateRecord, FieldRecord, ItemRecord, RenditionRecord, RowError
from pipeline.intake import columns_of, format_of, records_of, unit_of
from pipeline.sensors import Door

MOST_ROWS = 5000
MOST_SECONDS = 15.0
SHOWN_ROWS = 10
SHOWN_CHARACTERS = 2000
SHOWN_SPANS = 40


class _Begun:
    """Lets rows through until there were enough of them; keeps the first ones to be shown."""

    def __init__(self, rows: Iterator[ItemRecord | RowError]) -> None:
        self._rows = rows
        self.count = 0
        self.is_whole = True
        self.first: list[ItemRecord] = []

    def __iter__(self) -> Iterator[ItemRecord | RowError]:
        until = time.monotonic() + MOST_SECONDS
        for row in self._rows:
            if self.count >= MOST_ROWS or time.monotonic() > until:
                self.is_whole = False
                return
            self.count += 1
            if isinstance(row, ItemRecord) and len(self.first) < SHOWN_ROWS:
                self.first.append(row)
            yield row


def is_due(run: Run) -> bool:
    """Previews are made when someone asks."""
    return False


def whole(run: Run) -> dict[str, Any]:
    """Import the first rows and take it back; the report says what came of it. Raises ValueError."""
    notes, door, added = Counter[str](), Door(), Added()
    unit, found = unit_of(run)
    begun = _Begun(records_of(run, unit, notes))
    create = bool(run.scope.get("create_labels", False))
    with transaction.atomic():
        for so_far in add_items(
            run.project, door.through(iter(begun)), all_or_nothing=False, create_labels=create
        ):
            added = so_far
        transaction.set_rollback(True)
    runs.record_errors(run, [(e.line, e.column[:200], str(e), "") for e in added.errors])
    return {
        "format": format_of(run).name,
        "checked": begun.count,
        "is_whole": begun.is_whole,
        "items": added.items,
        "extended": added.extended,
        "unchanged": added.unchanged,
        "errors": len(added.errors),
        "unit": {"taken": unit, **found},
        "options": _said(run, unit),
        "columns": columns_of(run, unit),
        "notes": dict(notes),
        "sensors": door.report(),
        "rows": [row_of(record) for record in begun.first],
    }


def _said(run: Run, unit: str) -> dict[str, str]:
    """How the file was read, where the format leaves a choice."""
    known = {"unit": unit, "field": ReadOptions("en").field, "language": run.scope.get("language")}
    offered = (*format_of(run).options, "language")
    return {key: str(value) for key, value in known.items() if value and key in offered}


def row_of(record: ItemRecord) -> dict[str, Any]:
    """An item as the page shows it."""
    return {
        "id": record.external_id,
        "line": record.line,
        "split": record.split,
        "group": record.group,
        "metadata": {
            str(key): str(value)[:200] for key, value in list(record.metadata.items())[:12]
        },
        "inputs": sorted(map(str, record.inputs))[:12],
        "renditions": [_rendition(rendition) for rendition in record.renditions],
    }


def _rendition(rendition: RenditionRecord) -> dict[str, Any]:
    return {
        "language": rendition.language,
        "origin": rendition.origin,
        "fields": [_field(part, rendition.language) for part in rendition.fields],
        "candidates": [_candidate(candidate) for candidate in rendition.candidates[:5]],
    }


def _field(part: FieldRecord, language: str) -> dict[str, Any]:
    tag = part.language or language
    return {
        "name": part.name, "role": part.role, "speaker": part.speaker, "language": tag,
        "direction": direction(tag), "text": part.text[:SHOWN_CHARACTERS],
        "is_cut": len(part.text) > SHOWN_CHARACTERS,
    }  # fmt: skip


def _candidate(candidate: CandidateRecord) -> dict[str, Any]:
    reading: Reading = candidate.reading
    return {
        "annotator": candidate.annotator,
        "spans": [
            {"label": span.label, "field": span.field, "side": span.side, "start": span.start,
             "end": span.end, "surface": span.surface[:120], "anchor": span.anchor}
            for span in reading.spans[:SHOWN_SPANS]
        ],
        "more": max(len(reading.spans) - SHOWN_SPANS, 0),
        "relations": [
            {"label": relation.label, "head": relation.head, "tail": relation.tail}
            for relation in reading.relations[:SHOWN_SPANS]
        ],
        "answers": [
            {"question": answer.question, "target": answer.target, "value": answer.value}
            for answer in reading.answers[:SHOWN_SPANS]
        ],
    }  # fmt: skip
