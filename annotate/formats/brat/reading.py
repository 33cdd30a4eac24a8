"""Read brat: marks, relations, events, attributes, normalisations and notes of each document."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from annotate.formats.archives import Archive
from annotate.formats.brat.names import one_line, unquoted
from annotate.formats.contract import Fault, ReadOptions
from annotate.formats.native.converted import items_of
from annotate.records import ItemRecord, RowError
from annotate.spans import Ruler, SpanError, shorten

# Annotations may outweigh their text.
ANNOTATIONS_TO_TEXT = 10
_MARK = re.compile(r"(\S+) (\d+ \d+(?:;\d+ \d+)*)\Z")

MERGED = "marks in several pieces, read as one from the first to the last"
EVENTS = "events, read as relations from their trigger"


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """An item per document; the id is its path in the archive, without folders that all share.

    The number in an error is the document's; its column names the file and the line.
    """
    try:
        archive = Archive(stream)
    except Fault as fault:
        yield fault.at(1)
        return
    names = _documents(archive, options)
    for row in items_of(_rows(archive, names, options), options):
        if isinstance(row, RowError) and row.line <= len(names) and ".ann" not in row.column:
            column = f"{names[row.line - 1]} {row.column}".strip()
            row = RowError(row.line, row.cause, column=column)
        yield row


def _documents(archive: Archive, options: ReadOptions) -> list[str]:
    """Paths without their ending, in the archive's order; other files are counted."""
    stems: dict[str, None] = {}
    for name in archive.names:
        stem, dot, ending = name.rpartition(".")
        if name.startswith("__MACOSX/") or ending not in ("txt", "ann") or not dot:
            options.notes["files that are neither .txt nor .ann, not imported"] += 1
        else:
            stems[stem] = None
    return list(stems)


def _rows(
    archive: Archive, names: list[str], options: ReadOptions
) -> Iterator[tuple[int, Mapping[str, Any]] | RowError]:
    shared = len(os.path.commonpath([name.rpartition("/")[0] for name in names])) if names else 0
    present = set(archive.names)
    for number, name in enumerate(names, 1):
        try:
            if f"{name}.txt" not in present:
                raise Fault("", "there are annotations without the text; add the .txt file")
            text = _decoded(archive, f"{name}.txt", options.max_line_bytes)
            row: dict[str, Any] = {"id": unquoted(name[shared:].lstrip("/")), "text": text}
            if f"{name}.ann" in present:
                most = ANNOTATIONS_TO_TEXT * options.max_line_bytes
                said = _decoded(archive, f"{name}.ann", most)
                row |= _Annotations(text, f"{name}.ann", options).labels(said)
        except Fault as fault:
            yield fault.at(number)
        else:
            yield number, row


def _decoded(archive: Archive, name: str, most: int) -> str:
    raw = archive.bytes_of(name, most).removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(name, f"byte {error.start} is not UTF-8; save the file as UTF-8") from None


