"""Write Parquet files row group by row group, the dataset card and the report of losses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from annotate.formats.conll.tags import tagged
from annotate.formats.contract import CardFacts, Losses
from annotate.formats.parquet.card import Contents, card
from annotate.formats.parquet.schema import (
    DECIDED,
    JUDGED,
    TAGGED,
    decided_row,
    judged_row,
    main_text,
)
from annotate.formats.tokens import tokenised, tokens_kept
from annotate.readings import Reading
from annotate.records import ExportRecord, Loss

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
# A row group is full at so many rows; all tables together hold at most so many characters.
GROUP_ROWS = 2_000
MOST_HELD = 16_000_000


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``data/LANG/SPLIT-00000-of-00001.parquet`` with what was decided, ``judgements/`` alike
    with every judgement, ``README.md`` (the card) and ``LOSSES.json``; return the losses.

    Undecided renditions are left out of ``data``, their judgements are not. Items without a split
    go to ``train``. Memory holds a row group per file, less when there are many files.
    """
    losses, contents = Losses(), Contents()
    schema = TAGGED if facts.tokens else DECIDED
    with _Tables(folder) as tables:
        for record in records:
            split = _UNSAFE.sub("_", record.split).strip("_") or "train"
            place = f"{record.language}/{split}"
            for judgement in record.judgements:
                row = judged_row(record, judgement)
                tables.add(f"judgements/{place}", JUDGED, row, _weight(row))
                contents.judgements[record.language, split] += 1
                if judgement.reading is not None:
                    _note_losses(record.external_id, judgement.reading, losses)
            losses.add("candidates of annotators", record.external_id, len(record.candidates))
            if record.reading is None:
                losses.add("renditions without a decision", record.external_id)
                continue
            row = decided_row(record, record.reading)
            if facts.tokens:
                row |= _tags(record, record.reading, losses)
            tables.add(f"data/{place}", schema, row, _weight(row))
            _note_losses(record.external_id, record.reading, losses)
            if record.source_reading is not None:
                _note_losses(record.external_id, record.source_reading, losses)
            _count(record, record.reading, split, contents)
    report = losses.save(folder)
    (folder / "README.md").write_text(card(facts, contents, report), encoding="utf-8")
    return report


def _note_losses(item: str, reading: Reading, losses: Losses) -> None:
    others = sum(span.rank > 1 for span in reading.spans)
    losses.add("alternatives of spans", item, others)


def _count(record: ExportRecord, reading: Reading, split: str, contents: Contents) -> None:
    contents.rows[record.language, split] += 1
    contents.origins[record.language, record.origin or "none"] += 1
    contents.labels.update(span.label for span in reading.spans if span.rank == 1)
    contents.has_answers |= bool(reading.answers)
    contents.has_sources |= bool(record.source_fields)


def _tags(record: ExportRecord, reading: Reading, losses: Losses) -> dict[str, Any]:
    """Tokens and IOB2 tags of the main text; what tags cannot say is counted as such."""
    text = main_text(record.fields)
    if text is None:
        return {"tokens": [], "ner_tags": []}
    name = next(field.name for field in record.fields if field.text == text)
    spans = [span for span in reading.voted() if span.side == "target" and span.field == name]
    inner = Losses()
    kept = tokens_kept(record.metadata, record.language)
    result = tokenised(text, spans, record.external_id, inner, kept)
    for loss in inner.report():
        losses.add(f"in the column ner_tags only: {loss.what}", loss.example, loss.count)
    return {
        "tokens": [text[left:right] for left, right in result.places],
        "ner_tags": tagged(len(result.places), result.chunks),
    }


def _weight(row: Mapping[str, Any]) -> int:
    """About how many characters a row holds."""
    texts = sum(len(value) for value in row.values() if isinstance(value, str))
    lists = sum(len(value) for value in row.values() if isinstance(value, list))
    return 2 * texts + 100 * lists + 200


class _Tables:
    """Open Parquet files, each with the rows of its next row group."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writers: dict[str, pq.ParquetWriter] = {}
        self.schemas: dict[str, pa.Schema] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.weights: Counter[str] = Counter()
        self.held = 0

    def __enter__(self) -> _Tables:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                for name in self.writers:
                    self._flush(name)
        finally:
            for writer in self.writers.values():
                writer.close()

    def add(self, name: str, schema: pa.Schema, row: dict[str, Any], weight: int) -> None:
        """Put a row at the end of a file, writing row groups that are full."""
        if name not in self.writers:
            path = self.folder / f"{name}-00000-of-00001.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.writers[name] = pq.ParquetWriter(path, schema, compression="zstd")
            self.schemas[name], self.rows[name] = schema, []
        self.rows[name].append(row)
        self.weights[name] += weight
        self.held += weight
        if len(self.rows[name]) >= GROUP_ROWS:
            self._flush(name)
        elif self.held > MOST_HELD:
            self._flush(max(self.weights, key=lambda key: (self.weights[key], key)))

    def _flush(self, name: str) -> None:
        if self.rows[name]:
            table = pa.Table.from_pylist(self.rows[name], schema=self.schemas[name])
            self.writers[name].write_table(table)
        self.rows[name] = []
        self.held -= self.weights.pop(name, 0)
