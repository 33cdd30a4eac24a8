"""Shots: decided texts as the exchanges that a language model is shown before its own text.

Few-shot prompting (Brown et al. 2020): each is asked as the text at hand will be, and answered as
people decided.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from annotate.prompts import ChoiceQuestion, LabelChoice, Shot
from annotate.spans import Span
from pipeline.label.contract import Example
from pipeline.label.grounding import occurrences


def span_shots(examples: Iterable[Example], labels: Sequence[LabelChoice]) -> tuple[Shot, ...]:
    """The examples with their spans as quotes; spans without a place in the text cannot be shown."""
    known = {label.key for label in labels}
    return tuple(
        Shot(
            example.fields,
            _json({"spans": [
                _quote(span, example.fields[span.field]) for span in example.reading.voted()
                if span.anchor == "text" and span.label in known and span.field in example.fields
            ]}),
        )
        for example in examples
    )  # fmt: skip


def choice_shots(
    examples: Iterable[Example], question: ChoiceQuestion, *, opposite: bool = False
) -> tuple[Shot, ...]:
    """The examples that answer the question; with ``opposite``, by what does not hold."""
    keys = [option.key for option in question.options]
    found: list[Shot] = []
    for example in examples:
        value = next((a.value for a in example.reading.answers if a.question == question.key), None)
        right = value if isinstance(value, list) else [value]
        if value is None or not set(right) <= set(keys):
            continue
        said: Any = [key for key in keys if key not in right] if opposite else value
        found.append(Shot(example.fields, _json({"answer": said})))
    return tuple(found)


def _quote(span: Span, text: str) -> Mapping[str, Any]:
    place, places = (span.start or 0, span.end or 0), occurrences(span.surface, text)
    number = places.index(place) + 1 if place in places else 1
    return {"field": span.field, "label": span.label, "quote": span.surface, "occurrence": number}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
