"""SQuAD JSON, versions 1.1 and 2.0: a question, its context, and the answer as a span of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from annotate.formats.checks import describe, list_in
from annotate.formats.contract import CardFacts, Fault, Format, Losses, ReadOptions
from annotate.formats.native.converted import document, from_values
from annotate.formats.omissions import JsonLists, decided, marked, omit
from annotate.records import ExportRecord, ItemRecord, Loss, RowError

LABEL, IMPOSSIBLE = "answer", "is_impossible"


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per question: fields ``context`` and ``question``, the answer a span ``answer``.

    ``answer_start`` counts code points and is checked against the answer's text. The first answer is
    the label, other places are its alternatives. A question without answer gets the answer ``yes`` to
    ``is_impossible``. Its article is the ``group``. XQuAD and MLQA are in this form, a file per language:
    import each into the same project, and items with the same id become one.
    """
    return from_values(_questions(stream, options), options, lambda row: row)


def _questions(stream: BinaryIO, options: ReadOptions) -> Iterator[tuple[int, Any] | RowError]:
    try:
        articles = _list(document(stream, "SQuAD"), "data", "")
    except Fault as fault:
        yield fault.at(1)
        return
    number = 0
    for a, article in enumerate(articles):
        try:
            paragraphs = _list(article, "paragraphs", f"data[{a}].")
        except Fault as fault:
            yield fault.at(number + 1)
            continue
        for p, paragraph in enumerate(paragraphs):
            where = f"data[{a}].paragraphs[{p}]."
            try:
                asked = _list(paragraph, "qas", where)
            except Fault as fault:
                yield fault.at(number + 1)
                continue
            for q, qa in enumerate(asked):
                number += 1
                try:
                    yield number, _native(article, paragraph, qa, p, f"{where}qas[{q}]")
                except Fault as fault:
                    yield fault.at(number)


def _native(
    article: Mapping[str, Any], paragraph: Mapping[str, Any], qa: Any, place: int, where: str
) -> dict[str, Any]:
    if not isinstance(qa, dict):
        raise Fault(where, f"expected a question, found {describe(qa)}")
    context = paragraph.get("context")
    places: list[dict[str, Any]] = []
    for answer in _list(qa, "answers", f"{where}."):
        if not isinstance(answer, dict) or not isinstance(answer.get("text"), str):
            raise Fault(f"{where}.answers", "an answer has a text and an answer_start")
        start, text = answer.get("answer_start"), answer["text"]
        end = start + len(text) if type(start) is int else None
        one = {"start": start, "end": end, "surface": text}
        if one not in places:
            places.append(one)
    spans = []
    if places:
        spans = [{"label": LABEL, "field": "context", "key": "1", **places[0],
                  "alternatives": places[1:]}]  # fmt: skip
    answers = {IMPOSSIBLE: "yes"} if qa.get(IMPOSSIBLE) else {}
    known = {"id", "question", "answers", IMPOSSIBLE}
    return {
        "id": qa.get("id"), "group": str(article.get("title") or "")[:200], "position": place,
        "fields": [
            {"name": "context", "text": context},
            {"name": "question", "text": qa.get("question"), "role": "context"},
        ],
        "spans": spans, "answers": answers,
        "metadata": {key: value for key, value in qa.items() if key not in known},
    }  # fmt: skip


def _list(row: Any, name: str, where: str) -> list[Any]:
    value = row.get(name) if isinstance(row, dict) else None
    return list_in(value, f"{where}{name}", may_lack=False)


def write(records: Iterator[ExportRecord], folder: Path, facts: CardFacts) -> list[Loss]:
    """Write ``LANG/SPLIT.json``, in version 2.0 so that questions without answer can be told.

    The field ``question`` is the question, the labelled field its context. Items without a question
    are left out. ``facts`` have no place in this format but for the version.
    """
    losses = Losses()
    with _Articles(folder, ".json") as files:
        for record in decided(records, losses):
            named = {field.name: field for field in record.fields}
            context = named.get("context") or next(
                (f for f in record.fields if f.role == "labelled" and f.name != "question"), None
            )
            if context is None or "question" not in named:
                losses.add("items without a question and a context", record.external_id)
                continue
            answers = [a for a in record.reading.answers if a.question != IMPOSSIBLE]  # type: ignore[union-attr]
            omit(record, losses, keeps=("answers", "metadata"))
            losses.add("answers", record.external_id, len(answers))
            spans = [span for span in marked(record) if span.field == context.name]
            qa = {
                "id": record.external_id, "question": named["question"].text,
                "answers": [
                    {"text": context.text[s.start : s.end], "answer_start": s.start} for s in spans
                ],
                IMPOSSIBLE: not spans,
            }  # fmt: skip
            qa |= {k: v for k, v in record.metadata.items() if k not in qa}
            paragraph = {"context": context.text, "qas": [qa]}
            files.add(
                record,
                json.dumps({"title": record.group, "paragraphs": [paragraph]}, ensure_ascii=False),
            )
    return losses.save(folder)


class _Articles(JsonLists):
    """The list of articles inside the object that SQuAD puts around it."""

    def add(self, record: ExportRecord, text: str) -> None:
        stream = self.of(record)
        stream.write(",\n" if stream.tell() else '{"version": "v2.0", "data": [\n')
        stream.write(text)

    def __exit__(self, *error: object) -> None:
        for stream in self.all():
            stream.write("\n]}\n")
        super(JsonLists, self).__exit__(*error)


def _sniff(filename: str, head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") and b'"paragraphs"' in head


FORMAT = Format(
    name="squad",
    title="SQuAD JSON",
    extensions=(".json",),
    unit="codepoint",
    sniff=_sniff,
    read=read,
    write=write,
    options=("annotator", "split", "id_prefix"),
)
