"""Write WebAnno TSV 3.3: a document per language and split, labels as named entities."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from annotate.formats.contract import CardFacts, Losses
from annotate.formats.omissions import Files, decided, labelled, marked, omit
from annotate.formats.tokens import Places, kept_tokens, tokens_kept, tokens_of
from annotate.formats.webanno.cells import NO_VALUE, NOTHING, escaped
from annotate.records import ExportRecord, FieldRecord, Loss
from annotate.spans import Span, offsets_of

# The built-in layer of INCEpTION for labelled stretches.
LAYER = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
HEAD = f"#FORMAT=WebAnno TSV 3.3\n#T_SP={LAYER}|identifier|value\n\n"
_BREAK = re.compile(r"\r\n|[\r\n]")


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.tsv`` and ``LOSSES.json``; return the losses. ``facts`` have no place here.

    Overlapping spans and those inside tokens are kept; offsets count UTF-16 units of the document.
    """
    losses = Losses()
    document = _Document()
    with Files(folder, ".tsv") as files:
        for record in decided(records, losses):
            omit(record, losses)
            losses.add("ids of items", record.external_id)
            fields = labelled(record, losses)
            for field in fields:
                document.add(files.of(record), record, field, losses)
    return losses.save(folder)


class _Document:
    """Where each file's next sentence begins, in UTF-16 units, and its number; likewise of spans."""

    def __init__(self) -> None:
        self.place: dict[TextIO, int] = defaultdict(int)
        self.sentences: dict[TextIO, int] = defaultdict(int)
        self.spans: dict[TextIO, int] = defaultdict(int)

    def add(self, file: TextIO, record: ExportRecord, field: FieldRecord, losses: Losses) -> None:
        """Write a field as the next sentence."""
        if file not in self.sentences:
            file.write(HEAD)
        self.sentences[file] += 1
        text = field.text
        kept = kept_tokens(text, tokens_kept(record.metadata, record.language))
        places = kept or tokens_of(text)
        spans = [span for span in marked(record) if span.field == field.name]
        rows = _rows(places, spans)
        numbered = self._numbers(file, rows)
        at, begin = offsets_of(text, "utf16"), self.place[file]
        shown = "\n#Text=".join(escaped(part) for part in _BREAK.split(text))
        file.write(f"\n#Sentence.id={self.sentences[file]}\n#Text={shown}\n")
        for name, (start, end), found in rows:
            marks = [(span, numbered.get(id(span))) for span in found]
            values = [escaped(span.label) + _bracket(number) for span, number in marks]
            nothing = [NO_VALUE + _bracket(number) for _span, number in marks]
            cells = (
                f"{self.sentences[file]}-{name}", f"{begin + at[start]}-{begin + at[end]}",
                escaped(text[start:end]), "|".join(nothing) or NOTHING, "|".join(values) or NOTHING,
            )  # fmt: skip
            file.write("\t".join(cells) + "\t\n")
        for span in spans:
            lines = [place for _name, place, found in rows if span in found]
            if not lines:
                losses.add("spans that hold no token", record.external_id)
            elif (lines[0][0], max(end for _start, end in lines)) != (span.start, span.end):
                losses.add(
                    "spans that begin or end between tokens (cut to them)", record.external_id
                )
        self.place[file] = begin + at[-1] + 1

    def _numbers(self, file: TextIO, rows: list[_Row]) -> dict[int, int]:
        """A number for each span that stands on several lines, or on one with others."""
        lines: dict[int, int] = defaultdict(int)
        shared = set()
        for _name, _place, found in rows:
            for span in found:
                lines[id(span)] += 1
                if len(found) > 1:
                    shared.add(id(span))
        numbers = {}
        for key, count in lines.items():
            if count > 1 or key in shared:
                self.spans[file] += 1
                numbers[key] = self.spans[file]
        return numbers


_Row = tuple[str, tuple[int, int], list[Span]]


def _rows(places: Places, spans: list[Span]) -> list[_Row]:
    """(number, place, spans) of each line: tokens, and behind them the pieces that spans cut off."""
    rows: list[_Row] = []
    for number, (start, end) in enumerate(places, 1):
        here = [s for s in spans if (s.start or 0) < end and start < (s.end or 0)]
        whole = [s for s in here if (s.start or 0) <= start and end <= (s.end or 0)]
        rows.append((str(number), (start, end), whole))
        pieces: dict[tuple[int, int], list[Span]] = defaultdict(list)
        for span in here:
            if span not in whole:
                pieces[max(start, span.start or 0), min(end, span.end or 0)].append(span)
        for piece, (place, found) in enumerate(sorted(pieces.items()), 1):
            rows.append((f"{number}.{piece}", place, found))
    return rows


def _bracket(number: int | None) -> str:
    return f"[{number}]" if number is not None else ""
