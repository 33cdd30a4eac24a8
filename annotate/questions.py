"""Questions as data: where each is asked, under which condition, and what answers it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Kinds that are answered by marking text, not by an answer.
MARKED = ("spans", "relations")
# Kinds that choose among options and cannot be asked without any.
CHOOSING = ("choice", "choices", "checklist", "ranking", "pick")
# What a link answers where none of the concepts fits.
NO_CONCEPT = "none"
LONGEST_TEXT = 20_000

Place = tuple[str, str]
Option = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a project, as its row holds it."""

    key: str
    kind: str
    scope: str
    wording: Mapping[str, str]
    options: Sequence[Any]
    condition: Any
    required: bool
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a value does not answer a question: a code, and what the sentence about it names."""

    code: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Circumstance:
    """What a condition may look at beside answers: the label and attributes of the span asked of."""

    label: str = ""
    attributes: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def options_of(question: Asked, inputs: Mapping[str, Any]) -> list[Option]:
    """A question's options for one item, in their own order.

    With the setting ``from`` the item's list of that name stands in place of the question's own
    options, but for those that are ``fixed`` ("none of these"), which stay at the end.
    """
    own = [as_option(option, number) for number, option in enumerate(question.options, 1)]
    given = listed(inputs, question.settings.get("from"))
    return [*given, *(o for o in own if o.get("fixed"))] if given else own


def listed(inputs: Mapping[str, Any], name: Any) -> list[Option]:
    """A list among an item's inputs as options, each key once; empty where there is none."""
    rows = inputs.get(name) if isinstance(name, str) else None
    found: dict[str, Option] = {}
    for number, row in enumerate(rows if isinstance(rows, list) else [], 1):
        option = as_option(row, number)
        found.setdefault(option["key"], option)
    return list(found.values())


def as_option(row: Any, number: int) -> Option:
    """An option with a key; a bare value is its own key, and one without a key is numbered.

    >>> as_option("yes", 1)["key"], as_option({"text": "Paris"}, 2)["key"]
    ('yes', '2')
    """
    if isinstance(row, Mapping):
        return {**row, "key": str(row.get("key", number))}
    return {"key": str(row)}


def asked_of_options(question: Asked, inputs: Mapping[str, Any]) -> list[Option]:
    """What a question of the scope ``option`` is asked of: the item's list ``of``, else its options."""
    return listed(inputs, question.settings.get("of")) or list(options_of(question, inputs))


def is_askable(question: Asked, inputs: Mapping[str, Any]) -> bool:
    """Whether this item has what the question needs: something to choose from."""
    if question.scope == "option" and question.settings.get("of"):
        return bool(listed(inputs, question.settings["of"]))
    if question.kind not in CHOOSING:
        return True
    return any(not option.get("fixed") for option in options_of(question, inputs))


def value_fault(question: Asked, options: Sequence[Option], value: Any) -> Fault | None:
    """Why a value does not answer a question of its kind, or None."""
    return _FAULTS[question.kind](question, [o["key"] for o in options], value)


def _one(question: Asked, keys: list[str], value: Any) -> Fault | None:
    return None if isinstance(value, str) and value in keys else _choose("one", keys)


def _choose(code: str, keys: list[str]) -> Fault:
    return Fault(code, {"options": ", ".join(keys)})


def _several(question: Asked, keys: list[str], value: Any) -> Fault | None:
    known = isinstance(value, list) and all(isinstance(v, str) and v in keys for v in value)
    if not known or len(set(value)) < len(value):
        return _choose("several", keys)
    least, most = question.settings.get("least", 0), question.settings.get("most", len(keys))
    if len(value) < least:
        return Fault("too few", {"n": least})
    return Fault("too many", {"n": most}) if len(value) > most else None


def _ranked(question: Asked, keys: list[str], value: Any) -> Fault | None:
    ties = bool(question.settings.get("ties"))
    rows = value if isinstance(value, list) else []
    flat = [key for row in rows for key in (row if ties and isinstance(row, list) else [row])]
    if not all(isinstance(key, str) and key in keys for key in flat) or len(set(flat)) < len(flat):
        return _choose("ranking with ties" if ties else "ranking", keys)
    return None if len(flat) == len(keys) else Fault("rank all")


def _rated(question: Asked, keys: list[str], value: Any) -> Fault | None:
    if keys:
        fits = not isinstance(value, bool | list | dict) and str(value) in keys
        return None if fits else _choose("one", keys)
    low, high = question.settings.get("min", 1), question.settings.get("max", 5)
    is_level = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    return None if is_level else Fault("level", {"low": low, "high": high})


