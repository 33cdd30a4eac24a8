"""Replies: find the JSON a model was asked for in whatever it wrote around it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from annotate.prompts import ChoiceQuestion
from pipeline.label.grounding import Quote

_MOST_TRIES = 200
_MOST_SPANS = 2000


class ReplyError(ValueError):
    """A reply without the JSON that was asked for; the message says what is missing."""


def values(reply: str) -> Iterator[Any]:
    """The JSON objects and lists in a reply, outermost only, in order."""
    decoder = json.JSONDecoder()
    at, tries = 0, 0
    while tries < _MOST_TRIES:
        starts = [place for place in (reply.find("{", at), reply.find("[", at)) if place >= 0]
        if not starts:
            return
        tries += 1
        try:
            value, at = decoder.raw_decode(reply, min(starts))
        except (ValueError, RecursionError):
            at = min(starts) + 1
            continue
        yield value


def refusal(reply: str) -> str | None:
    """The reason where the model refused in the form it was offered, else None."""
    for value in values(reply):
        if isinstance(value, dict) and set(value) == {"refused"}:
            return str(value["refused"])
    return None


def quotes(reply: str) -> list[Quote]:
    """The spans claimed in a reply. Raises ReplyError without a list of them."""
    for value in values(reply):
        rows = value.get("spans") if isinstance(value, dict) else value
        if isinstance(value, dict) and rows is None and {"label", "quote"} <= set(value):
            rows = [value]
        if isinstance(rows, list) and all(_is_quote(row) for row in rows):
            return [_quote(row) for row in rows[:_MOST_SPANS]]
    raise ReplyError("the reply holds no JSON list of spans")


def choice(reply: str, question: ChoiceQuestion) -> list[str]:
    """What a reply answers, as option keys where they are known and as written otherwise.

    Options are recognised by key or name, whatever their case. Raises ReplyError without an answer.
    """
    for value in values(reply):
        if not isinstance(value, dict) or "answer" not in value:
            continue
        given = value["answer"]
        listed = given if isinstance(given, list) else [given]
        if all(isinstance(one, str | int | float) for one in listed):
            known = _known(question)
            return list(dict.fromkeys(known.get(_plain(one), str(one)) for one in listed))
    raise ReplyError('the reply holds no JSON object with an "answer"')


def evidence(reply: str) -> str:
    """The text that a reply rests its answer on. Raises ReplyError without one."""
    for value in values(reply):
        if isinstance(value, dict) and "answer" in value:
            said = value.get("evidence")
            if isinstance(said, str) and said.strip():
                return said
    raise ReplyError('the reply quotes no "evidence"')


def _known(question: ChoiceQuestion) -> Mapping[str, str]:
    """Option keys by everything an option may be called; a key wins over another's name."""
    named = {_plain(option.name): option.key for option in question.options if option.name}
    return named | {_plain(option.key): option.key for option in question.options}


def _plain(value: object) -> str:
    return str(value).strip().casefold()


def _is_quote(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and isinstance(row.get("label"), str)
        and isinstance(row.get("quote"), str)
    )


def _quote(row: Mapping[str, Any]) -> Quote:
    number = row.get("occurrence")
    if isinstance(number, str) and number.strip().isdecimal() and len(number) < 9:
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int):
        number = None
    field = row.get("field")
    return Quote(
        row["label"].strip(), row["quote"], number, field if isinstance(field, str) else None
    )
