"""CoNLL-U and CoNLL-U Plus: a word per line in named columns, labels in ``MISC`` or a column of theirs."""

from __future__ import annotations

import re

from annotate.formats.conllu.reading import read
from annotate.formats.conllu.writing import write
from annotate.formats.contract import Format

__all__ = ["FORMAT", "read", "write"]

_COLUMNS = re.compile(rb"\A#\s*global\.columns\s*=")
_WORD = re.compile(rb"(?:\d+(?:[-.]\d+)?)\t[^\t\n]+(?:\t[^\t\n]*){7}\t[^\t\n]*\r?\Z")


def _sniff(filename: str, head: bytes) -> bool:
    """A line of column names, or ten columns of which the first is a number."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    if _COLUMNS.match(head):
        return True
    rows = [row for row in head.split(b"\n")[:200][:-1] if row.strip() and row[:1] != b"#"]
    return bool(rows) and all(_WORD.match(row) for row in rows)


FORMAT = Format(
    name="conllu",
    title="CoNLL-U and CoNLL-U Plus",
    extensions=(".conllu", ".conllup"),
    unit="token",
    sniff=_sniff,
    read=read,
    write=write,
    options=("annotator", "field", "max_line_bytes", "id_prefix", "split"),
)
