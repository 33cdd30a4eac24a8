"""Lines of an uploaded file: bounded, decoded, numbered, without ever holding the whole file."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from annotate.records import RowError

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def lines(
    stream: BinaryIO, most: int, *, ends: bool = False
) -> Iterator[tuple[int, str] | RowError]:
    """Yield (1-based number, text without its line end) per line, or the error of that line.

    With ``ends`` a text keeps its line end.

    Lines end in LF or CRLF; a UTF-8 byte order mark is passed over. A line of more than ``most``
    bytes and one that is not UTF-8 are errors, and reading goes on with the next; a file in UTF-16
    is one error. At most ``most`` bytes are held at a time.
    """
    number = position = 0
    while raw := stream.readline(most + 2):
        number += 1
        size = len(raw)
        if number == 1:
            if raw.startswith(_UTF16):
                yield RowError(1, "the file is UTF-16; save it as UTF-8")
                return
            raw = raw.removeprefix(codecs.BOM_UTF8)
        text = raw.removesuffix(b"\n").removesuffix(b"\r")
        if len(text) > most:
            size += _skip_line(stream, raw, most)
            cause = (
                f"the line has more than {most:,} bytes; split it into several rows or raise the "
                "limit for a line"
            )
            yield RowError(number, cause)
        else:
            try:
                yield number, (raw if ends else text).decode("utf-8")
            except UnicodeDecodeError as error:
                yield _not_utf8(number, position + size - len(raw), error)
        position += size


def paragraphs(stream: BinaryIO, most: int) -> Iterator[list[tuple[int, str]] | RowError]:
    """Yield the lines between two blank ones, numbered, or the first error among them.

    Beyond ``most`` characters together they are an error and are not held.
    """
    held: list[tuple[int, str]] = []
    error, size = None, 0
    for row in lines(stream, most):
        if not isinstance(row, RowError) and not row[1].strip():
            if held or error:
                yield error or held
            held, error, size = [], None, 0
        elif error is not None:
            continue
        elif isinstance(row, RowError):
            held, error = [], row
        else:
            size += len(row[1])
            held.append(row)
            if size > most:
                said = "no blank line within {:,} characters; put one after each sentence or raise "
                error = RowError(held[0][0], said.format(most) + "the limit for a line")
                held = []
    if held or error:
        yield error or held


def first_line(head: bytes) -> bytes:
    """The first line of a file that is not blank, of its first bytes, without a byte order mark."""
    return head.removeprefix(codecs.BOM_UTF8).lstrip().split(b"\n", 1)[0]


def _skip_line(stream: BinaryIO, raw: bytes, most: int) -> int:
    """Read on to the end of the line, by pieces; return how many bytes that took."""
    skipped = 0
    while not raw.endswith(b"\n"):
        raw = stream.readline(min(most + 2, 1 << 20))
        if not raw:
            break
        skipped += len(raw)
    return skipped


def _not_utf8(number: int, position: int, error: UnicodeDecodeError) -> RowError:
    byte = error.object[error.start]
    return RowError(
        number,
        f"byte {position + error.start} of the file (0x{byte:02X}, byte {error.start} of the line) "
        "is not UTF-8; find out the file's encoding and save it as UTF-8",
    )
