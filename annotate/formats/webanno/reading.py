"""Read WebAnno TSV 3: each sentence an item, what stands in its span layers as labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from annotate.formats.contract import Fault, ReadOptions
from annotate.formats.native.converted import from_paragraphs
from annotate.formats.tokens import kept_tokens, tokens_of
from annotate.formats.webanno.cells import plain, values
from annotate.records import ItemRecord, RowError
from annotate.spans import offsets_of

# The feature of a layer that is the label, where there is one of these; else its last.
LABELS = ("value", "label", "PosValue")
OTHER = "relations, chains and slots, not imported"
OUTSIDE = "annotations over several sentences (cut at the sentence)"

_ROW = re.compile(r"(\d+)-(\d+)(?:\.(\d+))?\Z")
_PLACE = re.compile(r"(\d+)-(\d+)\Z")


@dataclass(frozen=True, slots=True)
class _Layer:
    """A span layer: the first of its columns, how many there are, and which holds the label."""

    name: str
    first: int
    width: int
    label: int


@dataclass(slots=True)
class _Sentence:
    """The lines between two blank ones; places in the document's own units."""

    texts: list[str] = field(default_factory=list)
    tokens: list[tuple[int, int, str]] = field(default_factory=list)
    marks: list[tuple[str, int | None, str, int, int]] = field(default_factory=list)


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per sentence, or the RowError of one that cannot be taken.

    Ids are ``s`` and the sentence's number. The label is the layer's feature ``value`` or ``label``, else
    its last; without a value it is the layer's name. Relations, chains and slots are counted and left.
    """
    return from_paragraphs(stream, options, _Parser(options).native)


class _Parser:
    """Turns the sentences of one document into native rows, with offsets in their own texts."""

    def __init__(self, options: ReadOptions) -> None:
        self.options = options
        self.layers: list[_Layer] = []
        self.columns = 3
        self.open: set[tuple[str, int]] = set()

    def native(self, rows: list[tuple[int, str]], number: int) -> dict[str, Any] | None:
        """The native row of a sentence; None of lines without tokens. Raises RowError and Fault."""
        sentence = self._sentence(rows)
        return self._native(sentence, number) if sentence.tokens else None

    def _sentence(self, rows: list[tuple[int, str]]) -> _Sentence:
        """Tokens and annotations of the lines between two blank ones. Raises RowError."""
        sentence = _Sentence()
        for line, text in rows:
            try:
                if text.startswith("#"):
                    self._head(sentence, text)
                else:
                    self._row(sentence, text.split("\t"))
            except Fault as fault:
                raise fault.at(line) from None
        return sentence

    def _head(self, sentence: _Sentence, text: str) -> None:
        key, _, value = text[1:].partition("=")
        if key == "Text":
            sentence.texts.append(plain(value))
        elif key in ("T_SP", "T_CH", "T_RL"):
            name, *features = value.split("|")
            width = max(1, len(features))
            if key == "T_SP" and not any(one.startswith("ROLE_") for one in features):
                named = [at for at, one in enumerate(features) if one in LABELS]
                label = named[0] if named else width - 1
                short = name.rpartition(".")[2]
                self.layers.append(_Layer(short, self.columns, width, label))
            self.columns += width

    def _row(self, sentence: _Sentence, cells: list[str]) -> None:
        number = _ROW.match(cells[0])
        place = _PLACE.match(cells[1]) if len(cells) > 1 else None
        if number is None or place is None or len(cells) < 3:
            raise Fault("token", "expected a number such as 1-2, a place such as 0-4, and a token")
        start, end = int(place[1]), int(place[2])
        if number[3] is None:
            sentence.tokens.append((start, end, plain(cells[2])))
        taken = {
            column for one in self.layers for column in range(one.first, one.first + one.width)
        }
        for layer in self.layers:
            if len(cells) < layer.first + layer.width:
                said = f"the line has {len(cells)} columns; this layer's are further on"
                raise Fault(layer.name, said)
            for value, at in values(cells[layer.first + layer.label]):
                sentence.marks.append((layer.name, at, value or layer.name, start, end))
        rest = (cell for column, cell in enumerate(cells[3:], 3) if column not in taken)
        if any(cell not in ("", "_") for cell in rest):
            self.options.notes[OTHER] += 1

    def _native(self, sentence: _Sentence, number: int) -> dict[str, Any]:
        text = "\n".join(sentence.texts)
        if not sentence.texts:
            raise Fault("text", "the sentence has no line #Text=")
        words = [word for _start, _end, word in sentence.tokens]
        begin = self._begin(sentence, text)
        spans = [
            {"start": start - begin, "end": end - begin, "label": label}
            for label, start, end in self._spans(sentence)
        ]
        metadata: dict[str, Any] = {}
        places = kept_tokens(text, words)
        if places is not None and places != tokens_of(text):
            metadata["tokens"] = {self.options.language: words}
        return {
            "id": f"{self.options.id_prefix}s{number}", "text": text, "metadata": metadata,
            "split": self.options.split,
            "spans": [span | {"field": self.options.field} for span in spans],
        }  # fmt: skip

    def _begin(self, sentence: _Sentence, text: str) -> int:
        """Where the sentence begins in the document, in the document's units. Raises Fault for a token
        that does not stand where its line says, as when offsets count something else."""
        units = offsets_of(text, self.options.unit)
        at = {unit: point for point, unit in enumerate(units)}
        first, _end, word = sentence.tokens[0]
        begin = first - units[max(text.find(word), 0)]
        for start, end, word in sentence.tokens:
            left, right = at.get(start - begin), at.get(end - begin)
            if left is None or right is None or text[left:right] != word:
                said = f"{word!r} does not stand at {start}-{end}; do offsets count "
                raise Fault("token", f"{said}{self.options.unit} in this file?")
        return begin

    def _spans(self, sentence: _Sentence) -> list[tuple[str, int, int]]:
        """(label, start, end): the lines of one number are one annotation."""
        whole: dict[Any, tuple[str, int, int]] = {}
        for count, (layer, number, label, start, end) in enumerate(sentence.marks):
            key = (layer, number) if number is not None else count
            _label, left, right = whole.get(key, (label, start, end))
            whole[key] = (label, min(left, start), max(right, end))
        numbered = {key for key in whole if isinstance(key, tuple)}
        if again := numbered & self.open:
            self.options.notes[OUTSIDE] += len(again)
        self.open = numbered
        return list(whole.values())
