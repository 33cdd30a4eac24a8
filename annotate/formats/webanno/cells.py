"""The cells of WebAnno TSV: several values parted by bars, numbers in brackets, and backslashes."""

from __future__ import annotations

import re

# What a backslash stands before where it is meant as itself.
_RESERVED = re.compile(r"->|[\\\[\]|_;\t\n*]")
_ESCAPED = re.compile(r"\\(->|.)", re.DOTALL)
_PARTS = re.compile(r"(?:\\.|[^\\|])+", re.DOTALL)
_NUMBERED = re.compile(r"(.*?)(?<!\\)\[(\d+)\]\Z", re.DOTALL)
NOTHING, NO_VALUE = "_", "*"


def escaped(text: str) -> str:
    """A value as a cell holds it.

    >>> escaped("a_b|c")
    'a\\\\_b\\\\|c'
    """
    named = {"\t": "\\t", "\n": "\\n"}
    return _RESERVED.sub(lambda found: named.get(found[0], "\\" + found[0]), text)


def plain(text: str) -> str:
    """A value of a cell as it is meant."""
    named = {"t": "\t", "n": "\n", "r": "\r"}
    return _ESCAPED.sub(lambda found: named.get(found[1], found[1]), text)


def values(cell: str) -> list[tuple[str | None, int | None]]:
    """(value, number) of each annotation in a cell: no value for ``*``, no number for one that stands
    alone on its token. Empty for ``_``.

    >>> values("PER[1]|*[2]"), values("LOC"), values("_")
    ([('PER', 1), (None, 2)], [('LOC', None)], [])
    """
    found: list[tuple[str | None, int | None]] = []
    for part in _PARTS.findall(cell):
        numbered = _NUMBERED.match(part)
        value, number = (numbered[1], int(numbered[2])) if numbered else (part, None)
        if value != NOTHING:
            found.append((None if value == NO_VALUE else plain(value), number))
    return found
