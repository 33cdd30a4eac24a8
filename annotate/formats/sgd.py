"""Schema-Guided Dialogue JSON: the turns of a dialogue, and the slots that are marked in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from annotate.formats.checks import describe, list_in
from annotate.formats.contract import CardFacts, Fault, Format, Losses, ReadOptions
from annotate.formats.native.converted import from_values, listed
from annotate.formats.omissions import JsonLists, decided, marked, omit
from annotate.records import ExportRecord, ItemRecord, Loss, RowError
from annotate.spans import Span

TURN = "turn-{}"
# The attribute that says which service a slot belongs to, and the keys that place it in a turn.
SERVICE = "service"
_PLACE = frozenset(("slot", "start", "exclusive_end"))


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per dialogue: a field per turn (``turn-1``, with its speaker), a span per slot.

    ``start`` and ``exclusive_end`` count code points. A span is labelled with its slot and has the
    service as an attribute. Slots without a place, actions, states and calls stay in the metadata, so
    that an export has them again. Dialogues with the same ids in other languages, as in COD, become
    renditions of one item: import a file per language.
    """
    return from_values(listed(stream, "SGD"), options, _native)


def _native(row: dict[str, Any]) -> Mapping[str, Any]:
    fields, spans, frames = [], [], []
    for number, turn in enumerate(_list(row, "turns", ""), 1):
        where = f"turns[{number - 1}]"
        if not isinstance(turn, dict):
            raise Fault(where, f"expected a turn, found {describe(turn)}")
        name = TURN.format(number)
        fields.append({"name": name, "text": turn.get("utterance"), "speaker": turn.get("speaker")})
        kept = []
        for index, frame in enumerate(_list(turn, "frames", f"{where}.")):
            place = f"{where}.frames[{index}]"
            if not isinstance(frame, dict):
                raise Fault(place, f"expected a frame, found {describe(frame)}")
            placed, others = _slots(frame, name, place)
            spans += placed
            kept.append(frame | {"slots": others})
        frames.append({k: v for k, v in turn.items() if k not in ("utterance", "speaker")}
                      | {"frames": kept})  # fmt: skip
    metadata = {k: v for k, v in row.items() if k not in ("dialogue_id", "turns")}
    return {
        "id": row.get("dialogue_id"), "fields": fields, "spans": spans,
        "metadata": metadata | {"turns": frames},
    }  # fmt: skip


def _slots(
    frame: Mapping[str, Any], field: str, where: str
) -> tuple[list[dict[str, Any]], list[Any]]:
    """Slots with a place as spans, and the others as they are."""
    spans, others = [], []
    for index, slot in enumerate(_list(frame, "slots", f"{where}.")):
        if not isinstance(slot, dict):
            raise Fault(f"{where}.slots[{index}]", f"expected a slot, found {describe(slot)}")
        if slot.get("start") is None and slot.get("exclusive_end") is None:
            others.append(slot)
            continue
        attributes = {k: v for k, v in slot.items() if k not in _PLACE}
        if frame.get("service"):
            attributes[SERVICE] = frame["service"]
        spans.append(
            {
                "label": slot.get("slot"), "start": slot.get("start"),
                "end": slot.get("exclusive_end"), "field": field, "attributes": attributes,
            }
        )  # fmt: skip
    return spans, others


def _list(row: Mapping[str, Any], name: str, where: str) -> list[Any]:
    return list_in(row.get(name), f"{where}{name}", may_lack=False)


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.json``: a dialogue for each decided rendition, a turn for each field.

    A slot whose service is not known goes to the turn's first frame. ``facts`` have no place in this
    format.
    """
    losses = Losses()
    with JsonLists(folder, ".json") as files:
        for record in decided(records, losses):
            omit(record, losses, keeps=("attributes", "metadata"))
            item = record.external_id
            losses.add("inputs, groups and varieties", item,
                       sum(map(bool, (record.inputs, record.group, record.variety))))  # fmt: skip
            files.add(record, json.dumps(_dialogue(record, losses), ensure_ascii=False))
    return losses.save(folder)


def _dialogue(record: ExportRecord, losses: Losses) -> dict[str, Any]:
    known = record.metadata.get("turns")
    known = known if isinstance(known, list) and len(known) == len(record.fields) else []
    spans = marked(record)
    turns = []
    for number, field in enumerate(sorted(record.fields, key=lambda f: f.position)):
        own = [span for span in spans if span.field == field.name]
        turn = known[number] if known and isinstance(known[number], dict) else {}
        if field.name != TURN.format(number + 1):
            losses.add("names of fields", record.external_id)
        frames = _frames(turn, own, record, losses)
        said = {"speaker": field.speaker, "utterance": field.text, "frames": frames}
        turns.append(dict(turn) | said)
        is_plain = field.language is None and field.role == "labelled"
        losses.add("languages and roles of fields", record.external_id, int(not is_plain))
    metadata = {k: v for k, v in record.metadata.items() if k not in ("turns", "tokens")}
    named = {f["service"]: None for turn in turns for f in turn["frames"] if f.get("service")}
    return {
        "dialogue_id": record.external_id, "services": list(named), **metadata, "turns": turns,
    }  # fmt: skip


def _frames(
    turn: Mapping[str, Any], spans: list[Span], record: ExportRecord, losses: Losses
) -> list[dict[str, Any]]:
    """The turn's frames as they came, each with the slots of its service that were decided on."""
    kept = turn.get("frames")
    frames = [dict(f) for f in kept or () if isinstance(f, dict)]
    for frame in frames:
        frame["slots"] = list(frame.get("slots") or ())
    by_service = {frame.get("service"): frame for frame in reversed(frames)}
    for span in spans:
        service = span.attributes.get(SERVICE)
        if service is None and frames:
            if len(frames) > 1:
                losses.add("slots of no known service (the first takes them)", record.external_id)
            frame = frames[0]
        elif service in by_service:
            frame = by_service[service]
        else:
            frame = {"service": service or "", "slots": []}
            frames.append(frame)
            by_service[service] = frame
        more = {k: v for k, v in span.attributes.items() if k not in (SERVICE, *_PLACE)}
        slot = {"slot": span.label, "start": span.start, "exclusive_end": span.end}
        frame["slots"].append(slot | more)
    return frames


def _sniff(filename: str, head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"[") and (b'"dialogue_id"' in head or b'"utterance"' in head)


FORMAT = Format(
    name="sgd",
    title="Schema-Guided Dialogue JSON",
    extensions=(".json",),
    unit="codepoint",
    sniff=_sniff,
    read=read,
    write=write,
    options=("annotator", "split", "id_prefix", "unit"),
)
