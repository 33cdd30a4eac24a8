"""Read native JSONL line by line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from annotate.formats.contract import ReadOptions
from annotate.formats.native.converted import from_lines
from annotate.records import ItemRecord, RowError


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an ItemRecord per line, or the RowError of a line that cannot be taken.

    Memory does not grow with the file but for 16 bytes per id. Blank lines are passed over. Labels
    without an annotator are credited to ``options.annotator``; spans come out in code points with
    their surface filled in.
    """
    return from_lines(stream, options, lambda row: row)
