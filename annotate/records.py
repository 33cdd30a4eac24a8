"""Records: plain values that carry items in and out of the database, and the row-level errors.

Formats read files into these and write them back; actions store them; nothing here knows Django.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from annotate.readings import Reading

Role = Literal["labelled", "context", "reference"]

IMPORTED = "imported"


class RowError(ValueError):
    """A row of an input that cannot be taken; says which row and why.

    ``line`` is the 1-based line (or record) number in the file, ``column`` the field concerned.
    """

    def __init__(self, line: int, cause: str, *, column: str = "") -> None:
        self.line, self.cause, self.column = line, cause, column
        where = f"Line {line}" + (f", {column}" if column else "")
        super().__init__(f"{where}: {cause}")


@dataclass(frozen=True, slots=True)
class FieldRecord:
    """One named text of a rendition; ``language`` only where it differs from the rendition's."""

    name: str
    text: str
    role: Role = "labelled"
    position: int = 0
    speaker: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class CandidateRecord:
    """A reading that came with the data, and the annotator it is credited to."""

    annotator: str
    reading: Reading
    ballot: int = 1


@dataclass(frozen=True, slots=True)
class RenditionRecord:
    """An item in one language: its fields and the labels that came with it."""

    language: str
    fields: tuple[FieldRecord, ...]
    candidates: tuple[CandidateRecord, ...] = ()
    origin: Literal["original", "machine", "person"] = "original"


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """One unit of a data set with its renditions; ``line`` is where it stood in the file."""

    external_id: str
    renditions: tuple[RenditionRecord, ...]
    split: str = ""
    group: str = ""
    position: int = 0
    variety: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class JudgementRecord:
    """One person's judgement as exported: pseudonym, outcome, times in seconds, reading."""

    rater: str
    outcome: str
    reading: Reading | None
    mode: str = ""
    round: int = 1
    submitted_at: str = ""
    seconds: float | None = None
    comment: str = ""
    verdicts: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """One rendition as exported: texts on both sides, the final reading, and all that led to it.

    ``origin`` is the decision's origin (``imported, accepted, agreed, single, adjudicated``) or empty
    while undecided; ``reading`` is None then.
    """

    external_id: str
    split: str
    language: str
    rendition_origin: str
    fields: tuple[FieldRecord, ...]
    source_language: str
    source_fields: tuple[FieldRecord, ...]
    reading: Reading | None
    origin: str
    gold: bool = False
    source_reading: Reading | None = None
    candidates: tuple[CandidateRecord, ...] = ()
    judgements: tuple[JudgementRecord, ...] = ()
    group: str = ""
    position: int = 0
    variety: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loss:
    """Something a format could not carry: what, how often, and the first item concerned."""

    what: str
    count: int
    example: str
