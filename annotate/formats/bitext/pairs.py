"""What an export gives translators' tools: each field's text beside its source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotate.formats.contract import Fault, Losses
from annotate.formats.omissions import Files, omit
from annotate.records import ExportRecord
from annotate.spans import shorten

# Who made a text, where that is known.
ORIGIN = "x-origin"
# Where an item stands, as properties and notes of our own.
_WHOLE = re.compile(r"-?\d{1,10}\Z", re.ASCII)
_PLACES = {"x-split": "split", "x-group": "group", "x-position": "position"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and what it was translated from, if anything."""

    ident: str
    source: str | None
    target: str


def pairs(record: ExportRecord, losses: Losses) -> Iterator[Pair]:
    """The fields of a rendition with the source's fields of the same names."""
    sources = {field.name: field.text for field in record.source_fields}
    several = len(record.fields) > 1
    for field in record.fields:
        ident = f"{record.external_id}/{field.name}" if several else record.external_id
        yield Pair(ident, sources.get(field.name), field.text)
    item = record.external_id
    names = {field.name for field in record.fields}
    losses.add("source fields without a translation", item, len(sources.keys() - names))
    losses.add("fields of one item that became units of their own", item, int(several))
    plain = [f for f in record.fields if not (f.speaker or f.language or f.role != "labelled")]
    losses.add("roles, speakers and languages of fields", item, len(record.fields) - len(plain))


def properties(metadata: Mapping[str, Any]) -> dict[str, str]:
    """The properties that came with the unit."""
    found = metadata.get("properties")
    if not isinstance(found, dict):
        return {}
    return {k: v for k, v in found.items() if isinstance(k, str) and isinstance(v, str)}


def places(record: ExportRecord) -> dict[str, str]:
    """The item's split, group and position, as far as it has them."""
    found = {key: getattr(record, name) for key, name in _PLACES.items()}
    return {key: str(value) for key, value in found.items() if value}


def taken_places(said: dict[str, str]) -> dict[str, Any]:
    """Take what ``places`` wrote out of a unit's properties. Raises Fault."""
    found: dict[str, Any] = {_PLACES[key]: said.pop(key) for key in _PLACES if key in said}
    if "position" in found:
        if not _WHOLE.match(found["position"]):
            raise Fault("x-position", f"{shorten(found['position'])!r} is no whole number")
        found["position"] = int(found["position"])
    return found


def not_carried(record: ExportRecord, losses: Losses) -> None:
    """Count what translators' files do not carry."""
    item = record.external_id
    omit(record, losses, keeps=("metadata", "source"))
    reading = record.reading
    losses.add("spans", item, len(reading.voted()) if reading else 0)
    other = (
        set(record.metadata) - {"properties", "notes", "tokens"}, record.inputs, record.variety,
    )  # fmt: skip
    losses.add("metadata, inputs and varieties", item, sum(map(bool, other)))


class Documents(Files):
    """Files with a head before their first unit and a tail after the last."""

    def __init__(
        self, folder: Path, suffix: str, head: Callable[[ExportRecord], str], tail: str
    ) -> None:
        super().__init__(folder, suffix)
        self._head, self._tail = head, tail
        self._begun: set[int] = set()

    def of(self, record: ExportRecord) -> Any:
        """The file of a record, begun with its head."""
        stream = super().of(record)
        if id(stream) not in self._begun:
            self._begun.add(id(stream))
            stream.write(self._head(record))
        return stream

    def __exit__(self, *error: object) -> None:
        for stream in self.all():
            stream.write(self._tail)
        super().__exit__(*error)
