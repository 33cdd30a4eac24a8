"""Check answers against the project's questions, each fault naming the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.questions import (
    MARKED,
    Asked,
    Circumstance,
    asked_of_options,
    asked_places,
    in_order,
    options_of,
    value_fault,
)
from annotate.readings import Answer, Relation
from annotate.spans import Span

from .sheet import Sheet

# What to do, after the name of a question; the codes are those of ``questions.value_fault``.
WORDED = {
    "one": gettext_lazy("choose one of %(options)s"),
    "several": gettext_lazy("choose from %(options)s, each at most once"),
    "too few": gettext_lazy("choose at least %(n)s"),
    "too many": gettext_lazy("choose at most %(n)s"),
    "ranking": gettext_lazy("rank %(options)s, each once"),
    "ranking with ties": gettext_lazy("rank %(options)s, each once, ties as a list"),
    "rank all": gettext_lazy("rank every option"),
    "level": gettext_lazy("give a whole number from %(low)s to %(high)s"),
    "number": gettext_lazy("give a number from %(low)s to %(high)s"),
    "concept": gettext_lazy("give the key of a concept, or %(none)s"),
    "no text": gettext_lazy("give a text"),
    "too short": gettext_lazy("give at least %(n)s characters"),
    "too long": gettext_lazy("give at most %(n)s characters"),
}


def checked_answers(
    sheet: Sheet, answers: Sequence[Answer], spans: Sequence[Span], relations: Sequence[Relation]
) -> tuple[tuple[Answer, ...], list[str]]:
    """The answers in one form, and what is wrong with them, a sentence each.

    Wrong are unknown, doubled and unfit answers, those to what is not asked here, and lacking ones.
    """
    questions = {q.key: q for q in sheet.questions if q.kind not in MARKED}
    places = {key: targets(q, sheet, spans, relations) for key, q in questions.items()}
    given = {answer.place: answer.value for answer in answers}
    asked = asked_places(questions.values(), places, given, about(spans))
    open_places = {(question.key, target) for question, target in asked}
    faults: list[str] = []
    kept: list[Answer] = []
    seen: set[tuple[str, str]] = set()
    for answer in answers:
        question = questions.get(answer.question)
        fault = _fault(sheet, answer, question, places, open_places, seen)
        seen.add(answer.place)
        if fault or question is None:
            faults.append(_named(answer.question, fault))
        else:
            value = in_order(question, options_of(question, sheet.inputs), answer.value)
            kept.append(Answer(answer.question, answer.target, value))
    return tuple(kept), faults + _lacking(asked, seen)


def _fault(
    sheet: Sheet, answer: Answer, question: Asked | None, places: Mapping[str, Sequence[str]],
    open_places: set[tuple[str, str]], seen: set[tuple[str, str]],
) -> str:  # fmt: skip
    if question is None:
        return _("the project does not ask that")
    if answer.place in seen:
        return _("it was answered twice")
    if answer.target not in places[question.key]:
        return _("it is not asked of %(target)s") % {"target": repr(answer.target)}
    if answer.place not in open_places:
        return _("under the other answers it is not asked")
    fault = value_fault(question, options_of(question, sheet.inputs), answer.value)
    return str(WORDED[fault.code]) % fault.values if fault else ""


def _lacking(asked: Sequence[tuple[Asked, str]], seen: set[tuple[str, str]]) -> list[str]:
    """A sentence for each required question that is asked somewhere without an answer there."""
    lacking: dict[str, list[str]] = {}
    for question, target in asked:
        if question.required and (question.key, target) not in seen:
            lacking.setdefault(question.key, []).append(target)
    return [
        _named(key, _("it is still to be answered") + _whereabouts(places))
        for key, places in lacking.items()
    ]


def _whereabouts(places: Sequence[str]) -> str:
    if places == ["rendition"]:
        return ""
    return " " + _("for %(places)s") % {"places": ", ".join(places)}


def _named(question: str, fault: str) -> str:
    return _("Answer %(question)s: %(fault)s.") % {"question": question, "fault": fault}


def targets(
    question: Asked, sheet: Sheet, spans: Sequence[Span], relations: Sequence[Relation] = ()
) -> list[str]:
    """What a question is asked of, given the spans and relations of the reading."""
    if not sheet.asks(question):
        return []
    if question.scope == "field":
        return [f"field:{f.name}" for f in sheet.fields if f.side == "target"]
    if question.scope == "span":
        return [f"span:{span.key}" for span in spans]
    if question.scope == "relation":
        return [f"relation:{r.key or n}" for n, r in enumerate(relations, 1)]
    if question.scope == "option":
        return [f"option:{o['key']}" for o in asked_of_options(question, sheet.inputs)]
    return ["basis"] if question.scope == "basis" else ["rendition"]


def about(spans: Sequence[Span]) -> dict[str, Circumstance]:
    """What conditions may know of each span, by target."""
    return {f"span:{span.key}": Circumstance(span.label, span.attributes) for span in spans}
