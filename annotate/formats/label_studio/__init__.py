"""Label Studio JSON: tasks with annotations and predictions, and the labelling configuration beside them."""

from __future__ import annotations

import re

from annotate.formats.contract import Format
from annotate.formats.label_studio.reading import read
from annotate.formats.label_studio.writing import write

__all__ = ["FORMAT", "read", "write"]

_TASK = re.compile(rb'^\s*\[\s*\{.{0,4000}?"(?:data|annotations|predictions)"\s*:', re.DOTALL)


def _sniff(filename: str, head: bytes) -> bool:
    return _TASK.match(head.removeprefix(b"\xef\xbb\xbf")) is not None and b'"data"' in head


FORMAT = Format(
    name="label_studio",
    title="Label Studio JSON",
    extensions=(".json",),
    unit="codepoint",
    sniff=_sniff,
    read=read,
    write=write,
    options=("annotator", "field", "unit", "split", "id_prefix"),
)
