"""Write brat: ``LANG/ID.txt`` and ``LANG/ID.ann`` for each labelled field, with a configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from annotate.formats.brat.names import one_line, quoted, unquoted
from annotate.formats.contract import CardFacts, Losses
from annotate.formats.omissions import decided, labelled, marked, omit
from annotate.records import ExportRecord, FieldRecord, Loss
from annotate.spans import Span

_NO_WORD = re.compile(r"[\s:;,]+")
_NAME = re.compile(r"[\w-]+\Z")


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Each language is a folder that brat opens, ``annotation.conf`` included.

    ``facts`` have no place in this format.
    """
    losses = Losses()
    types: dict[str, tuple[set[str], set[str]]] = {}
    for record in decided(records, losses):
        omit(record, losses, keeps=("relations", "attributes"))
        losses.add("splits", record.external_id, int(bool(record.split)))
        fields = labelled(record, losses)
        place = folder / record.language
        place.mkdir(parents=True, exist_ok=True)
        names = types.setdefault(record.language, (set(), set()))
        for field in fields:
            ident = record.external_id + (f"/{field.name}" if len(fields) > 1 else "")
            name = quoted(ident)
            losses.add("ids too long for a file's name", ident, int(unquoted(name) != ident))
            _save(place / f"{name}.txt", field.text)
            _save(place / f"{name}.ann", _Document(record, field, losses, names).text())
    for language, (marks, relations) in types.items():
        _save(folder / language / "annotation.conf", _configuration(marks, relations))
    return losses.save(folder)


def _save(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)


def _configuration(marks: set[str], relations: set[str]) -> str:
    ends = [f"{name}\tArg1:<ENTITY>, Arg2:<ENTITY>" for name in sorted(relations)]
    lines = ["[entities]", *sorted(marks), "[relations]", *ends, "[events]", "[attributes]", ""]
    return "\n".join(lines)


class _Document:
    """The annotations of one field, numbered from 1."""

    def __init__(
        self, record: ExportRecord, field: FieldRecord, losses: Losses,
        types: tuple[set[str], set[str]],
    ) -> None:  # fmt: skip
        self.record, self.field, self.losses, self.types = record, field, losses, types
        self.lines: list[str] = []
        self.counts = dict.fromkeys("TRANH", 0)

    def text(self) -> str:
        """All lines, each ended."""
        keys: dict[str, str] = {}
        spans = [span for span in marked(self.record) if span.field == self.field.name]
        for number, span in enumerate(spans, 1):
            keys[span.key or str(number)] = self._mark(span)
        for relation in self.record.reading.relations if self.record.reading else ():
            if relation.head in keys and relation.tail in keys:
                label = self._word(relation.label, self.types[1])
                head, tail = keys[relation.head], keys[relation.tail]
                self._add("R", f"{label} Arg1:{head} Arg2:{tail}\t")
            else:
                self.losses.add("relations across fields or to marks without a place",
                                self.record.external_id)  # fmt: skip
        return "".join(f"{line}\n" for line in self.lines)

    def _add(self, kind: str, said: str) -> str:
        self.counts[kind] += 1
        name = f"{'#' if kind == 'H' else kind}{self.counts[kind]}"
        self.lines.append(f"{name}\t{said}")
        return name

    def _word(self, label: str, types: set[str]) -> str:
        word = _NO_WORD.sub("_", label)
        changed = int(word != label)
        self.losses.add("labels that are no single word (written with _)",
                        self.record.external_id, changed)  # fmt: skip
        types.add(word)
        return word

    def _mark(self, span: Span) -> str:
        text = self.field.text
        places = _pieces(span)
        offsets = ";".join(f"{a} {b}" for a, b in places)
        surface = one_line(" ".join(text[a:b] for a, b in places))
        name = self._add("T", f"{self._word(span.label, self.types[0])} {offsets}\t{surface}")
        for key, value in span.attributes.items():
            self._attribute(name, key, value, fragmented=len(places) > 1)
        return name

    def _attribute(self, mark: str, key: str, value: Any, *, fragmented: bool) -> None:
        if key == "fragments" and fragmented:
            return
        texts = value if isinstance(value, list) and all(isinstance(v, str) for v in value) else []
        if key == "notes" and texts and all(one_line(v) == v for v in texts):
            for said in texts:
                self._add("H", f"AnnotatorNotes {mark}\t{said}")
        elif key == "references" and texts and all(":" in v and v.split() == [v] for v in texts):
            for said in texts:
                self._add("N", f"Reference {mark} {said}\t")
        elif _NAME.match(key) and value is True:
            self._add("A", f"{key} {mark}")
        elif _NAME.match(key) and isinstance(value, str) and value.split() == [value]:
            self._add("A", f"{key} {mark} {value}")
        else:
            self.losses.add("attributes that are no single word", self.record.external_id)


def _pieces(span: Span) -> list[tuple[int, int]]:
    """The pieces that the reader put aside, where they still fit the span; else the whole."""
    start, end = span.start or 0, span.end or 0
    attributes: Mapping[str, Any] = span.attributes
    pieces = attributes.get("fragments")
    if isinstance(pieces, list) and all(
        isinstance(p, list) and len(p) == 2 and all(type(n) is int for n in p) for p in pieces
    ):
        flat = [n for piece in pieces for n in piece]
        fits = len(flat) > 2 and (flat[0], flat[-1]) == (start, end)
        if fits and all(a < b for a, b in pieces) and flat == sorted(flat):
            return [(a, b) for a, b in pieces]
    return [(start, end)]
