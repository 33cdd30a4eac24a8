"""File names for ids, and back."""

from __future__ import annotations

import hashlib
from urllib.parse import quote, unquote

import regex

MOST_BYTES = 200
_UNSAFE = regex.compile(r"\A\.|[^\w.-]")
_LINE_END = regex.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")


def quoted(ident: str) -> str:
    """A file name that ``unquoted`` turns back, except for ids too long for a file system.

    >>> quoted("doc/1"), unquoted("doc%2F1")
    ('doc%2F1', 'doc/1')
    """
    name = _UNSAFE.sub(lambda found: _percent(found.group()), ident)
    if len(name.encode()) <= MOST_BYTES:
        return name
    return hashlib.blake2b(ident.encode(), digest_size=16).hexdigest()


def _percent(character: str) -> str:
    return "%2E" if character == "." else quote(character, safe="")


def unquoted(name: str) -> str:
    """The id behind a name that ``quoted`` made; other names stay as they are."""
    ident = unquote(name)
    return ident if quoted(ident) == name else name


def one_line(text: str) -> str:
    """A surface as it stands in a line of annotations: white space that ends lines is a space."""
    return _LINE_END.sub(" ", text)
