"""XAlign JSONL: a sentence in some language, and the facts in English that it states."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from annotate.formats.checks import describe
from annotate.formats.contract import CardFacts, Fault, Format, Losses, ReadOptions
from annotate.formats.lines import first_line
from annotate.formats.native.converted import from_lines
from annotate.formats.omissions import Files, decided, omit
from annotate.records import ExportRecord, ItemRecord, Loss, RowError

# The questions of the preset ``fact-coverage``, and the values that XAlign's numbers stand for.
STATED, COVERAGE = "stated", "coverage"
_COVERED = {1: "complete", 0: "partial"}
_KNOWN = frozenset(
    ("id", "sentence", "lang", "language", "facts", "other_facts", "complete_coverage")
)
_FACTS = re.compile(rb'"facts"\s*:\s*\[')


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per line: the sentence, its facts as ``inputs``, and which of them it states.

    A fact is an object with ``subject``, ``predicate``, ``object`` and ``qualifiers`` (the second
    release) or a list of predicate, object and qualifiers (the first; the subject is
    ``entity_name``). Those under ``facts`` are what the sentence states, the answer to ``stated``;
    those under ``other_facts``, which only Vouch writes, are not. ``complete_coverage`` answers
    ``coverage``. Other keys become metadata, beside the facts as they stand in the file.
    """
    return from_lines(stream, options, _native)


def _native(row: dict[str, Any]) -> Mapping[str, Any]:
    stated = _facts(row, "facts")
    facts = stated + _facts(row, "other_facts")
    subject = row.get("entity_name")
    shown = [
        {"key": f"f{number}", "text": _told(fact, subject, f"facts[{number - 1}]"), "lang": "en"}
        for number, fact in enumerate(facts, 1)
    ]
    answers: dict[str, Any] = {STATED: [fact["key"] for fact in shown[: len(stated)]]}
    covered = row.get("complete_coverage")
    if covered is not None:
        if covered not in (0, 1):
            raise Fault("complete_coverage", f"expected 1 or 0, found {describe(covered)}")
        answers[COVERAGE] = _COVERED[int(covered)]
    native: dict[str, Any] = {
        "fields": {"text": row.get("sentence")}, "inputs": {"facts": shown}, "answers": answers,
        "metadata": {k: v for k, v in row.items() if k not in _KNOWN} | {"facts": facts},
    }  # fmt: skip
    tag = row.get("language", row.get("lang"))
    native |= {"language": tag, "source_language": tag} if tag is not None else {}
    return native | ({"id": row["id"]} if row.get("id") is not None else {})


def _facts(row: Mapping[str, Any], name: str) -> list[Any]:
    value = row.get(name)
    if value is None and name != "facts":
        return []
    if not isinstance(value, list):
        raise Fault(name, f"expected a list of facts, found {describe(value)}")
    return value


def _told(fact: Any, subject: Any, where: str) -> str:
    """A fact as its parts, with commas between them."""
    if isinstance(fact, dict):
        parts = [fact.get("subject", subject), fact.get("predicate"), fact.get("object")]
        pairs = fact.get("qualifiers") or []
        if isinstance(pairs, list):
            names = ("qualifier_predicate", "qualifier_object")
            pairs = [[p.get(n) for n in names] if isinstance(p, dict) else p for p in pairs]
    elif isinstance(fact, list) and len(fact) in (2, 3):
        parts, pairs = [subject, *fact[:2]], fact[2] if len(fact) == 3 else []
    else:
        raise Fault(where, f"expected a fact with its predicate and object, found {describe(fact)}")
    if not all(isinstance(part, str) and part for part in parts[1:]):
        raise Fault(where, "a fact has a predicate and an object, both texts")
    told = [str(part) for part in parts if isinstance(part, str) and part]
    if not isinstance(pairs, list) or not all(
        isinstance(p, list) and len(p) == 2 and all(isinstance(x, str) for x in p) for p in pairs
    ):
        raise Fault(f"{where}.qualifiers", "a qualifier has a predicate and an object, both texts")
    return ", ".join([*told, *(" ".join(pair) for pair in pairs)])


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.jsonl``: the facts that were found stated under ``facts``.

    The others stand under ``other_facts``. Items without the answer ``stated`` are left out.
    ``facts`` of the card have no place in this format.
    """
    losses = Losses()
    with Files(folder, ".jsonl") as files:
        for record in decided(records, losses):
            row = _row(record, losses)
            if row is None:
                losses.add("items of which no facts were judged", record.external_id)
            else:
                files.of(record).write(json.dumps(row, ensure_ascii=False) + "\n")
    return losses.save(folder)


def _row(record: ExportRecord, losses: Losses) -> dict[str, Any] | None:
    reading = record.reading
    answers = reading.answers if reading else ()
    said = {a.question: a.value for a in answers if a.target == "rendition"}
    shown = record.inputs.get("facts")
    if not isinstance(said.get(STATED), list) or not isinstance(shown, list):
        return None
    original = record.metadata.get("facts")
    if not isinstance(original, list) or len(original) != len(shown):
        original = [{"predicate": "", "object": fact.get("text")} for fact in shown]
        losses.add("facts whose parts are not known (their text is the object)", record.external_id)
    ticked = [fact.get("key") in said[STATED] for fact in shown]
    wanted = next((f for f in record.fields if f.name == "text"), None) or record.fields[0]
    covered = {name: number for number, name in _COVERED.items()}.get(said.get(COVERAGE, ""))
    row: dict[str, Any] = {"id": record.external_id, "sentence": wanted.text}
    row |= {"language": record.language}
    row["facts"] = [f for f, is_stated in zip(original, ticked, strict=True) if is_stated]
    others = [f for f, is_stated in zip(original, ticked, strict=True) if not is_stated]
    row |= {"other_facts": others} if others else {}
    row |= {} if covered is None else {"complete_coverage": covered}
    item = record.external_id
    omit(record, losses, keeps=("answers", "metadata"))
    kept = {STATED} | ({COVERAGE} if covered is not None else set())
    losses.add("answers to other questions", item, len(said.keys() - kept))
    losses.add("fields beside the text", item, len(record.fields) - 1)
    losses.add("inputs beside the facts and varieties", item,
               len(record.inputs.keys() - {"facts"}) + bool(record.variety))  # fmt: skip
    spans = reading.spans if reading else ()
    losses.add("spans", item, len(spans))
    return row | {k: v for k, v in record.metadata.items() if k not in _KNOWN}


def _sniff(filename: str, head: bytes) -> bool:
    first = first_line(head)
    return first.startswith(b"{") and b'"sentence"' in first and _FACTS.search(first) is not None


FORMAT = Format(
    name="xalign",
    title="XAlign JSONL",
    extensions=(".jsonl",),
    unit="token",
    sniff=_sniff,
    read=read,
    write=write,
    options=("annotator", "max_line_bytes", "split", "id_prefix"),
)
