"""Write tables: a row per rendition, with a column for each field and each question."""

from __future__ import annotations

import csv
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from annotate.formats.contract import CardFacts, Losses
from annotate.formats.native.writing import span_row
from annotate.formats.omissions import decided, omit
from annotate.formats.tables.columns import FORMULA, GUARD
from annotate.records import ExportRecord, Loss

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?\Z", re.ASCII)
# What XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST_CELL, _MOST_ROWS = 32_767, 1_048_576
_FIRST = ("id", "split", "group", "language")
_LAST = ("spans", "relations", "origin", "gold")


def write_csv(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG.csv`` in UTF-8 with its mark, as spreadsheets want it.

    A cell that a spreadsheet would run as a formula is written with an apostrophe before it. Spans and
    relations are JSON, offsets in code points. ``facts`` have no place in this format.
    """
    losses = Losses()
    for language, header, rows in _tables(records, losses):
        with (folder / f"{language}.csv").open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(header)
            for row in rows:
                writer.writerow([_guarded(row.get(name, ""), row["id"], losses) for name in header])
    return losses.save(folder)


def write_xlsx(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG.xlsx``, every cell a text, so that nothing is run or read as a date."""
    losses = Losses()
    for language, header, rows in _tables(records, losses):
        book = Workbook(write_only=True)
        sheet = book.create_sheet("texts")
        sheet.append(header)
        for number, row in enumerate(rows, 2):
            if number > _MOST_ROWS:
                losses.add("rows beyond what a sheet holds", row["id"])
                continue
            sheet.append([_text_cell(sheet, row.get(n, ""), row["id"], losses) for n in header])
        book.save(folder / f"{language}.xlsx")
    return losses.save(folder)


def _text_cell(sheet: Any, text: str, ident: str, losses: Losses) -> Any:
    if _UNWRITABLE.search(text):
        losses.add("control characters that a workbook cannot hold", ident)
        text = _UNWRITABLE.sub("\ufffd", text)
    if len(text) > _LONGEST_CELL:
        losses.add("cells longer than a sheet takes (cut)", ident)
        text = text[:_LONGEST_CELL]
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    return cell


def _guarded(text: str, ident: str, losses: Losses) -> str:
    risky = text.startswith(FORMULA) and not _NUMBER.match(text)
    is_like_one = text.startswith(GUARD) and text.lstrip(GUARD).startswith(FORMULA)
    if not risky and not is_like_one:
        return text
    losses.add("cells that a spreadsheet would run (an apostrophe stands before them)", ident)
    return GUARD + text


def _tables(
    records: Iterator[ExportRecord], losses: Losses
) -> Iterator[tuple[str, list[str], Iterator[dict[str, str]]]]:
    """Language, header and rows of each table; rows wait on disk until all columns are known."""
    columns: dict[str, dict[str, None]] = {}
    with _spools() as spools:
        for record in decided(records, losses):
            omit(record, losses, keeps=("relations", "answers", "attributes", "links", "missing",
                                        "source side", "origin", "source", "metadata"))  # fmt: skip
            row = _row(record, losses)
            columns.setdefault(record.language, {}).update(dict.fromkeys(row))
            spools.of(record.language).write(json.dumps(row) + "\n")
        for language, names in columns.items():
            middle = [n for n in names if n not in (*_FIRST, *_LAST)]
            last = [n for n in _LAST if n in names]
            yield language, [*_FIRST, *middle, *last], spools.rows(language)


def _row(record: ExportRecord, losses: Losses) -> dict[str, str]:
    row = {
        "id": record.external_id, "split": record.split, "group": record.group,
        "language": record.language,
    }  # fmt: skip
    for field in record.source_fields:
        row[f"source:{field.name}"] = field.text
    for field in record.fields:
        row["text" if field.name == "text" else f"field:{field.name}"] = field.text
    reading = record.reading
    for answer in reading.answers if reading else ():
        if answer.target != "rendition":
            losses.add("answers about parts of a text", record.external_id)
            continue
        said = answer.value
        row[f"answer:{answer.question}"] = (
            said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        )
    if reading and reading.spans:
        spans = [span_row(span) for span in reading.voted()]
        row["spans"] = json.dumps(spans, ensure_ascii=False)
    if reading and reading.relations:
        relations = [{"label": r.label, "head": r.head, "tail": r.tail} for r in reading.relations]
        row["relations"] = json.dumps(relations, ensure_ascii=False)
    for name, value in record.metadata.items():
        if name not in row and name != "tokens":
            row[name] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return row | {"origin": record.origin, "gold": "yes" if record.gold else "no"}


class _Spools:
    """A file of rows for each language, gone at the end."""

    def __init__(self) -> None:
        self._files: dict[str, IO[str]] = {}

    def of(self, language: str) -> IO[str]:
        if language not in self._files:
            spool = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
            self._files[language] = spool
        return self._files[language]

    def rows(self, language: str) -> Iterator[dict[str, str]]:
        stream = self._files[language]
        stream.seek(0)
        return (json.loads(line) for line in stream)

    def close(self) -> None:
        for stream in self._files.values():
            stream.close()


@contextmanager
def _spools() -> Iterator[_Spools]:
    spools = _Spools()
    try:
        yield spools
    finally:
        spools.close()
