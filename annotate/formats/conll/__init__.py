"""CoNLL-2002/2003: a token per line with a tag, a blank line between sentences."""

from __future__ import annotations

import re

from annotate.formats.conll.reading import read, read_pair
from annotate.formats.conll.writing import write
from annotate.formats.contract import Format

__all__ = ["FORMAT", "read", "read_pair", "write"]

_TAGGED = re.compile(rb"[^\s#]\S*[ \t](?:[^\r\n]*[ \t])?(?:O|[BIESLUM]-\S+)\r?\Z")


def _sniff(filename: str, head: bytes) -> bool:
    """Most of the first lines that hold a token end in a tag."""
    rows = head.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:200]
    rows = [row for row in rows[:-1] if row.strip() and not row.startswith(b"# ")]
    tagged = sum(bool(_TAGGED.match(row)) for row in rows)
    return bool(rows) and tagged >= 0.9 * len(rows)


FORMAT = Format(
    name="conll",
    title="CoNLL-2002/2003",
    extensions=(".conll", ".conll02", ".conll03", ".bio", ".iob", ".iob2"),
    unit="token",
    sniff=_sniff,
    read=read,
    read_pair=read_pair,
    write=write,
    options=(
        "annotator", "field", "max_line_bytes", "tag_column", "target_labels", "id_prefix", "split",
    ),
)  # fmt: skip
