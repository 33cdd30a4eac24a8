"""Pharaoh links: which word of a text translates which, written ``0-0 1-2`` beside parallel texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO

from annotate.formats.checks import language_tag, storable
from annotate.formats.contract import CardFacts, Fault, Format, Losses, ReadOptions
from annotate.formats.lines import lines
from annotate.formats.native.converted import items_of
from annotate.formats.omissions import Files, omit
from annotate.formats.tokens import tokens_of
from annotate.records import ExportRecord, FieldRecord, ItemRecord, Loss, RowError
from annotate.spans import Span, shorten

LINKS = "links"
_LINK = re.compile(r"(\d{1,6})[-p?](\d{1,6})\Z", re.ASCII)
_ONLY_LINKS = re.compile(rb"[ \t]*(?:\d+[-p?]\d+[ \t]*)*\r?")
_LINKED = re.compile(rb"[^\t]+\t[^\t]+\t[ ]*\d+[-p?]\d+(?:[ ]+\d+[-p?]\d+)*[ ]*\r?")
_BLANKS = re.compile(r"\s+")
_MARK = re.compile(r" \|\|\| |\t")

Row = tuple[int, Mapping[str, Any]]


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per line ``source TAB target TAB links``; ``|||`` may stand for the tabs.

    Words are what blanks part; ``i-j`` says that word j of the target translates word i of the source,
    both from 0. Links stay as they are in ``metadata["links"]``, by the target's language; ``p`` or ``?``
    in place of the hyphen marks one that is only possible. Both languages are those of the options.
    """
    return items_of(_rows(lines(stream, options.max_line_bytes), options), options)


def read_pair(
    stream: BinaryIO, texts: BinaryIO, options: ReadOptions
) -> Iterator[ItemRecord | RowError]:
    """The same from two files: a line of links, and the same line with ``source ||| target``.

    Files of unequal length give one RowError at the end that tells both counts.
    """
    most = options.max_line_bytes
    return items_of(_rows(_beside(lines(stream, most), lines(texts, most)), options), options)


def _beside(
    links: Iterable[tuple[int, str] | RowError], texts: Iterable[tuple[int, str] | RowError]
) -> Iterator[tuple[int, str] | RowError]:
    """The lines of two files joined into lines of three columns."""
    counts = [0, 0]
    for own, other in zip_longest(links, texts):
        counts[0] += own is not None
        counts[1] += other is not None
        if own is None or other is None:
            continue
        bad = [row for row in (own, other) if isinstance(row, RowError)]
        if bad:
            yield from bad
        elif not isinstance(own, RowError) and not isinstance(other, RowError):
            yield own[0], f"{other[1]}\t{own[1]}"
    if counts[0] != counts[1]:
        cause = f"there are {counts[0]} lines of links and {counts[1]} of texts"
        yield RowError(
            min(counts) + 1, f"{cause}; line i of one must belong to line i of the other"
        )


def _rows(
    rows: Iterable[tuple[int, str] | RowError], options: ReadOptions
) -> Iterator[Row | RowError]:
    if not options.target_language:
        yield RowError(1, "the translations name no language; choose a target language")
        return
    # As items keep it, so that an export finds the links again.
    target = language_tag(options.target_language, "target_language")
    for row in rows:
        if isinstance(row, RowError):
            yield row
            continue
        number, line = row
        if not line or line.isspace():
            continue
        try:
            yield number, _native(storable(line, ""), number, target, options)
        except Fault as fault:
            yield fault.at(number)


def _native(line: str, number: int, target: str, options: ReadOptions) -> dict[str, Any]:
    parts = _MARK.split(line)
    if len(parts) != 3:
        cause = "expected source, target and links, parted by tabs"
        if all(_LINK.match(word) for word in line.split()):
            cause = "the line holds links alone; give the file with the texts as the second file"
        raise Fault("", cause)
    texts = {options.language: parts[0], target: parts[1]}
    words = [_words(text) for text in parts[:2]]
    for link in parts[2].split():
        found = _LINK.match(link)
        if found is None:
            raise Fault(LINKS, f"{shorten(link)!r} is no link; links read 0-0, from 0 up")
        for side, place, own in zip(("source", "target"), found.groups(), words, strict=True):
            if int(place) >= len(own):
                raise Fault(LINKS, f"{link} leaves the {side}, which has {len(own)} words")
    tokens = {
        tag: [text[a:b] for a, b in own]
        for (tag, text), own in zip(texts.items(), words, strict=True)
        if own != tokens_of(text)
    }
    metadata: dict[str, Any] = {"tokens": tokens} if tokens else {}
    if parts[2].strip():
        metadata[LINKS] = {target: parts[2].strip()}
    return {
        "id": f"s{number}", "source_language": options.language, "metadata": metadata,
        "renditions": [{"language": tag, "text": text} for tag, text in texts.items()],
    }  # fmt: skip


