"""What a format has no place for, counted in one way for all writers."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Self, TextIO

import regex

from annotate.formats.contract import Losses
from annotate.readings import Reading
from annotate.records import ExportRecord, FieldRecord
from annotate.spans import Span

# What a writer may say that it keeps.
PARTS = (
    "missing", "source side", "attributes", "links", "alternatives", "relations", "answers",
    "candidates", "judgements", "origin", "metadata", "source",
)  # fmt: skip
_UNSAFE = regex.compile(r"[^\w.-]")


def omit(record: ExportRecord, losses: Losses, keeps: Collection[str] = ()) -> None:
    """Count what of a record is lost to a format that keeps only the named parts beside spans."""
    reading = record.reading or Reading()
    voted = reading.voted()
    other = (set(record.metadata) - {"tokens"}, record.inputs, record.variety)
    found = {
        "missing": ("marks that something is missing", sum(s.anchor != "text" for s in voted)),
        "source side": ("spans on the source side", sum(s.side != "target" for s in voted)),
        "attributes": ("attributes of spans", sum(bool(s.attributes) for s in voted)),
        "links": ("links from spans to source spans", sum(s.source is not None for s in voted)),
        "alternatives": ("alternatives of spans", len(reading.spans) - len(voted)),
        "relations": ("relations", len(reading.relations)),
        "answers": ("answers", len(reading.answers)),
        "candidates": ("candidates of annotators", len(record.candidates)),
        "judgements": ("judgements", len(record.judgements)),
        "origin": ("origins of decisions", int(bool(record.origin))),
        "metadata": ("metadata, inputs and varieties", sum(bool(part) for part in other)),
        "source": ("source texts", int(bool(record.source_fields))),
    }
    for part, (what, count) in found.items():
        if part not in keeps:
            losses.add(what, record.external_id, count)


def decided(records: Iterator[ExportRecord], losses: Losses) -> Iterator[ExportRecord]:
    """The records with a final reading; the others are counted."""
    for record in records:
        if record.reading is None:
            losses.add("renditions without a decision", record.external_id)
        else:
            yield record


def marked(record: ExportRecord) -> tuple[Span, ...]:
    """The final spans on the text itself, in its order."""
    spans = (record.reading or Reading()).voted()
    return tuple(s for s in spans if s.side == "target" and s.anchor == "text")


def labelled(record: ExportRecord, losses: Losses) -> list[FieldRecord]:
    """The fields that are labelled by their role or by a span, in their order; the rest are counted."""
    named = {span.field for span in marked(record)}
    found = [f for f in record.fields if f.role == "labelled" or f.name in named]
    rest = len(record.fields) - len(found)
    losses.add("fields beside the labelled ones", record.external_id, rest)
    return found


class Files:
    """Text files of an export, opened when first written to, by language and split."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self._folder, self._suffix = folder, suffix
        self._stack = ExitStack()
        self._open: dict[tuple[str, str], TextIO] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def of(self, record: ExportRecord) -> TextIO:
        """``LANG/SPLIT.suffix``, ``all`` where there is no split."""
        key = (record.language, _UNSAFE.sub("_", record.split) or "all")
        if key not in self._open:
            (self._folder / key[0]).mkdir(parents=True, exist_ok=True)
            path = self._folder / key[0] / f"{key[1]}{self._suffix}"
            opened = path.open("w", encoding="utf-8", newline="\n")
            self._open[key] = self._stack.enter_context(opened)
        return self._open[key]

    def all(self) -> list[TextIO]:
        """Every file that was opened."""
        return list(self._open.values())


class JsonLists(Files):
    """Files that are one JSON list each, written member by member."""

    def __exit__(self, *error: object) -> None:
        for stream in self.all():
            stream.write("\n]\n")
        super().__exit__(*error)

    def add(self, record: ExportRecord, text: str) -> None:
        """Append a member, given as JSON."""
        stream = self.of(record)
        stream.write(",\n" if stream.tell() else "[\n")
        stream.write(text)
