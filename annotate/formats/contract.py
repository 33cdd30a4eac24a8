"""What a format is: how it is read, written and recognised, and what it could not carry."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from annotate.records import IMPORTED, ExportRecord, ItemRecord, Loss, RowError
from annotate.spans import Unit

MAX_LINE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a file is to be read.

    ``language`` and ``target_language`` are BCP-47 tags for texts that do not name their own.
    ``unit`` is what the file's offsets count; they become code points. ``labels`` and
    ``relation_labels`` are the known keys (None: any). ``annotator`` is credited with labels that
    name nobody. ``field`` names the field that a single text becomes. ``tag_column`` (0-based,
    negative from the right), ``target_labels`` and ``id_prefix`` concern formats without ids or
    with columns; ``split`` holds for rows that name none. ``token_ends`` tells whether the last token of
    a span is its end, ``columns`` what columns of a table hold (see ``tables.columns``). Readers count in
    ``notes`` what they mended or left aside; read it when the reader is exhausted.
    """

    language: str
    target_language: str | None = None
    unit: Unit = "codepoint"
    labels: frozenset[str] | None = None
    annotator: str = IMPORTED
    max_line_bytes: int = MAX_LINE_BYTES
    field: str = "text"
    relation_labels: frozenset[str] | None = None
    tag_column: int = -1
    target_labels: Literal["keep", "ignore"] = "keep"
    id_prefix: str = ""
    split: str = ""
    token_ends: Literal["inclusive", "exclusive"] = "inclusive"
    columns: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)
    notes: Counter[str] = dataclasses.field(default_factory=Counter, compare=False)


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a dataset card says and no record holds. Empty values are left out of the card.

    ``languages`` are BCP-47 tags, the source's first. ``licence`` is an identifier such as
    ``cc-by-4.0`` or a name of one's own. ``sections`` are further headings with Markdown text
    (guidelines, agreement, certificate). ``tokens`` asks for token and tag columns.
    """

    name: str
    languages: tuple[str, ...] = ()
    licence: str = ""
    licence_link: str = ""
    description: str = ""
    version: str = ""
    task_categories: tuple[str, ...] = ()
    task_ids: tuple[str, ...] = ()
    annotations_creators: tuple[str, ...] = ()
    language_creators: tuple[str, ...] = ()
    source_datasets: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    citation: str = ""
    sections: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tokens: bool = False


Reader = Callable[[BinaryIO, ReadOptions], Iterator[ItemRecord | RowError]]
Header = Callable[[BinaryIO, ReadOptions], list[tuple[str, str]]]
PairReader = Callable[[BinaryIO, BinaryIO, ReadOptions], Iterator[ItemRecord | RowError]]
Writer = Callable[[Iterator[ExportRecord], Path, CardFacts], list[Loss]]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to hold a data set in files.

    ``unit`` is what the format's offsets count unless the options say otherwise (``token`` where
    there are none). ``options`` are the ReadOptions that matter beyond language and labels. ``pairs``
    is what a second file holds beside the first. ``header`` gives the columns of a table and what each
    would be taken for. ``sniff`` tells from a file's name (lower case) and
    first bytes whether it is of this format.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    unit: Unit | Literal["token"]
    sniff: Callable[[str, bytes], bool]
    read: Reader | None = None
    read_pair: PairReader | None = None
    write: Writer | None = None
    options: tuple[str, ...] = ()
    pairs: Literal["translation", "texts"] = "translation"
    header: Header | None = None

    @property
    def offsets(self) -> Unit:
        """What offsets count where a file is read without a word on it."""
        return "codepoint" if self.unit == "token" else self.unit

    @property
    def may_read(self) -> bool:
        """Whether files of this format can be imported."""
        return self.read is not None or self.read_pair is not None

    @property
    def may_write(self) -> bool:
        """Whether a data set can be exported to this format."""
        return self.write is not None


class Losses:
    """Counts what a writer cannot carry, with the first item concerned."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str]] = {}

    def add(self, what: str, item: str, count: int = 1) -> None:
        """Note ``count`` losses of a kind in an item."""
        if count:
            before, example = self._found.get(what, (0, item))
            self._found[what] = (before + count, example)

    def report(self) -> list[Loss]:
        """Everything lost, by kind in alphabetical order."""
        return [Loss(what, *self._found[what]) for what in sorted(self._found)]

    def save(self, folder: Path) -> list[Loss]:
        """Write the report to ``LOSSES.json`` (an empty list when nothing is lost); return it."""
        report = self.report()
        rows = [{"what": x.what, "count": x.count, "example": x.example} for x in report]
        text = json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
        (folder / "LOSSES.json").write_text(text, encoding="utf-8")
        return report


class Fault(ValueError):
    """A value that cannot be taken; readers turn it into a RowError of their line."""

    def __init__(self, column: str, cause: str) -> None:
        self.column, self.cause = column, cause
        super().__init__(f"{column}: {cause}")

    def at(self, line: int) -> RowError:
        """The error of the row that starts on this 1-based line."""
        return RowError(line, self.cause, column=self.column)
