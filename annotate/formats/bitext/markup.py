"""XML of other people's making: read unit by unit in bounded memory, and written safely."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from annotate.formats.checks import storable
from annotate.formats.contract import Fault, Losses
from annotate.records import RowError
from annotate.spans import shorten

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_PIECE = 1 << 16
_DEEPEST = 100
# What XML 1.0 cannot hold in any spelling.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;",
            "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}  # fmt: skip
_SPECIAL = re.compile('[&<>"\r\n\t]')


@dataclass(slots=True)
class Unit:
    """An element that holds a row: its line, and the elements around it from the root inwards."""

    line: int
    element: Element
    around: tuple[tuple[str, Mapping[str, str]], ...]


@dataclass(slots=True)
class _Collector:
    """The parser's target: builds units and lets all else go."""

    wanted: Collection[str]
    most: int
    line: Callable[[], int]
    found: list[Unit] = field(default_factory=list)
    around: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    builder: TreeBuilder | None = None
    depth: int = 0
    size: int = 0
    began: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        name = local(tag)
        if self.builder is None and name in self.wanted:
            self.builder, self.depth, self.size = TreeBuilder(), 0, 0
            self.began = self.line()
        if self.builder is None:
            self.around.append((name, attributes))
        else:
            self.builder.start(name, attributes)
            self.depth += 1
            self._grow(sum(len(k) + len(v) for k, v in attributes.items()) + len(name))
        if len(self.around) + self.depth > _DEEPEST:
            raise Fault("", f"elements are nested more than {_DEEPEST} deep")

    def end(self, tag: str) -> None:
        """An element ends."""
        if self.builder is None:
            self.around.pop()
            return
        self.builder.end(local(tag))
        self.depth -= 1
        if not self.depth:
            self.found.append(Unit(self.began, self.builder.close(), tuple(self.around)))
            self.builder = None

    def data(self, text: str) -> None:
        """Text stands here."""
        if self.builder is not None:
            self.builder.data(text)
            self._grow(len(text))

    def close(self) -> None:
        """The document ends."""

    def _grow(self, more: int) -> None:
        self.size += more
        if self.size > self.most:
            raise Fault(
                "",
                f"the unit that begins in line {self.began} has more than {self.most:,} characters; "
                "split it or raise the limit for a line",
            )


def units(stream: BinaryIO, wanted: Collection[str], most: int) -> Iterator[Unit | RowError]:
    """Yield the elements of these local names as they end; the file's first fault ends it.

    Entities that a file declares itself and anything outside the file are refused (expansion bombs,
    files of the server). A unit has at most ``most`` characters. Names come without their namespaces.
    """
    parser: Any = None

    def line() -> int:
        return int(parser.parser.CurrentLineNumber)

    collector = _Collector(wanted, most, line)
    # Its own entities are refused; a document type that only names a DTD, as TMX does, is let pass.
    parser = DefusedXMLParser(
        target=collector, forbid_dtd=False, forbid_entities=True, forbid_external=True
    )
    while True:
        piece = stream.read(_PIECE)
        error = _fed(parser, piece, line)
        yield from collector.found
        collector.found.clear()
        if error is not None:
            yield error
            return
        if not piece:
            return


def _fed(parser: Any, piece: bytes, line: Callable[[], int]) -> RowError | None:
    """Give the parser a piece, or the end; what is wrong with it, if anything."""
    try:
        if piece:
            parser.feed(piece)
        else:
            parser.close()
    except Fault as fault:
        return fault.at(line())
    except DefusedXmlException:
        return RowError(
            line(),
            "the file declares entities or points outside itself, which is not read; write out what "
            "they stand for",
        )
    except ParseError as error:
        row, column = error.position
        cause = f"not valid XML: {shorten(str(error), 120)} (character {column + 1} of the line)"
        return RowError(row, cause)
    except (LookupError, ValueError) as error:
        cause = f"the file cannot be decoded: {shorten(str(error), 120)}; save it as UTF-8"
        return RowError(line(), cause)
    return None


def local(name: str) -> str:
    """A name without its namespace, that of XML itself apart."""
    return name if name == LANG else name.rpartition("}")[2]


def plain(element: Element, codes: Collection[str], losses: Callable[[], None]) -> str:
    """The text of an element without its inline codes; ``losses`` is called for each of these.

    Elements named in ``codes`` lose what they hold, others (highlights, markers) only themselves.
    XLIFF's ``cp`` is the character it names.
    """
    parts = [element.text or ""]
    for child in element:
        if child.tag == "cp":
            parts.append(_character(child.get("hex", "")))
        else:
            losses()
            if child.tag not in codes:
                parts.append(plain(child, codes, losses))
        parts.append(child.tail or "")
    return "".join(parts)


def _character(digits: str) -> str:
    try:
        character = chr(int(digits, 16))
    except (ValueError, OverflowError):
        raise Fault("cp", f"{shorten(digits)!r} is no character's number") from None
    return storable(character, "cp")


def escaped(text: str, item: str, losses: Losses) -> str:
    """The text as XML that reads back as it is, line ends included.

    Characters that XML cannot hold become U+FFFD and are counted.
    """
    text, count = _UNWRITABLE.subn("\ufffd", text)
    losses.add("characters that XML cannot hold (U+FFFD instead)", item, count)
    return _SPECIAL.sub(lambda match: _ESCAPES[match.group()], text)


def language_as(tag: str, known: Collection[str | None], notes: Any) -> str:
    """A file's language as the reader calls it: ``en-US`` is ``en`` where only that is expected."""
    wanted = [other for other in known if other]
    folded = tag.replace("_", "-").lower()
    if folded in {other.lower() for other in wanted}:
        return tag.replace("_", "-")
    near = [other for other in wanted if folded.startswith(other.lower() + "-")]
    if len(near) == 1:
        notes[f"texts in {tag}, read as {near[0]}"] += 1
        return near[0]
    return tag.replace("_", "-")
