"""Tables: CSV and TSV files and spreadsheets, a text per row."""

from __future__ import annotations

from annotate.formats.contract import Format
from annotate.formats.tables.reading import header_csv, header_xlsx, read_csv, read_xlsx
from annotate.formats.tables.writing import write_csv, write_xlsx

__all__ = ["CSV", "XLSX", "read_csv", "read_xlsx", "write_csv", "write_xlsx"]

_OPTIONS = ("annotator", "field", "unit", "split", "id_prefix", "columns")


def _is_table(filename: str, head: bytes) -> bool:
    return filename.endswith((".csv", ".tsv")) and b"\0" not in head.removeprefix(b"\xff\xfe")[:1]


def _is_workbook(filename: str, head: bytes) -> bool:
    return filename.endswith(".xlsx") and head.startswith(b"PK\x03\x04")


CSV = Format(
    name="csv",
    title="CSV or TSV table",
    extensions=(".csv", ".tsv"),
    unit="codepoint",
    sniff=_is_table,
    read=read_csv,
    header=header_csv,
    write=write_csv,
    options=_OPTIONS,
)
XLSX = Format(
    name="xlsx",
    title="Excel workbook",
    extensions=(".xlsx",),
    unit="codepoint",
    sniff=_is_workbook,
    read=read_xlsx,
    header=header_xlsx,
    write=write_xlsx,
    options=_OPTIONS,
)
