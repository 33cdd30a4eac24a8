"""XLIFF 1.2 and 2.0: segments of a document and their translations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

from annotate.formats.bitext.markup import Unit, escaped, language_as, plain, units
from annotate.formats.bitext.pairs import (
    ORIGIN,
    Documents,
    Pair,
    not_carried,
    pairs,
    places,
    taken_places,
)
from annotate.formats.contract import CardFacts, Fault, Losses, ReadOptions
from annotate.formats.native.converted import items_of
from annotate.records import ExportRecord, ItemRecord, Loss, RowError

CODES = "inline codes in segments, left out of the text"
UNTRANSLATED = "segments without a translation"
BETWEEN = "stretches between segments, left out"
_CODES = frozenset(("bpt", "ept", "it", "ph", "sub", "x", "bx", "ex", "sc", "ec", "sm", "em"))
_MACHINES = frozenset(("mt-suggestion", "leveraged-mt"))

Row = tuple[int, Mapping[str, Any]]


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per ``trans-unit`` (1.2) or ``segment`` (2.0): source and target as renditions.

    The id is that of the unit (2.0: its ``name``, where it has one), with the segment's number where
    there are several; from the second ``file`` on, the file's name stands before it. The file's
    name is the ``group``. A target without text is not taken; notes become metadata. A target that a
    machine proposed (``state-qualifier``) has the origin ``machine``. Alternatives, and in 2.0 what
    stands between segments, are left out and counted, as are inline codes.
    """
    return items_of(_rows(stream, options), options)


def _rows(stream: BinaryIO, options: ReadOptions) -> Iterator[Row | RowError]:
    files: list[Mapping[str, str]] = []
    for unit in units(stream, ("trans-unit", "unit"), options.max_line_bytes):
        if isinstance(unit, RowError):
            yield unit
            continue
        around = dict(unit.around)
        file = around.get("file", {})
        if not files or file is not files[-1]:
            # Only the first matters, and which is the present one.
            files = [*files[:1], file]
        try:
            part = _Part(around.get("xliff", {}), file, file is not files[0], options)
            rows = part.old(unit.element) if unit.element.tag == "trans-unit" else part.new(unit)
            yield from ((unit.line, row) for row in rows)
        except Fault as fault:
            yield fault.at(unit.line)


