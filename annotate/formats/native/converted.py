"""Rows of other formats, made into rows of the native one, whose parser checks them."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from annotate.formats.checks import Seen, all_storable
from annotate.formats.contract import Fault, ReadOptions
from annotate.formats.decoding import DECODER, decoded
from annotate.formats.lines import lines, paragraphs
from annotate.formats.members import members
from annotate.formats.native.rows import RowParser
from annotate.records import ItemRecord, RowError
from annotate.spans import shorten

# A document that is one JSON value is held whole; beyond this it must come as lines.
MOST_DOCUMENT_BYTES = 200_000_000

Numbered = tuple[int, Mapping[str, Any]]


def items_of(
    rows: Iterable[Numbered | RowError], options: ReadOptions
) -> Iterator[ItemRecord | RowError]:
    """An item for each numbered row of the native format, or the error of that row.

    Memory does not grow with the rows but for 16 bytes per id.
    """
    parser, seen = RowParser(options), Seen()
    for row in rows:
        if isinstance(row, RowError):
            yield row
            continue
        number, native = row
        try:
            item = parser.item(native, number)
        except Fault as fault:
            yield fault.at(number)
            continue
        if seen.add(item.external_id):
            yield item
        else:
            ident = shorten(item.external_id)
            cause = f"{ident!r} occurs twice in this file; give every item an id of its own"
            yield RowError(number, cause, column="id")


def from_lines(
    stream: BinaryIO, options: ReadOptions,
    convert: Callable[[dict[str, Any]], Mapping[str, Any] | None],
) -> Iterator[ItemRecord | RowError]:  # fmt: skip
    """Read a JSON object per line; ``convert`` makes each a native row, or None to leave it out."""
    return items_of(_converted(_objects(stream, options), convert), options)


def from_paragraphs(
    stream: BinaryIO, options: ReadOptions,
    convert: Callable[[list[tuple[int, str]], int], Mapping[str, Any] | None],
) -> Iterator[ItemRecord | RowError]:  # fmt: skip
    """Read an item from the numbered lines between two blank ones.

    ``convert`` makes them a native row, given which of the items it is, from 1; None where they hold
    none. It raises RowError, or Fault for the first of the lines.
    """
    return items_of(_sentences(stream, options, convert), options)


def _sentences(
    stream: BinaryIO, options: ReadOptions,
    convert: Callable[[list[tuple[int, str]], int], Mapping[str, Any] | None],
) -> Iterator[Numbered | RowError]:  # fmt: skip
    count = 0
    for block in paragraphs(stream, options.max_line_bytes):
        made: Numbered | RowError
        if isinstance(block, RowError):
            made = block
        else:
            try:
                native = convert(block, count + 1)
            except RowError as error:
                made = error
            except Fault as fault:
                made = fault.at(block[0][0])
            else:
                if native is None:
                    continue
                made = block[0][0], native
        count += 1
        yield made


def from_values(
    values: Iterable[tuple[int, Any] | RowError], options: ReadOptions,
    convert: Callable[[dict[str, Any]], Mapping[str, Any] | None],
) -> Iterator[ItemRecord | RowError]:  # fmt: skip
    """The same for values that are decoded already, each with its number."""
    return items_of(_converted(values, convert), options)


def document(stream: BinaryIO, what: str) -> Any:
    """The one JSON value of a file. Raises Fault where it is too large, no JSON or not storable.

    ``what`` names the format in the message.
    """
    raw = stream.read(MOST_DOCUMENT_BYTES + 1)
    if len(raw) > MOST_DOCUMENT_BYTES:
        most = MOST_DOCUMENT_BYTES // 1_000_000
        raise Fault("", f"a {what} file of more than {most} MB is not read; split it")
    try:
        text = raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(
            "", f"byte {error.start} is not UTF-8; find out the encoding and save the file as UTF-8"
        ) from None
    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise Fault("", f"not valid JSON: {error.msg} (line {error.lineno})") from None
    except RecursionError:
        raise Fault("", "lists or objects are nested too deeply") from None
    except Fault:
        raise
    except ValueError:
        raise Fault("", "a number has too many digits; write it as a text") from None
    all_storable(value, "")
    return value


def listed(stream: BinaryIO, what: str) -> Iterator[tuple[int, Any] | RowError]:
    """The numbered members of a file that is one JSON list; a file that is not is one error."""
    return members(stream, what)


def _objects(stream: BinaryIO, options: ReadOptions) -> Iterator[tuple[int, Any] | RowError]:
    for line in lines(stream, options.max_line_bytes):
        if isinstance(line, RowError):
            yield line
            continue
        number, text = line
        if not text or text.isspace():
            continue
        try:
            yield number, decoded(text)
        except Fault as fault:
            yield fault.at(number)


def _converted(
    rows: Iterable[tuple[int, Any] | RowError],
    convert: Callable[[dict[str, Any]], Mapping[str, Any] | None],
) -> Iterator[Numbered | RowError]:
    for row in rows:
        if isinstance(row, RowError):
            yield row
            continue
        number, value = row
        try:
            if not isinstance(value, dict):
                raise Fault("", "expected a JSON object for each text")
            native = convert(value)
        except Fault as fault:
            yield fault.at(number)
            continue
        if native is not None:
            yield number, native
