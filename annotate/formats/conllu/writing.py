"""Write CoNLL-U: each labelled field a sentence, its labels as ``Entity=B-PER`` in ``MISC``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from annotate.formats.conll.tags import tagged
from annotate.formats.contract import CardFacts, Losses
from annotate.formats.omissions import Files, decided, labelled, marked, omit
from annotate.formats.tokens import tokenised, tokens_kept
from annotate.records import ExportRecord, FieldRecord, Loss

_BREAK = re.compile(r"[\t\r\n]")
# What parts MISC into keys and values.
_UNSAFE = re.compile(r"[\s|=]")


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.conllu`` and ``LOSSES.json``; return the losses.

    Only forms, spaces and labels are told: the other columns stay ``_``. ``facts`` have no place here.
    """
    losses = Losses()
    with Files(folder, ".conllu") as files:
        group = dict[tuple[str, str], str]()
        for record in decided(records, losses):
            omit(record, losses)
            fields = labelled(record, losses)
            key = (record.language, record.split)
            begins = record.group if group.get(key, "") != record.group else ""
            group[key] = record.group
            for number, field in enumerate(fields):
                ident = record.external_id + (f"/{field.name}" if len(fields) > 1 else "")
                head = _head(ident, field, begins if number == 0 else "")
                files.of(record).write(head + _words(record, field, len(fields) == 1, losses))
    return losses.save(folder)


def _head(ident: str, field: FieldRecord, group: str) -> str:
    said = {"newdoc id": group, "sent_id": ident, "text": field.text}
    return "".join(f"# {key} = {_BREAK.sub(' ', value)}\n" for key, value in said.items() if value)


def _words(record: ExportRecord, field: FieldRecord, is_only: bool, losses: Losses) -> str:
    text = field.text
    if _BREAK.search(text):
        losses.add("tabs and line breaks in texts (spaces instead)", record.external_id)
    spans = [span for span in marked(record) if span.field == field.name]
    kept = tokens_kept(record.metadata, record.language) if is_only else None
    found = tokenised(text, spans, record.external_id, losses, kept)
    chunks = [(first, end, _label(label, record, losses)) for first, end, label in found.chunks]
    rows = []
    tags = tagged(len(found.places), chunks)
    for number, ((start, end), tag) in enumerate(zip(found.places, tags, strict=True), 1):
        misc = [f"Entity={tag}"] if tag != "O" else []
        if end < len(text) and not text[end].isspace():
            misc.append("SpaceAfter=No")
        cells = [str(number), text[start:end], *"_" * 7, "|".join(misc) or "_"]
        rows.append("\t".join(cells) + "\n")
    return "".join(rows) + "\n"


def _label(label: str, record: ExportRecord, losses: Losses) -> str:
    if _UNSAFE.search(label):
        losses.add("spaces, bars and equals signs in labels", record.external_id)
    return _UNSAFE.sub("_", label)