class _Part:
    """A file element: its languages, its name, and how its units become rows."""

    def __init__(
        self, root: Mapping[str, str], file: Mapping[str, str], is_later: bool, options: ReadOptions
    ) -> None:
        self.options = options
        known = (options.language, options.target_language)
        source = file.get("source-language") or root.get("srcLang") or options.language
        target = file.get("target-language") or root.get("trgLang") or options.target_language
        # What was called otherwise is noted for each text, below.
        self.named = (source, target)
        self.source = language_as(source, known, Counter())
        self.target = language_as(target, known, Counter()) if target else None
        self.group = file.get("original") or file.get("id") or ""
        self.prefix = f"{self.group}/" if is_later else ""

    def old(self, element: Element) -> Iterator[dict[str, Any]]:
        """The row of a ``trans-unit``."""
        notes = self._notes(element.iterfind("note"), "from")
        alternatives = sum(1 for _ in element.iterfind("alt-trans"))
        if alternatives:
            self.options.notes["alternative translations, left out"] += alternatives
        ident = element.get("id") or ""
        yield self._row(ident, element.find("source"), element.find("target"), notes)

    def new(self, unit: Unit) -> Iterator[dict[str, Any]]:
        """The rows of a ``unit`` of XLIFF 2."""
        element = unit.element
        segments = list(element.iterfind("segment"))
        between = sum(1 for _ in element.iterfind("ignorable"))
        if between:
            self.options.notes[BETWEEN] += between
        ident = element.get("name") or element.get("id") or ""
        for number, segment in enumerate(segments, 1):
            # Read anew for each, since a row takes its own out of them.
            notes = self._notes(element.iterfind("notes/note"), "category")
            own = f"{ident}/{segment.get('id') or number}" if len(segments) > 1 else ident
            yield self._row(own, segment.find("source"), segment.find("target"), notes)

    def _notes(self, found: Iterator[Element], attribute: str) -> list[tuple[str, str]]:
        return [(note.get(attribute) or "", "".join(note.itertext())) for note in found]

    def _row(
        self, ident: str, source: Element | None, target: Element | None,
        notes: list[tuple[str, str]],
    ) -> dict[str, Any]:  # fmt: skip
        if source is None:
            raise Fault("source", "the unit has no source text")
        if not ident:
            raise Fault("id", "the unit has no id")
        said = dict(notes)
        row: dict[str, Any] = {
            "id": self.prefix + ident, "group": self.group, "source_language": self.source,
            "renditions": [{"language": self.source, "text": self._text(source, 0)}],
            **taken_places(said),
        }  # fmt: skip
        text = self._text(target, 1) if target is not None else ""
        if not text or text.isspace() or target is None:
            self.options.notes[UNTRANSLATED] += 1
        else:
            if self.target is None:
                raise Fault("target-language", "no language is known; choose a target language")
            origin = said.pop(ORIGIN, "")
            if origin not in ("machine", "person"):
                made = target.get("state-qualifier") in _MACHINES
                origin = "machine" if made else "original"
            row["renditions"].append({"language": self.target, "text": text, "origin": origin})
        kept = [[name, note] for name, note in notes if not name.startswith("x-") or name in said]
        return row | ({"metadata": {"notes": kept}} if kept else {})

    def _text(self, element: Element, side: int) -> str:
        named, called = self.named[side], (self.source, self.target)[side]
        if named and called and named.replace("_", "-").lower() != called.lower():
            self.options.notes[f"texts in {named}, read as {called}"] += 1

        def note() -> None:
            self.options.notes[CODES] += 1

        return plain(element, _CODES, note)


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.xlf`` in XLIFF 1.2, which all tools read: a unit for each field with a source.

    A target's ``state`` is ``final`` where it was decided on, else ``translated``. ``facts`` have no
    place in this format.
    """
    losses = Losses()
    with Documents(folder, ".xlf", _head, "</body></file></xliff>\n") as files:
        for record in records:
            for pair in pairs(record, losses):
                files.of(record).write(_unit(record, pair, losses))
            not_carried(record, losses)
    return losses.save(folder)


def _unit(record: ExportRecord, pair: Pair, losses: Losses) -> str:
    def text(value: str) -> str:
        return escaped(value, record.external_id, losses)

    rows = [f'<trans-unit id="{text(pair.ident)}" xml:space="preserve">']
    if pair.source is None:
        # A text that translates nothing is itself what could be translated.
        rows.append(f"<source>{text(pair.target)}</source>")
    else:
        state = "translated" if record.reading is None else "final"
        made = record.rendition_origin == "machine"
        qualifier = ' state-qualifier="mt-suggestion"' if made else ""
        rows.append(f"<source>{text(pair.source)}</source>")
        rows.append(f'<target state="{state}"{qualifier}>{text(pair.target)}</target>')
    said = [[key, value] for key, value in places(record).items()]
    if record.rendition_origin == "person" and pair.source is not None:
        said.append([ORIGIN, "person"])
    notes = record.metadata.get("notes")
    for note in [*said, *(notes if isinstance(notes, list) else ())]:
        if isinstance(note, list) and len(note) == 2 and all(isinstance(x, str) for x in note):
            name = f' from="{text(note[0])}"' if note[0] else ""
            rows.append(f"<note{name}>{text(note[1])}</note>")
    return "".join(rows) + "</trans-unit>\n"


def _head(record: ExportRecord) -> str:
    source = record.source_language or record.language
    target = f' target-language="{record.language}"' if record.source_language else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<xliff version="1.2" '
        'xmlns="urn:oasis:names:tc:xliff:document:1.2">'
        f'<file original="" source-language="{source}"{target} datatype="plaintext"><body>\n'
    )
