"""Write CoNLL: a file per language and split, the source beside it sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from annotate.formats.conll.tags import tagged
from annotate.formats.contract import CardFacts, Losses
from annotate.formats.omissions import omit
from annotate.formats.tokens import tokenised, tokens_kept
from annotate.readings import Reading
from annotate.records import ExportRecord, FieldRecord, Loss

_BREAK = re.compile(r"[\r\n]")
_LABEL_BREAK = re.compile(r"[\t\r\n]")
_UNSAFE = re.compile(r"[^\w.-]")


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.conll`` (token, tab, IOB2 tag) and ``LOSSES.json``; return the losses.

    Items without a split go to ``all.conll``. Where the source is labelled too, ``SPLIT.SOURCE.conll``
    beside it holds the source of each sentence at the same place, so that both read back as a pair.
    Undecided renditions are left out. ``facts`` have no place in this format.
    """
    losses = Losses()
    with ExitStack() as stack:
        files: dict[tuple[str, str, str], TextIO] = {}

        def file(language: str, split: str, side: str) -> TextIO:
            key = (language, _UNSAFE.sub("_", split) or "all", side)
            if key not in files:
                (folder / language).mkdir(parents=True, exist_ok=True)
                path = folder / language / f"{key[1]}{side and '.' + side}.conll"
                opened = path.open("w", encoding="utf-8", newline="\n")
                files[key] = stack.enter_context(opened)
            return files[key]

        for record in records:
            if record.reading is None:
                losses.add("renditions without a decision", record.external_id)
                continue
            omit(record, losses, keeps=("source",))
            own = _sentences(record, record.fields, record.reading, record.language, losses)
            target = file(record.language, record.split, "")
            if record.source_reading is None or not record.source_fields:
                target.writelines(own.values())
                continue
            source = _sentences(
                record, record.source_fields, record.source_reading, record.source_language, losses
            )
            beside = file(record.language, record.split, record.source_language)
            for name in [name for name in own if name in source]:
                target.write(own[name])
                beside.write(source[name])
            losses.add(
                "fields that only one side of a pair has",
                record.external_id,
                len(own.keys() ^ source.keys()),
            )
    return losses.save(folder)


def _sentences(
    record: ExportRecord, fields: Sequence[FieldRecord], reading: Reading, language: str,
    losses: Losses,
) -> dict[str, str]:  # fmt: skip
    """The blocks of a rendition's labelled fields by name, in the fields' order."""
    spans = [s for s in reading.voted() if s.side == "target" and s.anchor == "text"]
    labelled = {span.field for span in spans}
    wanted = [f for f in fields if f.role == "labelled" or f.name in labelled]
    losses.add("context and reference fields", record.external_id, len(fields) - len(wanted))
    if len(wanted) > 1:
        losses.add("fields of one item that became sentences of their own", record.external_id)
    blocks = {}
    for field in wanted:
        kept = tokens_kept(record.metadata, language) if len(wanted) == 1 else None
        here = [span for span in spans if span.field == field.name]
        result = tokenised(field.text, here, record.external_id, losses, kept)
        chunks = [(a, b, _label(label, record, losses)) for a, b, label in result.chunks]
        rows = [
            f"{field.text[left:right]}\t{tag}\n"
            for (left, right), tag in zip(
                result.places, tagged(len(result.places), chunks), strict=True
            )
        ]
        head = _comments(record, field, len(wanted) > 1, losses)
        blocks[field.name] = "".join([*head, *rows, "\n"])
    return blocks


def _comments(record: ExportRecord, field: FieldRecord, several: bool, losses: Losses) -> list[str]:
    ident = f"{record.external_id}/{field.name}" if several else record.external_id
    if _BREAK.search(field.text):
        losses.add("line breaks in texts (spaces instead)", record.external_id)
    facts = {
        "id": ident,
        "split": record.split,
        "group": record.group,
        "position": str(record.position) if record.position else "",
        "field": "" if field.name == "text" else field.name,
        "text": field.text,
    }
    return [f"# {key} = {_BREAK.sub(' ', value)}\n" for key, value in facts.items() if value]


def _label(label: str, record: ExportRecord, losses: Losses) -> str:
    if _LABEL_BREAK.search(label):
        losses.add("tabs and line breaks in labels", record.external_id)
    return _LABEL_BREAK.sub("_", label)