def _scored(question: Asked, keys: list[str], value: Any) -> Fault | None:
    low, high = question.settings.get("min", 0), question.settings.get("max", 100)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = is_number and math.isfinite(value) and low <= value <= high
    return None if fits else Fault("number", {"low": low, "high": high})


def _linked(question: Asked, keys: list[str], value: Any) -> Fault | None:
    fits = isinstance(value, str) and 0 < len(value) <= 120
    return None if fits else Fault("concept", {"none": NO_CONCEPT})


def _written(question: Asked, keys: list[str], value: Any) -> Fault | None:
    if not isinstance(value, str) or not value.strip():
        return Fault("no text")
    least, most = question.settings.get("least", 1), question.settings.get("most", LONGEST_TEXT)
    if len(value.strip()) < least:
        return Fault("too short", {"n": least})
    return Fault("too long", {"n": most}) if len(value) > most else None


_FAULTS: Mapping[str, Callable[[Asked, list[str], Any], Fault | None]] = {
    "choice": _one, "pick": _one, "choices": _several, "checklist": _several, "ranking": _ranked,
    "rating": _rated, "score": _scored, "link": _linked, "text": _written,
}  # fmt: skip


def in_order(question: Asked, options: Sequence[Option], value: Any) -> Any:
    """The value in one form whatever order it was given in: chosen and tied options as they stand.

    So two people who choose the same say the same, although each saw an order of their own.
    """
    rank = {option["key"]: number for number, option in enumerate(options)}
    if question.kind in ("choices", "checklist"):
        return sorted(value, key=rank.__getitem__)
    if question.kind == "ranking":
        return [_tied(row, rank) if isinstance(row, list) else row for row in value if row != []]
    return value


def _tied(row: list[str], rank: Mapping[str, int]) -> Any:
    return row[0] if len(row) == 1 else sorted(row, key=rank.__getitem__)


def holds(condition: Any, given: Callable[[str], Any], of: Circumstance) -> bool:
    """Whether a condition holds; ``given`` is the answer to a question there, None without one.

    A condition is empty; or ``any`` or ``all`` of several; or ``not`` another; or names a
    ``question`` whose answer ``is`` one of some values, is ``below`` or ``at_least`` a number, or is
    there at all; or the ``label``, or an ``attribute``, of the span that is asked of.

    >>> holds({"question": "kept", "is": ["no", "mostly"]}, {"kept": "no"}.get, Circumstance())
    True
    """
    if not condition:
        return True
    if "any" in condition:
        return any(holds(one, given, of) for one in condition["any"])
    if "all" in condition:
        return all(holds(one, given, of) for one in condition["all"])
    if "not" in condition:
        return not holds(condition["not"], given, of)
    if "label" in condition:
        return of.label in _values(condition["label"])
    if "attribute" in condition:
        return of.attributes.get(condition["attribute"]) in _values(condition.get("is"))
    return _answered(condition, given(condition.get("question", "")))


def _answered(condition: Mapping[str, Any], value: Any) -> bool:
    if value is None or value == "":
        return False
    is_number = isinstance(value, int | float)
    if "below" in condition:
        return is_number and value < condition["below"]
    if "at_least" in condition:
        return is_number and value >= condition["at_least"]
    if "is" not in condition:
        return True
    wanted = _values(condition["is"])
    return any(one in wanted for one in (value if isinstance(value, list) else [value]))


def _values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def asked_places(
    questions: Iterable[Asked],
    targets: Mapping[str, Sequence[str]],
    answers: Mapping[Place, Any],
    about: Mapping[str, Circumstance],
) -> list[tuple[Asked, str]]:
    """Where each question is asked, its condition holding, in order.

    ``targets`` lists what each is asked of, ``about`` knows the spans by target. A condition looks at
    answers to questions before it, of the same target or else of the rendition, and not at answers
    to what was not asked.
    """
    valid: dict[Place, Any] = {}
    found: list[tuple[Asked, str]] = []
    for question in questions:
        for target in targets.get(question.key, ()):

            def given(key: str, target: str = target) -> Any:
                return valid.get((key, target), valid.get((key, "rendition")))

            if holds(question.condition, given, about.get(target, Circumstance())):
                found.append((question, target))
                if (question.key, target) in answers:
                    valid[question.key, target] = answers[question.key, target]
    return found