def _words(text: str) -> list[tuple[int, int]]:
    """Where the words stand that blanks part."""
    return [found.span() for found in re.finditer(r"\S+", text)]


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.tsv``: source, target and links, of each field that has a source.

    Links are those that came with the item; where there are none, every word of a span is linked to
    every word of the source span that it carries. ``facts`` have no place in this format.
    """
    losses = Losses()
    with Files(folder, ".tsv") as files:
        for record in records:
            sources = {field.name: field for field in record.source_fields}
            paired = [(sources[f.name], f) for f in record.fields if f.name in sources]
            item = record.external_id
            losses.add("fields without a source", item, len(record.fields) - len(paired))
            for source, field in paired:
                texts = [_line(text, item, losses) for text in (source.text, field.text)]
                links = _links(
                    record, source, field, is_only=len(record.fields) == 1, losses=losses
                )
                losses.add("texts without links", item, int(not links))
                files.of(record).write("\t".join([*texts, links]) + "\n")
            _note_losses(record, losses)
    return losses.save(folder)


def _line(text: str, item: str, losses: Losses) -> str:
    """A text on one line; words stay the same."""
    if not ("\t" in text or "\n" in text or "\r" in text or len(text.splitlines()) > 1):
        return text
    losses.add("tabs and line breaks in texts (spaces instead)", item)
    return _BLANKS.sub(" ", text)


def _links(
    record: ExportRecord, source: FieldRecord, field: FieldRecord, *, is_only: bool, losses: Losses
) -> str:
    sides = _words(source.text), _words(field.text)
    given = record.metadata.get(LINKS)
    given = given.get(record.language) if isinstance(given, dict) and is_only else None
    if isinstance(given, str):
        found = [_LINK.match(link) for link in given.split()]
        if all(m and int(m[1]) < len(sides[0]) and int(m[2]) < len(sides[1]) for m in found):
            return given
        losses.add("links that fit the texts no longer", record.external_id)
    reading, basis = record.reading, record.source_reading
    if reading is None or basis is None:
        return ""
    carried = {s.key: s for s in basis.voted() if s.anchor == "text" and s.field == source.name}
    made = set()
    for span in reading.voted():
        if span.anchor == "text" and span.field == field.name and span.source in carried:
            pair = (carried[span.source], span)
            left, right = (_touched(p, s) for p, s in zip(sides, pair, strict=True))
            made |= {(i, j) for i in left for j in right}
    return " ".join(f"{i}-{j}" for i, j in sorted(made))


def _touched(places: list[tuple[int, int]], span: Span) -> list[int]:
    start, end = span.start or 0, span.end or 0
    return [n for n, (left, right) in enumerate(places) if left < end and start < right]


def _note_losses(record: ExportRecord, losses: Losses) -> None:
    item = record.external_id
    omit(record, losses, keeps=("source", "links", "metadata"))
    reading = record.reading
    losses.add("labels of spans", item, len(reading.voted()) if reading else 0)
    other = (
        set(record.metadata) - {LINKS, "tokens"}, record.inputs, record.variety, record.group,
    )  # fmt: skip
    losses.add("metadata, inputs, groups and varieties", item, sum(map(bool, other)))
    losses.add("ids", item)


def _sniff(filename: str, head: bytes) -> bool:
    rows = head.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:50]
    rows = [row for row in rows[: len(rows) - 1 or 1] if row.strip()]
    return bool(rows) and (
        all(_LINKED.fullmatch(row.replace(b" ||| ", b"\t")) for row in rows)
        or all(_ONLY_LINKS.fullmatch(row) for row in rows)
    )


FORMAT = Format(
    name="pharaoh",
    title="Pharaoh links beside parallel texts",
    extensions=(".pharaoh", ".align"),
    unit="token",
    sniff=_sniff,
    read=read,
    read_pair=read_pair,
    pairs="texts",
    write=write,
    options=("max_line_bytes", "field", "split", "id_prefix", "target_language"),
)
