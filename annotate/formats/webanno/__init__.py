"""WebAnno TSV 3, as INCEpTION exports it: tokens with offsets in UTF-16 units, a column per feature."""

from __future__ import annotations

from annotate.formats.contract import Format
from annotate.formats.webanno.reading import read
from annotate.formats.webanno.writing import write

__all__ = ["FORMAT", "read", "write"]


def _sniff(filename: str, head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").startswith(b"#FORMAT=WebAnno TSV 3")


FORMAT = Format(
    name="webanno",
    title="WebAnno TSV 3 (INCEpTION)",
    extensions=(".tsv",),
    unit="utf16",
    sniff=_sniff,
    read=read,
    write=write,
    options=("annotator", "field", "max_line_bytes", "id_prefix", "split"),
)
