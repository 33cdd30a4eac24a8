"""Native JSONL: one item per line with everything that is known of it, nothing lost."""

from __future__ import annotations

from annotate.formats.contract import Format
from annotate.formats.native.reading import read
from annotate.formats.native.writing import item_line, write, write_items

__all__ = ["FORMAT", "item_line", "read", "write", "write_items"]


def _sniff(filename: str, head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"{") and (filename.endswith(FORMAT.extensions) or b'"' in start[:20])


FORMAT = Format(
    name="native",
    title="Vouch JSONL (lossless)",
    extensions=(".jsonl", ".ndjson"),
    unit="codepoint",
    sniff=_sniff,
    read=read,
    write=write,
    options=("unit", "annotator", "field", "max_line_bytes", "id_prefix", "split"),
)
