"""Read Label Studio's export: tasks, who annotated them, and what models predicted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from annotate.formats.checks import describe, list_in
from annotate.formats.contract import Fault, ReadOptions
from annotate.formats.native.converted import from_values, listed
from annotate.records import ItemRecord, RowError

# Results whose value is one of these become answers to the question that is called from_name.
_ANSWERS = {"choices": "choices", "rating": "rating", "textarea": "text", "number": "number"}
_SPANS = ("labels", "paragraphlabels")


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per task; offsets are code points, as Label Studio has counted since 2021.

    The texts are those values of ``data`` that results point to, else ``data.text``; the others become
    metadata. Annotations and predictions become candidates: the first annotation (ground truth before
    others) is credited to ``options.annotator``, further ones to it and a number; a prediction to its
    ``model_version``. A cancelled annotation is none. What marks HTML, images or sound is refused.
    """
    return from_values(listed(stream, "Label Studio"), options, _Tasks(options).native)


class _Tasks:
    """Tasks as native rows."""

    def __init__(self, options: ReadOptions) -> None:
        self.options = options

    def native(self, task: dict[str, Any]) -> Mapping[str, Any]:
        data = task.get("data")
        if not isinstance(data, dict):
            raise Fault("data", f"expected an object with the texts, found {describe(data)}")
        said = list(self._said(task))
        names = self._fields(data, said)
        self._main = names[0]
        candidates = [
            self._candidate(annotator, results, where) for annotator, results, where in said
        ]
        return {
            "id": data.get("id", task.get("id")),
            "fields": [{"name": name, "text": data[name]} for name in names],
            "candidates": candidates,
            "split": data.get("split"),
            "metadata": {k: v for k, v in data.items() if k not in (*names, "id", "split")}
            | dict(task.get("meta") or {}),
        }

    def _said(self, task: Mapping[str, Any]) -> Iterator[tuple[str, list[Any], str]]:
        """(annotator, results, place) of every annotation and prediction."""
        kept = [
            (index, one)
            for index, one in enumerate(list_in(task.get("annotations"), "annotations"))
            if isinstance(one, dict) and not one.get("was_cancelled")
        ]
        left = len(list_in(task.get("annotations"), "annotations")) - len(kept)
        if left:
            self.options.notes["cancelled annotations, not imported"] += left
        kept.sort(key=lambda pair: not pair[1].get("ground_truth"))
        for number, (index, one) in enumerate(kept):
            name = self.options.annotator + (f"-{number + 1}" if number else "")
            yield name, list_in(one.get("result"), "result"), f"annotations[{index}]"
        for index, one in enumerate(list_in(task.get("predictions"), "predictions")):
            if isinstance(one, dict):
                name = str(one.get("model_version") or "prediction")[:80]
                yield name, list_in(one.get("result"), "result"), f"predictions[{index}]"

    def _fields(self, data: Mapping[str, Any], said: list[tuple[str, list[Any], str]]) -> list[str]:
        named = {
            str(result.get("to_name"))
            for _, results, _ in said
            for result in results
            if isinstance(result, dict)
        }
        chosen = [name for name, value in data.items() if name in named and isinstance(value, str)]
        if not chosen:
            chosen = [n for n in (self.options.field, "text") if isinstance(data.get(n), str)][:1]
        if not chosen:
            texts = [n for n, value in data.items() if isinstance(value, str) and n != "id"]
            if len(texts) != 1:
                raise Fault(
                    "data", "no text is called text; name the one that is to be labelled so"
                )
            chosen = texts
        return chosen

    def _candidate(self, annotator: str, results: list[Any], where: str) -> dict[str, Any]:
        spans: list[dict[str, Any]] = []
        answers: list[dict[str, Any]] = []
        relations: list[dict[str, Any]] = []
        regions = {r.get("id") for r in results if isinstance(r, dict) and r.get("type") in _SPANS}
        for index, result in enumerate(results):
            place = f"{where}.result[{index}]"
            if not isinstance(result, dict):
                raise Fault(place, f"expected a result, found {describe(result)}")
            kind = str(result.get("type"))
            if kind in _SPANS:
                spans += self._spans(result, place)
            elif kind == "relation":
                relations.append(_relation(result))
            elif kind in _ANSWERS:
                target = f"span:{result['id']}" if result.get("id") in regions else "rendition"
                answers.append(
                    {
                        "question": result.get("from_name"), "target": target,
                        "value": _value(result, kind, place),
                    }
                )  # fmt: skip
            else:
                self.options.notes[f"results of the type {kind[:40]}, not imported"] += 1
        return {"annotator": annotator, "spans": spans, "answers": answers, "relations": relations}

    def _spans(self, result: Mapping[str, Any], place: str) -> Iterator[dict[str, Any]]:
        value = result.get("value")
        if not isinstance(value, dict) or "startOffset" in value:
            raise Fault(f"{place}.value", "only marks on plain text (start, end, labels) are read")
        names = value.get("labels") or value.get("paragraphlabels") or []
        for number, label in enumerate(names):
            key = result.get("id")
            yield {
                "start": value.get("start"), "end": value.get("end"), "label": label,
                "surface": value.get("text") or "", "field": self._field_of(result),
                "key": key if not number or key is None else f"{key}.{number}",
                "score": result.get("score"),
            }  # fmt: skip

    def _field_of(self, result: Mapping[str, Any]) -> str:
        name = str(result.get("to_name") or self._main)
        return name if name else self._main


def _relation(result: Mapping[str, Any]) -> dict[str, Any]:
    head, tail = result.get("from_id"), result.get("to_id")
    if result.get("direction") == "left":
        head, tail = tail, head
    labels = result.get("labels") or ["related"]
    return {"label": labels[0], "head": head, "tail": tail}


def _value(result: Mapping[str, Any], kind: str, place: str) -> Any:
    value = result.get("value")
    if not isinstance(value, dict) or _ANSWERS[kind] not in value:
        raise Fault(f"{place}.value", f"expected an object with {_ANSWERS[kind]!r}")
    said = value[_ANSWERS[kind]]
    return said[0] if isinstance(said, list) and len(said) == 1 else said
