"""TMX 1.4: units of a text in several languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

from annotate.formats.bitext.markup import LANG, Unit, escaped, language_as, plain, units
from annotate.formats.bitext.pairs import (
    ORIGIN,
    Documents,
    not_carried,
    pairs,
    places,
    properties,
    taken_places,
)
from annotate.formats.contract import CardFacts, Fault, Losses, ReadOptions
from annotate.formats.native.converted import items_of
from annotate.records import ExportRecord, ItemRecord, Loss, RowError

CODES = "inline codes in segments, left out of the text"
_CODES = frozenset(("bpt", "ept", "it", "ph", "ut"))
_UNIT = frozenset(("tuid", "srclang"))


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per translation unit, with a rendition per language.

    The id is ``tuid``, else ``tu`` and the unit's number. The source is the language in ``srclang`` of
    the unit or of the header, else ``options.language``. Properties, notes and other attributes become
    metadata. A region that the options do not name (``en-US`` where ``en`` is imported) is left out of
    the language and counted in the notes, as are inline codes.
    """
    return items_of(_rows(stream, options), options)


def _rows(
    stream: BinaryIO, options: ReadOptions
) -> Iterator[tuple[int, Mapping[str, Any]] | RowError]:
    source, number = "", 0
    for unit in units(stream, ("header", "tu"), options.max_line_bytes):
        if isinstance(unit, RowError):
            yield unit
        elif unit.element.tag == "header":
            source = unit.element.get("srclang", "")
        else:
            number += 1
            try:
                yield unit.line, _native(unit, source, number, options)
            except Fault as fault:
                yield fault.at(unit.line)


def _native(unit: Unit, source: str, number: int, options: ReadOptions) -> dict[str, Any]:
    known = (options.language, options.target_language)
    element = unit.element
    renditions: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    for tuv in element.iterfind("tuv"):
        tag = tuv.get(LANG) or tuv.get("lang")
        if not tag:
            raise Fault("xml:lang", "a variant (tuv) names no language")
        language = language_as(tag, known, options.notes)
        said = _said(tuv, ())
        row: dict[str, Any] = {"language": language, "text": _text(tuv, options)}
        if said["properties"].get(ORIGIN) in ("machine", "person"):
            row["origin"] = said["properties"].pop(ORIGIN)
        said = {k: v for k, v in said.items() if v}
        more |= {language: said} if said else {}
        renditions.append(row)
    if not renditions:
        raise Fault("tuv", "the unit has no variant (tuv) in any language")
    metadata = _said(element, _UNIT)
    native: dict[str, Any] = {"id": element.get("tuid") or f"tu{number}", "renditions": renditions}
    native |= taken_places(metadata["properties"])
    native["metadata"] = {k: v for k, v in metadata.items() if v}
    native["metadata"] |= {"variants": more} if more else {}
    named = element.get("srclang") or source
    if named and named != "*all*":
        native["source_language"] = language_as(named, known, Counter())
    return native


def _text(tuv: Element, options: ReadOptions) -> str:
    segment = tuv.find("seg")
    if segment is None:
        raise Fault("seg", "a variant (tuv) has no segment (seg)")

    def note() -> None:
        options.notes[CODES] += 1

    return plain(segment, _CODES, note)


def _said(element: Element, known: Any) -> dict[str, Any]:
    """Attributes, properties and notes of a unit or variant."""
    passed = (*known, LANG, "lang")
    attributes = {k: v for k, v in element.attrib.items() if k not in passed}
    found: dict[str, Any] = {**attributes, "properties": {}}
    for prop in element.iterfind("prop"):
        found["properties"][prop.get("type") or ""] = prop.text or ""
    notes = [note.text for note in element.iterfind("note") if note.text]
    return found | ({"notes": notes} if notes else {})


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.tmx``: a unit for each field, its source beside it.

    Texts are written whether decided on or not. Of ``facts`` only the name is used.
    """
    losses = Losses()
    with Documents(folder, ".tmx", _head, "</body></tmx>\n") as files:
        for record in records:
            for pair in pairs(record, losses):
                item = record.external_id

                def text(value: str, item: str = item) -> str:
                    return escaped(value, item, losses)

                rows = [f'<tu tuid="{text(pair.ident)}">']
                said = properties(record.metadata) | places(record)
                rows += [f'<prop type="{text(k)}">{text(v)}</prop>' for k, v in said.items()]
                if pair.source is not None:
                    rows.append(_variant(record.source_language, text(pair.source), "original"))
                rows.append(_variant(record.language, text(pair.target), record.rendition_origin))
                files.of(record).write("".join(rows) + "</tu>\n")
            not_carried(record, losses)
    return losses.save(folder)


def _variant(language: str, text: str, origin: str) -> str:
    prop = "" if origin == "original" else f'<prop type="{ORIGIN}">{origin}</prop>'
    return f'<tuv xml:lang="{language}">{prop}<seg>{text}</seg></tuv>'


def _head(record: ExportRecord) -> str:
    source = record.source_language or record.language
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4"><header creationtool="Vouch" '
        'creationtoolversion="1" segtype="sentence" o-tmf="vouch" adminlang="en" '
        f'srclang="{source}" datatype="plaintext"/><body>\n'
    )
