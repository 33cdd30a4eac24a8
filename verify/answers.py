"""Check answers against the project's questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from annotate.readings import Answer
from annotate.spans import Span

from .sheet import QuestionRow, Sheet

# Kinds that are answered by marking text, not by an answer.
MARKED = ("spans", "relations")


def answer_faults(sheet: Sheet, answers: Sequence[Answer], spans: Sequence[Span]) -> list[str]:
    """What is wrong with the answers, a sentence each: unknown, doubled, unfit or lacking ones."""
    questions = {q.key: q for q in sheet.questions if q.kind not in MARKED}
    faults: list[str] = []
    given: set[tuple[str, str]] = set()
    for answer in answers:
        question = questions.get(answer.question)
        if question is None:
            faults.append(f"Answer {answer.question}: the project does not ask that.")
        elif answer.place in given:
            faults.append(f"Answer {answer.question}: it was answered twice.")
        elif answer.target not in targets(question, sheet, spans):
            faults.append(f"Answer {answer.question}: it is not asked of {answer.target!r}.")
        elif fault := value_fault(question, answer.value):
            faults.append(f"Answer {answer.question}: {fault}.")
        given.add(answer.place)
    for question in questions.values():
        if question.required and not question.condition:
            lacking = [t for t in targets(question, sheet, spans) if (question.key, t) not in given]
            if lacking and question.scope in ("rendition", "field", "span", "basis"):
                faults.append(f"Answer {question.key}: it is still to be answered.")
    return faults


def targets(question: QuestionRow, sheet: Sheet, spans: Iterable[Span]) -> list[str]:
    """What a question is asked of, given the spans of the reading."""
    if question.scope == "field":
        return [f"field:{f.name}" for f in sheet.fields if f.side == "target"]
    if question.scope == "span":
        return [f"span:{span.key}" for span in spans]
    if question.scope == "option":
        return [f"option:{key}" for key in option_keys(question)]
    return ["basis"] if question.scope == "basis" else ["rendition"]


def option_keys(question: QuestionRow) -> list[str]:
    """The keys of a question's options; an option may be a bare key."""
    return [str(o["key"]) if isinstance(o, dict) else str(o) for o in question.options]


def value_fault(question: QuestionRow, value: Any) -> str:
    """Why a value does not answer a question of its kind, or an empty text."""
    keys = option_keys(question)
    if question.kind in ("choice", "pick", "link"):
        fits = isinstance(value, str) and (not keys or value in keys)
        return "" if fits else f"choose one of {', '.join(keys)}"
    if question.kind in ("choices", "checklist", "ranking"):
        known = isinstance(value, list) and all(v in keys for v in value)
        if not known or len(set(value)) < len(value):
            return f"choose from {', '.join(keys)}, each at most once"
        is_whole = question.kind != "ranking" or len(value) == len(keys)
        return "" if is_whole else "rank every option"
    if question.kind in ("rating", "score"):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        fits = str(value) in keys if keys else is_number
        return "" if fits else (f"choose one of {', '.join(keys)}" if keys else "give a number")
    return "" if isinstance(value, str) else "give a text"