class _Annotations:
    """What the lines of one .ann file say, put together when all are known."""

    def __init__(self, text: str, name: str, options: ReadOptions) -> None:
        self.ruler, self.name, self.options = Ruler(text, options.unit), name, options
        self.spans: dict[str, dict[str, Any]] = {}
        self.triggers: dict[str, str] = {}
        self.later: list[tuple[int, str, list[str]]] = []
        self.relations: list[dict[str, Any]] = []

    def labels(self, said: str) -> dict[str, Any]:
        """Spans and relations. Raises Fault naming the line."""
        for number, line in enumerate(said.split("\n"), 1):
            line = line.removesuffix("\r")
            if line and not line.isspace():
                self._line(number, line.split("\t"))
        for number, key, parts in self.later:
            self._second(number, key, parts)
        return {"spans": list(self.spans.values()), "relations": self.relations}

    def _at(self, number: int) -> str:
        return f"{self.name} line {number}"

    def _line(self, number: int, parts: list[str]) -> None:
        key, kind = parts[0], parts[0][:1]
        if len(parts) < 2 or not parts[1].strip():
            raise Fault(self._at(number), "expected an id and what it says, parted by a tab")
        if kind == "T":
            if key in self.spans:
                raise Fault(self._at(number), f"the id {shorten(key)!r} occurs twice")
            self.spans[key] = self._mark(number, key, parts)
            return
        if kind == "E":
            trigger = parts[1].split(" ")[0].partition(":")[2]
            self.triggers[key] = trigger
        self.later.append((number, key, parts))

    def _mark(self, number: int, key: str, parts: list[str]) -> dict[str, Any]:
        found = _MARK.match(parts[1].strip())
        if found is None:
            raise Fault(self._at(number), "expected a type, a start and an end, such as PER 0 3")
        pieces = [[int(n) for n in one.split(" ")] for one in found.group(2).split(";")]
        pieces.sort()
        span: dict[str, Any] = {
            "label": found.group(1),
            "key": key,
            "start": pieces[0][0],
            "end": pieces[-1][1],
        }
        surface = parts[2] if len(parts) > 2 else ""
        places = [self._place(number, start, end) for start, end in pieces]
        held = " ".join(self.ruler.text[a:b] for a, b in places)
        if surface and one_line(held) != one_line(surface):
            fitting = self.ruler.fitting_units(span["start"], span["end"], surface)
            cure = f"; they fit when counted in {fitting[0]}" if fitting else ""
            cause = f"the offsets hold {shorten(held)!r}, not {shorten(surface)!r}{cure}"
            raise Fault(self._at(number), cause)
        if len(pieces) > 1:
            self.options.notes[MERGED] += 1
            span["attributes"] = {"fragments": [list(place) for place in places]}
        return span

    def _place(self, number: int, start: int, end: int) -> tuple[int, int]:
        try:
            left, right = self.ruler.codepoint(start), self.ruler.codepoint(end)
        except SpanError as error:
            raise Fault(self._at(number), str(error)) from None
        if left >= right:
            raise Fault(self._at(number), f"start {start} and end {end} enclose no text")
        return left, right

    def _second(self, number: int, key: str, parts: list[str]) -> None:
        """A line that speaks of others."""
        kind, words = key[:1], parts[1].split()
        if kind == "R":
            self._relation(number, key, words)
        elif kind == "E":
            self.options.notes[EVENTS] += 1
            self._event(number, words)
        elif kind in "AMN#" and len(words) > 1:
            self._attribute(kind, words, parts[2] if len(parts) > 2 else "")
        else:
            self.options.notes[f"lines that begin with {kind}, not imported"] += 1

    def _end(self, number: int, ident: str) -> str:
        """The mark that an id stands for; an event stands for its trigger."""
        ident = self.triggers.get(ident, ident)
        if ident not in self.spans:
            raise Fault(self._at(number), f"there is no mark {shorten(ident)!r} in this file")
        return ident

    def _relation(self, number: int, key: str, words: list[str]) -> None:
        ends = [word.partition(":")[2] for word in words[1:]]
        if len(ends) != 2:
            raise Fault(self._at(number), "a relation has two ends, such as Arg1:T1 Arg2:T2")
        head, tail = (self._end(number, ident) for ident in ends)
        self.relations.append({"label": words[0], "head": head, "tail": tail, "key": key})

    def _event(self, number: int, words: list[str]) -> None:
        trigger = self._end(number, words[0].partition(":")[2])
        for word in words[1:]:
            role, _, ident = word.partition(":")
            tail = self._end(number, ident)
            self.relations.append({"label": role, "head": trigger, "tail": tail})

    def _attribute(self, kind: str, words: list[str], said: str) -> None:
        span = self.spans.get(self.triggers.get(words[1], words[1]))
        if span is None:
            self.options.notes["attributes and notes of other things than marks, not imported"] += 1
            return
        attributes = span.setdefault("attributes", {})
        if kind == "N":
            attributes.setdefault("references", []).append(" ".join(words[2:]))
        elif kind == "#":
            attributes.setdefault("notes", []).append(said)
        else:
            attributes[words[0]] = " ".join(words[2:]) or True
