"""Parquet with a dataset card: decided labels by language and split, and every judgement raw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from annotate.formats.contract import CardFacts, Format, ReadOptions
from annotate.records import ExportRecord, ItemRecord, Loss, RowError

__all__ = ["FORMAT", "read", "write"]

# pyarrow takes long to load and much memory; the web, which only lists formats, goes without it.


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """See ``parquet.reading.read``."""
    from annotate.formats.parquet import reading

    return reading.read(stream, options)


def header(stream: BinaryIO, options: ReadOptions) -> list[tuple[str, str]]:
    """See ``parquet.reading.header``."""
    from annotate.formats.parquet import reading

    return reading.header(stream, options)


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """See ``parquet.writing.write``."""
    from annotate.formats.parquet import writing

    return writing.write(records, folder, facts)


FORMAT = Format(
    name="parquet",
    title="Parquet with dataset card (Hugging Face)",
    extensions=(".parquet",),
    unit="codepoint",
    sniff=lambda filename, head: head.startswith(b"PAR1"),
    read=read,
    header=header,
    write=write,
    options=("annotator", "field", "max_line_bytes", "id_prefix", "split", "columns"),
)
