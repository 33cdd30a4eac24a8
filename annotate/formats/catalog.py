"""The formats there are: a line each."""

from __future__ import annotations

from annotate.formats import conll, native, parquet
from annotate.formats.contract import Format

FORMATS: dict[str, Format] = {
    known.name: known
    for known in (
        native.FORMAT,
        conll.FORMAT,
        parquet.FORMAT,
    )
}


def detect(filename: str, head: bytes) -> str | None:
    """The format of a file by its first bytes (some kilobytes), else by its name; None if unknown.

    >>> detect("a.txt", b'{"id": 1, "text": "Ana"}')
    'native'
    """
    name = filename.lower()
    for known in FORMATS.values():
        if known.may_read and known.sniff(name, head):
            return known.name
    for known in FORMATS.values():
        if known.may_read and name.endswith(known.extensions):
            return known.name
    return None
