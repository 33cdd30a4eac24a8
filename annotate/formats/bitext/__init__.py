"""Texts beside their translations, as translators' tools keep them: TMX and XLIFF."""

from __future__ import annotations

from annotate.formats.bitext import tmx, xliff
from annotate.formats.contract import Format

__all__ = ["TMX", "XLIFF"]

_OPTIONS = ("annotator", "field", "max_line_bytes", "split", "id_prefix", "target_language")


def _begins(head: bytes, tag: bytes) -> bool:
    return b"<" + tag in head[:4000].replace(b"\0", b"")


TMX = Format(
    name="tmx",
    title="TMX translation memory",
    extensions=(".tmx",),
    unit="token",
    sniff=lambda filename, head: _begins(head, b"tmx"),
    read=tmx.read,
    write=tmx.write,
    options=_OPTIONS,
)
XLIFF = Format(
    name="xliff",
    title="XLIFF 1.2 and 2.0",
    extensions=(".xlf", ".xliff"),
    unit="token",
    sniff=lambda filename, head: _begins(head, b"xliff"),
    read=xliff.read,
    write=xliff.write,
    options=_OPTIONS,
)
