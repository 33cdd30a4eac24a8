"""Checks that every reader makes: text that can be stored, known labels, ids that occur once."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import regex

from annotate.formats.contract import Fault
from annotate.languages import UnknownLanguage, standard_tag
from annotate.spans import Ruler, SpanError, shorten

# What the tables hold, in characters.
LONGEST = {
    "id": 200,
    "split": 40,
    "group": 200,
    "variety": 80,
    "name": 80,
    "speaker": 80,
    "annotator": 80,
    "key": 80,
    "label": 80,
    "method": 40,
}
_UNSTORABLE = regex.compile("[\0\ud800-\udfff]")


def storable(text: str, column: str) -> str:
    """The text itself, when PostgreSQL can hold it. Raises Fault on NUL and on lone surrogates."""
    found = _UNSTORABLE.search(text)
    if found is None:
        return text
    place = found.start()
    if found.group() == "\0":
        raise Fault(column, f"character {place} is NUL (U+0000), which no text may hold; remove it")
    code = ord(found.group())
    raise Fault(
        column,
        f"character {place} is half a surrogate pair (U+{code:04X}); write the whole character",
    )


def all_storable(value: Any, column: str) -> None:
    """Check every text inside a JSON value, keys included. Raises Fault naming the place."""
    waiting: list[tuple[Any, str]] = [(value, column)]
    while waiting:
        inner, place = waiting.pop()
        if isinstance(inner, str):
            storable(inner, place)
        elif isinstance(inner, dict):
            for key, part in inner.items():
                storable(key, f"a key of {place}" if place else "a key")
                waiting.append((part, f"{place}.{key}" if place else key))
        elif isinstance(inner, list):
            waiting += [(part, f"{place}[{index}]") for index, part in enumerate(inner)]


def filled_text(value: Any, column: str) -> str:
    """A text that says something. Raises Fault when it is no text, empty or only white space."""
    if not isinstance(value, str):
        raise Fault(column, f"expected a text, found {describe(value)}")
    if not value or value.isspace():
        raise Fault(column, "the text is empty; give a text or leave the row out")
    return value


def short_text(value: Any, column: str, kind: str) -> str:
    """A text that fits its column of the tables. Raises Fault."""
    if not isinstance(value, str):
        raise Fault(column, f"expected a text, found {describe(value)}")
    if len(value) > LONGEST[kind]:
        raise Fault(column, f"has {len(value)} characters; at most {LONGEST[kind]} are allowed")
    return value


def language_tag(value: Any, column: str) -> str:
    """The tag in its standard spelling. Raises Fault when it names no language."""
    if not isinstance(value, str):
        raise Fault(column, f"expected a language tag, found {describe(value)}")
    try:
        return standard_tag(value)
    except UnknownLanguage as error:
        raise Fault(column, str(error)) from None


def describe(value: Any) -> str:
    """What a JSON value is, for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {shorten(value)!r}"
    return "a list" if isinstance(value, list) else "an object"


def list_in(value: Any, column: str, *, may_lack: bool = True) -> list[Any]:
    """The list; an empty one for nothing, where that ``may_lack``. Raises Fault for anything else."""
    if value is None and may_lack:
        return []
    if not isinstance(value, list):
        raise Fault(column, f"expected a list, found {describe(value)}")
    return value


def object_in(value: Any, column: str) -> dict[str, Any]:
    """The object; an empty one for nothing. Raises Fault for anything else."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Fault(column, f"expected an object, found {describe(value)}")
    return value


def objects_in(value: Any, column: str) -> list[dict[str, Any]]:
    """The list, all of whose members are objects; an empty one for nothing. Raises Fault."""
    for index, one in enumerate(found := list_in(value, column)):
        if not isinstance(one, dict):
            raise Fault(f"{column}[{index}]", f"expected an object, found {describe(one)}")
    return found


def unknown_label(label: str, known: Collection[str], what: str = "label") -> str:
    """What to say of a label that is not among the known ones: names the nearest of them."""
    if not known:
        return f"unknown {what} {shorten(label)!r}; the project has none: add it there first"
    near = nearest(label, tuple(sorted(known)))
    return (
        f"unknown {what} {shorten(label)!r}; did you mean {near!r}? "
        "Correct the file or add the label to the project"
    )


@lru_cache(maxsize=1000)
def nearest(word: str, known: tuple[str, ...]) -> str:
    """The known word most like this one, case aside.

    >>> nearest("Pers", ("LOC", "PER"))
    'PER'
    """
    folded = word.casefold()

    def likeness(other: str) -> float:
        return difflib.SequenceMatcher(None, folded, other.casefold()).ratio()

    return max(known, key=likeness)


class Seen:
    """Ids met so far, as 16-byte hashes, so that memory stays small for millions."""

    def __init__(self) -> None:
        self._hashes: set[bytes] = set()

    def add(self, ident: str) -> bool:
        """Remember the id; False when it was there already."""
        digest = blake2b(ident.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if digest in self._hashes:
            return False
        self._hashes.add(digest)
        return True


def codepoint(ruler: Ruler, offset: int, column: str) -> int:
    """The code point at a file's offset. Raises Fault outside the text or inside a character."""
    try:
        return ruler.codepoint(offset)
    except SpanError as error:
        raise Fault(column, str(error)) from None
