"""TACRED JSON: a sentence in tokens, a subject, an object, and the relation between them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from annotate.formats.checks import describe
from annotate.formats.contract import CardFacts, Fault, Format, Losses, ReadOptions
from annotate.formats.native.converted import from_values, listed
from annotate.formats.omissions import JsonLists, decided, marked, omit
from annotate.formats.tokens import kept_tokens, tokens_kept, tokens_of
from annotate.records import ExportRecord, ItemRecord, Loss, RowError
from annotate.spans import Span

BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}"}
SUBJECT, OBJECT = "subj", "obj"
_KNOWN = frozenset(
    ("id", "docid", "relation", "token", "subj_start", "subj_end", "obj_start", "obj_end",
     "subj_type", "obj_type")
)  # fmt: skip


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per sentence: two spans (keys ``subj`` and ``obj``) and the relation between them.

    The text is the tokens with single spaces between them, brackets written as such; tokens are kept
    in the metadata. Ends are inclusive as in the original release, or exclusive as in several
    derivations, by ``options.token_ends``. ``no_relation`` is a relation like any other, since it is
    what somebody decided. Other columns (part of speech, heads) become metadata.
    """
    exclusive = options.token_ends == "exclusive"
    language = options.language
    return from_values(
        listed(stream, "TACRED"), options, lambda row: _native(row, exclusive, language)
    )


def _native(row: dict[str, Any], exclusive: bool, language: str) -> Mapping[str, Any]:
    tokens = row.get("token")
    if not isinstance(tokens, list) or not all(isinstance(t, str) and t for t in tokens):
        raise Fault("token", f"expected a list of tokens, found {describe(tokens)}")
    words = [BRACKETS.get(token) or str(token) for token in tokens]
    starts, place = [], 0
    for word in words:
        starts.append(place)
        place += len(word) + 1
    spans = []
    for role in (SUBJECT, OBJECT):
        first, last = row.get(f"{role}_start"), row.get(f"{role}_end")
        if type(first) is not int or type(last) is not int:
            raise Fault(f"{role}_start", "expected the numbers of the first and the last token")
        last -= exclusive
        if not 0 <= first <= last < len(words):
            meant = "exclusive" if exclusive else "inclusive"
            raise Fault(
                f"{role}_end",
                f"tokens {first}-{row[f'{role}_end']} do not lie in the {len(words)} tokens; ends are "
                f"read as {meant}: choose the other if the file means it",
            )
        end = starts[last] + len(words[last])
        label = row.get(f"{role}_type") or role.upper()
        spans.append({"key": role, "start": starts[first], "end": end, "label": label})
    relation = {"label": row.get("relation"), "head": SUBJECT, "tail": OBJECT}
    metadata = {key: value for key, value in row.items() if key not in _KNOWN}
    return {
        "id": row.get("id"), "group": row.get("docid") or "", "text": " ".join(words),
        "spans": spans, "relations": [relation],
        "metadata": metadata | {"tokens": {language: words}},
    }  # fmt: skip


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.json``: a sentence for each relation, ends inclusive.

    Tokens are the original ones where they are known, else words and punctuation marks. Renditions
    without a relation and fields beside the first labelled one are left out.
    """
    losses = Losses()
    with JsonLists(folder, ".json") as files:
        for record in decided(records, losses):
            omit(record, losses, keeps=("relations", "metadata"))
            relations = record.reading.relations  # type: ignore[union-attr]
            spans = {span.key: span for span in marked(record)}
            if not relations:
                losses.add("renditions without a relation", record.external_id)
            for number, relation in enumerate(relations, 1):
                head, tail = spans.get(relation.head), spans.get(relation.tail)
                if head is None or tail is None or head.field != tail.field:
                    losses.add("relations across fields or sides", record.external_id)
                    continue
                text = next(f.text for f in record.fields if f.name == head.field)
                kept = tokens_kept(record.metadata, record.language)
                places = kept_tokens(text, kept) or tokens_of(text)
                ident = record.external_id + (f"/{number}" if len(relations) > 1 else "")
                row = _row(ident, record, text, places, (head, tail), losses)
                row["relation"] = relation.label
                files.add(record, json.dumps(row, ensure_ascii=False))
    return losses.save(folder)


def _row(
    ident: str, record: ExportRecord, text: str, places: Sequence[tuple[int, int]],
    ends: tuple[Span, Span], losses: Losses,
) -> dict[str, Any]:  # fmt: skip
    row: dict[str, Any] = {
        "id": ident, "docid": record.group, "token": [text[a:b] for a, b in places],
    }  # fmt: skip
    for role, span in zip((SUBJECT, OBJECT), ends, strict=True):
        start, end = span.start or 0, span.end or 0
        touched = [n for n, (a, b) in enumerate(places) if a < end and b > start]
        if not touched:
            losses.add("spans that hold no token", ident)
            touched = [0]
        elif (places[touched[0]][0], places[touched[-1]][1]) != (start, end):
            losses.add("spans moved to the edges of tokens", ident)
        row |= {f"{role}_start": touched[0], f"{role}_end": touched[-1], f"{role}_type": span.label}
    return row | {k: v for k, v in record.metadata.items() if k not in (*row, "tokens")}


def _sniff(filename: str, head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"[") and b'"subj_start"' in head


FORMAT = Format(
    name="tacred",
    title="TACRED JSON",
    extensions=(".json",),
    unit="token",
    sniff=_sniff,
    read=read,
    write=write,
    options=("annotator", "split", "id_prefix", "token_ends"),
)
