"""Write Label Studio's import: a list of tasks for each language, and the configuration they need."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from annotate.formats.contract import CardFacts, Losses
from annotate.formats.omissions import JsonLists, omit
from annotate.readings import Answer, Reading
from annotate.records import ExportRecord, Loss

CONFIGURATION = "labelling-config.xml"
_LONGEST_CHOICE = 80


class _Configuration:
    """The controls that the tasks written so far need."""

    def __init__(self) -> None:
        self.fields: dict[str, None] = {}
        self.labels: dict[str, None] = {}
        self.relations: dict[str, None] = {}
        self.questions: dict[str, tuple[str, dict[str, None]]] = {}

    def xml(self) -> str:
        rows = ["<View>"]
        if self.relations:
            inner = "".join(f"<Relation value={quoteattr(r)}/>" for r in sorted(self.relations))
            rows.append(f"  <Relations>{inner}</Relations>")
        for field in self.fields:
            name = quoteattr(field)
            if self.labels:
                inner = "".join(f"<Label value={quoteattr(x)}/>" for x in sorted(self.labels))
                control = quoteattr(control_of(field))
                rows.append(f"  <Labels name={control} toName={name}>{inner}</Labels>")
            rows.append(f"  <Text name={name} value={quoteattr('$' + field)}/>")
        to = quoteattr(next(iter(self.fields), "text"))
        for question, (kind, values) in self.questions.items():
            name = quoteattr(question)
            inner = "".join(f"<Choice value={quoteattr(x)}/>" for x in sorted(values))
            rows.append(
                {
                    "choices": f'  <Choices name={name} toName={to} choice="multiple">{inner}</Choices>',
                    "number": f"  <Number name={name} toName={to}/>",
                    "textarea": f"  <TextArea name={name} toName={to}/>",
                }[kind]
            )
        return "\n".join([*rows, "</View>", ""])


def control_of(field: str) -> str:
    """What the control that labels a field is called."""
    return "label" if field == "text" else f"label-{field}"


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.json`` and ``labelling-config.xml``.

    The final reading is the task's annotation, ``ground_truth`` where it is gold; what machines said
    are its predictions. ``facts`` have no place in this format.
    """
    losses, needed = Losses(), _Configuration()
    with JsonLists(folder, ".json") as files:
        for record in records:
            omit(record, losses, keeps=("relations", "answers", "candidates", "metadata", "source"))
            task = _Task(record, needed, losses).as_dict()
            files.add(record, json.dumps(task, ensure_ascii=False))
    (folder / CONFIGURATION).write_text(needed.xml(), encoding="utf-8")
    return losses.save(folder)


class _Task:
    """One rendition as a task."""

    def __init__(self, record: ExportRecord, needed: _Configuration, losses: Losses) -> None:
        self.record, self.needed, self.losses = record, needed, losses
        self.to = next((f.name for f in record.fields if f.role == "labelled"), "text")

    def as_dict(self) -> dict[str, Any]:
        record = self.record
        for field in record.fields:
            self.needed.fields[field.name] = None
        data: dict[str, Any] = {field.name: field.text for field in record.fields}
        others = {"id": record.external_id, "split": record.split, "language": record.language}
        sources = {f"source_{field.name}": field.text for field in record.source_fields}
        for name, value in (others | sources | dict(record.metadata)).items():
            if value and name not in data:
                data[name] = value
        final = record.reading
        annotations = [] if final is None else [
            {"result": self._result(final), "ground_truth": record.gold, "was_cancelled": False}
        ]  # fmt: skip
        predictions = [
            {"model_version": candidate.annotator, "result": self._result(candidate.reading)}
            for candidate in record.candidates
        ]
        return {"data": data, "annotations": annotations, "predictions": predictions}

    def _result(self, reading: Reading) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        names: dict[str, str] = {}
        texts = {field.name: field.text for field in self.record.fields}
        for number, span in enumerate(reading.voted(), 1):
            if span.side != "target" or span.anchor != "text":
                continue
            names[span.key] = span.key or f"s{number}"
            self.needed.labels[span.label] = None
            rows.append(
                {
                    "id": names[span.key], "from_name": control_of(span.field), "to_name": span.field,
                    "type": "labels",
                    "value": {
                        "start": span.start, "end": span.end, "labels": [span.label],
                        "text": texts[span.field][span.start : span.end],
                    },
                }
            )  # fmt: skip
        for relation in reading.relations:
            if relation.head in names and relation.tail in names:
                self.needed.relations[relation.label] = None
                rows.append(
                    {
                        "type": "relation", "from_id": names[relation.head],
                        "to_id": names[relation.tail], "direction": "right",
                        "labels": [relation.label],
                    }
                )  # fmt: skip
        rows += [row for a in reading.answers if (row := self._answer(a, names)) is not None]
        return rows

    def _answer(self, answer: Answer, names: dict[str, str]) -> dict[str, Any] | None:
        about, _, key = answer.target.partition(":")
        if about not in ("rendition", "span") or (about == "span" and key not in names):
            self.losses.add("answers about parts of a text", self.record.external_id)
            return None
        kind, value = self._value(answer)
        known = self.needed.questions.setdefault(answer.question, (kind, {}))
        if kind == "choices":
            known[1].update(dict.fromkeys(value[kind]))
        row = {"from_name": answer.question, "to_name": self.to, "type": kind, "value": value}
        return row | ({"id": names[key]} if about == "span" else {})

    def _value(self, answer: Answer) -> tuple[str, dict[str, Any]]:
        said = answer.value
        if isinstance(said, int | float) and not isinstance(said, bool):
            return "number", {"number": said}
        if isinstance(said, str) and (len(said) > _LONGEST_CHOICE or "\n" in said):
            return "textarea", {"text": [said]}
        values = said if isinstance(said, list) else [said]
        if not all(isinstance(value, str) for value in values):
            values = [v if isinstance(v, str) else json.dumps(v) for v in values]
            self.losses.add("answers that are no text or number", self.record.external_id)
        if isinstance(said, list) and len(said) == 1:
            self.losses.add("lists of one answer (the answer alone)", self.record.external_id)
        return "choices", {"choices": values}
