"""brat standoff: a text (.txt) and its annotations (.ann) per document, in a zip."""

from __future__ import annotations

from annotate.formats.brat.reading import read
from annotate.formats.brat.writing import write
from annotate.formats.contract import Format

__all__ = ["FORMAT", "read", "write"]


def _sniff(filename: str, head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04") and filename.endswith(".zip") and b".ann" in head


FORMAT = Format(
    name="brat",
    title="brat standoff (zip)",
    extensions=(".zip",),
    unit="codepoint",
    sniff=_sniff,
    read=read,
    write=write,
    options=("annotator", "field", "max_line_bytes", "unit", "split", "id_prefix"),
)
