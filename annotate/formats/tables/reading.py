"""Read tables row by row, without holding them."""

from __future__ import annotations

import codecs
import csv
import datetime
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from openpyxl import load_workbook

from annotate.formats.archives import Archive
from annotate.formats.checks import storable
from annotate.formats.contract import Fault, ReadOptions
from annotate.formats.lines import lines
from annotate.formats.native.converted import items_of
from annotate.formats.tables.columns import FORMULA, GUARD, guessed, meanings, native
from annotate.records import ItemRecord, RowError

_DELIMITERS = ",;\t|"
_LONGEST_CELL = 1_000_000

Row = tuple[int, Sequence[str]] | RowError


def read_csv(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per row of a table in UTF-8 (or UTF-16 with its mark), parted as its header is.

    Columns mean what ``options.columns`` says, else what they are called. A cell in quotes may go over
    lines. An apostrophe before what a spreadsheet would run is taken away, and counted in the notes.
    """
    return items_of(_natives(_csv_rows(stream, options), options), options)


def read_xlsx(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per row of a workbook's first sheet; formulas count by their stored value."""
    return items_of(_natives(_sheet_rows(stream), options), options)


def header_csv(stream: BinaryIO, options: ReadOptions) -> list[tuple[str, str]]:
    """The columns of a table and what each would be taken for; none of a table without a header."""
    return _header(_csv_rows(stream, options), options)


def header_xlsx(stream: BinaryIO, options: ReadOptions) -> list[tuple[str, str]]:
    """The columns of a workbook's first sheet and what each would be taken for."""
    return _header(_sheet_rows(stream), options)


def _header(rows: Iterator[Row], options: ReadOptions) -> list[tuple[str, str]]:
    first = next(rows, None)
    return guessed(first[1], options) if isinstance(first, tuple) else []


def _natives(rows: Iterator[Row], options: ReadOptions) -> Iterator[tuple[int, Any] | RowError]:
    header: Sequence[str] | None = None
    found: list[str] = []
    for row in rows:
        if isinstance(row, RowError):
            yield row
            if header is None:
                return
            continue
        number, cells = row
        try:
            if header is None:
                header, found = cells, meanings(cells, options)
            elif any(cells):
                checked = [storable(_unguarded(cell, options), "") for cell in cells]
                yield number, native(checked, header, found, options)
        except Fault as fault:
            yield fault.at(number)
            if not found:
                return
    if header is None:
        yield RowError(1, "the table is empty; its first row names the columns")


def _unguarded(cell: str, options: ReadOptions) -> str:
    if cell.startswith(GUARD) and cell.lstrip(GUARD).startswith(FORMULA):
        options.notes["apostrophes before formulas, taken away"] += 1
        return cell[1:]
    return cell


def _csv_rows(stream: BinaryIO, options: ReadOptions) -> Iterator[Row]:
    """The rows of a table with the number of the line where each begins."""
    faults: list[RowError] = []
    at = 0

    def texts() -> Iterator[str]:
        nonlocal at
        for line in _lines(stream, options.max_line_bytes):
            if isinstance(line, RowError):
                faults.append(line)
                continue
            at = line[0]
            yield line[1]

    source = texts()
    first = next(source, None)
    if first is None:
        yield from faults
        return
    delimiter = max(_DELIMITERS, key=lambda mark: (first.count(mark), mark == ","))
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(_again(first, source), delimiter=delimiter, strict=True)
    while True:
        begins = at if reader.line_num == 0 else at + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            yield RowError(begins, f"no row of a table: {error}; see to its quotes")
            continue
        yield from faults
        faults.clear()
        yield begins, cells
    yield from faults


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _lines(stream: BinaryIO, most: int) -> Iterator[tuple[int, str] | RowError]:
    head = stream.read(2)
    stream.seek(0)
    if head not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        yield from lines(stream, most, ends=True)
        return
    reader = codecs.getreader("utf-16")(stream)
    number = 0
    while True:
        try:
            text = reader.readline(size=most)
        except UnicodeDecodeError:
            yield RowError(
                number + 1, "the file says that it is UTF-16 and is not; save it as UTF-8"
            )
            return
        if not text:
            return
        number += 1
        yield number, text


def _sheet_rows(stream: BinaryIO) -> Iterator[Row]:
    try:
        Archive(stream)
        stream.seek(0)
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except Fault as fault:
        yield fault.at(1)
        return
    except Exception as error:
        yield RowError(1, f"no workbook that can be read ({type(error).__name__}): save it as CSV")
        return
    try:
        sheet = book.worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, [_cell(value) for value in cells]
    except Exception as error:
        yield RowError(1, f"the sheet breaks off ({type(error).__name__}): save it as CSV")
    finally:
        book.close()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
