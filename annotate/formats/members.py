"""Members of a file that is one JSON list, decoded one after the other, without holding the file."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from annotate.formats.checks import all_storable
from annotate.formats.contract import Fault
from annotate.formats.decoding import DECODER, SUSPECT
from annotate.records import RowError

# The longest member, in characters: what is held at a time.
MOST_MEMBER = 20_000_000
_PIECE = 1 << 16
_SPACE = re.compile(r"[ \t\r\n]*")
# What may still belong to a number.
_DIGITS = re.compile(r"[0-9.eE+-]*\Z")
# Takes what Python can take: finds the end of a member that ours refuses.
_ANY = json.JSONDecoder()


class _Window:
    """The part of a file's text that is held; ``at`` is where the next member begins in it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._read = 0
        self._passed = 1
        self.text, self.at, self.is_whole = "", 0, False

    def more(self) -> bool:
        """Read on, as much again as is waiting; False when nothing was left. Raises Fault."""
        if self.is_whole:
            return False
        self._passed += self.text.count("\n", 0, self.at)
        self.text, self.at = self.text[self.at :], 0
        piece = self._stream.read(max(_PIECE, len(self.text)))
        self.is_whole = not piece
        try:
            self.text += self._decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            at = self._read + len(piece) - len(error.object) + error.start
            raise Fault(
                "",
                f"byte {at} of the file is not UTF-8; find out the encoding and save it as UTF-8",
            ) from None
        self._read += len(piece)
        return not self.is_whole

    def mark(self) -> str:
        """The next character that is no blank, where ``at`` then stands; empty at the end."""
        while True:
            found = _SPACE.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text) or not self.more():
                return self.text[self.at : self.at + 1]

    def line(self, place: int | None = None) -> int:
        """The line of a place in the text, else of ``at``."""
        return self._passed + self.text.count("\n", 0, self.at if place is None else place)


def members(stream: BinaryIO, what: str) -> Iterator[tuple[int, Any] | RowError]:
    """Yield each member of the list with its number from 1, or the error of that member.

    A fault of the JSON itself ends the file, since nobody knows where the next member begins; a member
    that no database could hold does not. ``what`` names the format in messages. At most one member, of
    ``MOST_MEMBER`` characters, is held.
    """
    window = _Window(stream)
    number = 0
    try:
        if window.mark() != "[":
            raise Fault("", f"expected a JSON list, as {what} writes it")
        window.at += 1
        while window.mark() != "]" or number:
            number += 1
            row = _member(window)
            yield row.at(number) if isinstance(row, Fault) else (number, row[0])
            after = window.mark()
            if after == "]":
                break
            if after != ",":
                raise Fault("", f"not valid JSON: expected , or ] (line {window.line()})")
            window.at += 1
        window.at += 1
        if window.mark():
            raise Fault("", f"something follows the list (line {window.line()}); leave it out")
    except Fault as fault:
        yield fault.at(number or 1)


def _member(window: _Window) -> tuple[Any] | Fault:
    """The next member, or what makes it one that cannot be kept. Raises Fault where JSON ends."""
    window.mark()
    while True:
        kept: Fault | None = None
        value: Any = None
        try:
            try:
                value, end = DECODER.raw_decode(window.text, window.at)
            except Fault as fault:
                kept = fault
                _, end = _ANY.raw_decode(window.text, window.at)
        except json.JSONDecodeError as error:
            _go_on(window, error)
            continue
        except RecursionError:
            raise Fault("", "lists or objects are nested too deeply") from None
        except ValueError:
            raise Fault("", "a number has too many digits; write it as a text") from None
        if _DIGITS.match(window.text, end) and window.more():
            continue
        text, window.at = window.text[window.at : end], end
        if kept is None and SUSPECT.search(text):
            try:
                all_storable(value, "")
            except Fault as fault:
                kept = fault
        return (value,) if kept is None else kept


def _go_on(window: _Window, error: json.JSONDecodeError) -> None:
    """Read on where a member may only be cut off. Raises Fault where it is none."""
    if len(window.text) - window.at > MOST_MEMBER:
        raise Fault("", f"has more than {MOST_MEMBER:,} characters; split it")
    line = window.line(error.pos)
    if window.more():
        return
    if not window.text[window.at :]:
        raise Fault("", "the list breaks off; the file is not whole")
    raise Fault("", f"not valid JSON: {error.msg} (line {line})")
