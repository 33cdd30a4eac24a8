"""TREC qrels: how relevant a document is to a query, a line each, with the texts in a second file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from annotate.formats.checks import describe
from annotate.formats.contract import CardFacts, Fault, Format, Losses, ReadOptions
from annotate.formats.decoding import decoded
from annotate.formats.lines import lines
from annotate.formats.native.converted import items_of
from annotate.formats.omissions import Files, decided, omit
from annotate.records import ExportRecord, ItemRecord, Loss, RowError

# The question that a grade answers, unless the columns say another for "grade".
QUESTION = "grade"
_LINE = re.compile(rb"\S+[ \t]+\S+[ \t]+\S+[ \t]+-?\d+\r?")
_GRADE = re.compile(r"-?\d{1,4}\Z", re.ASCII)
MOST_TEXT_BYTES = 500_000_000


def read_pair(
    stream: BinaryIO, texts: BinaryIO, options: ReadOptions
) -> Iterator[ItemRecord | RowError]:
    """Yield an item per line ``query iteration document grade``, with the texts of both.

    ``texts`` has a JSON object per line, ``_id`` (or ``id``) and ``text``, perhaps a ``title``, for
    queries and documents alike, as BEIR writes them; it is held in memory. The grade is the answer to
    ``grade``, or to what ``options.columns`` says for it; the fields are ``query`` (context) and
    ``document``. A pool's lists that proposed the document, where the text's line names them
    (``systems``), go to the metadata.
    """
    known: dict[str, Mapping[str, Any]] = {}
    size = 0
    for line in lines(texts, options.max_line_bytes):
        if isinstance(line, RowError):
            yield line
            continue
        size += len(line[1])
        if size > MOST_TEXT_BYTES:
            most = MOST_TEXT_BYTES // 1_000_000
            yield RowError(line[0], f"texts of more than {most} MB are not held; split the files")
            return
        try:
            if line[1].strip():
                row = decoded(line[1])
                known[str(row.get("_id", row.get("id")))] = row
        except Fault as fault:
            yield fault.at(line[0])
    yield from items_of(_rows(stream, known, options), options)


def _rows(
    stream: BinaryIO, known: Mapping[str, Mapping[str, Any]], options: ReadOptions
) -> Iterator[tuple[int, Mapping[str, Any]] | RowError]:
    question = options.columns.get(QUESTION, QUESTION).removeprefix("answer:")
    for line in lines(stream, options.max_line_bytes):
        if isinstance(line, RowError):
            yield line
            continue
        number, text = line
        if not text.strip():
            continue
        parts = text.split()
        try:
            if len(parts) != 4 or not _GRADE.match(parts[3]):
                raise Fault("", "expected query, iteration, document and a whole number")
            query, _, document, grade = parts
            yield number, {
                "id": f"{query}/{document}", "group": query,
                "inputs": {"query": query, "document": document},
                "fields": [
                    {"name": "query", "text": _text(known, query, "query"), "role": "context"},
                    {"name": "document", "text": _text(known, document, "document")},
                ],
                "answers": {question: grade},
                "metadata": {"systems": known[document]["systems"]}
                if "systems" in known[document] else {},
            }  # fmt: skip
        except Fault as fault:
            yield fault.at(number)


def _text(known: Mapping[str, Mapping[str, Any]], ident: str, column: str) -> str:
    row = known.get(ident)
    if row is None:
        raise Fault(column, f"the file of texts has no {column} {ident!r}")
    if not isinstance(row.get("text"), str):
        raise Fault(column, f"expected a text for {ident!r}, found {describe(row.get('text'))}")
    title = row.get("title")
    return f"{title}\n{row['text']}" if isinstance(title, str) and title.strip() else row["text"]


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.qrels`` from the first answer about a text that is a whole number.

    Query and document are the item's inputs of these names, else the two halves of its id. ``facts``
    have no place in this format.
    """
    losses = Losses()
    with Files(folder, ".qrels") as files:
        for record in decided(records, losses):
            omit(record, losses, keeps=("answers",))
            answers = record.reading.answers  # type: ignore[union-attr]
            grades = [
                a.value
                for a in answers
                if a.target == "rendition" and _GRADE.match(str(a.value)) and a.value is not True
            ][:1]
            losses.add("other answers", record.external_id, len(answers) - len(grades))
            pair = _pair(record)
            if not grades:
                losses.add("items without a whole number for an answer", record.external_id)
            elif pair is None:
                losses.add("items of which query and document are not known", record.external_id)
            else:
                files.of(record).write(f"{pair[0]} 0 {pair[1]} {grades[0]}\n")
    return losses.save(folder)


def _pair(record: ExportRecord) -> tuple[str, str] | None:
    query, document = record.inputs.get("query"), record.inputs.get("document")
    if not (isinstance(query, str) and isinstance(document, str)):
        query, _, document = record.external_id.partition("/")
    found = (query, document)
    return found if all(part and not any(c.isspace() for c in part) for part in found) else None


def _sniff(filename: str, head: bytes) -> bool:
    rows = head.split(b"\n")[:50]
    rows = [row for row in rows[: len(rows) - 1 or 1] if row.strip()]
    return bool(rows) and all(_LINE.fullmatch(row) for row in rows)


FORMAT = Format(
    name="trec",
    title="TREC qrels",
    extensions=(".qrels",),
    unit="token",
    sniff=_sniff,
    read_pair=read_pair,
    pairs="texts",
    write=write,
    options=("annotator", "split", "id_prefix"),
)
