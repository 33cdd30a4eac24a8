"""Parse what one rater said of a rendition: spans, answers, relations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from annotate.formats.checks import (
    codepoint,
    describe,
    filled_text,
    list_in,
    object_in,
    short_text,
    unknown_label,
)
from annotate.formats.contract import Fault, ReadOptions
from annotate.readings import Answer, Reading, Relation
from annotate.spans import Ruler, Span, shorten

# (side, field name) to the text that spans there stand in.
Rulers = Mapping[tuple[str, str], Ruler]

_SPAN_KEYS = frozenset(
    (
        "label", "start", "end", "field", "surface", "text", "anchor", "side", "key", "id",
        "source", "method", "score", "rank", "attributes", "alternatives",
    )
)  # fmt: skip
_RELATION_KEYS = frozenset(("label", "head", "tail", "key", "source"))
_ANSWER_KEYS = frozenset(("question", "target", "value"))
_TARGET = re.compile(r"(rendition|basis|(field|span|relation|option):.+)\Z", re.DOTALL)
_MOST_RANK = 32767


class LabelParser:
    """Parses readings; keys it does not know are handed to ``extra`` under their path."""

    def __init__(self, options: ReadOptions) -> None:
        self.options = options
        self.extra: dict[str, Any] = {}
        self._field = options.field

    def reading(self, value: Mapping[str, Any], rulers: Rulers, where: str) -> Reading:
        """The spans, answers and relations of an object. Raises Fault."""
        spans: list[Span] = []
        main = self.options.field
        self._field = main if ("target", main) in rulers else "text"
        for index, row in enumerate(list_in(value.get("spans"), f"{where}spans")):
            self._spans(row, rulers, f"{where}spans[{index}]", spans)
        keys = {span.key or str(number) for number, span in enumerate(spans, 1)}
        if len(keys) < len(spans):
            raise Fault(f"{where}spans", "two spans have the same key; keys must differ")
        answers = self._answers(value.get("answers"), f"{where}answers")
        relations = tuple(
            self._relation(row, keys, f"{where}relations[{index}]")
            for index, row in enumerate(list_in(value.get("relations"), f"{where}relations"))
        )
        return Reading(answers, tuple(spans), relations)

    def _spans(self, row: Any, rulers: Rulers, where: str, spans: list[Span]) -> None:
        """Append the span of a row and its nested alternatives."""
        if isinstance(row, list):
            if len(row) != 3:
                raise Fault(where, "a span in short form is [start, end, label]")
            row = {"start": row[0], "end": row[1], "label": row[2]}
        elif not isinstance(row, dict):
            raise Fault(where, f"expected a span, found {describe(row)}")
        spans.append(self._span(row, rulers, where))
        alternatives = row.get("alternatives")
        if not alternatives:
            return
        inherited = {k: row[k] for k in ("label", "field", "side", "source", "method") if k in row}
        rank = spans[-1].rank
        for index, other in enumerate(list_in(alternatives, f"{where}.alternatives"), 1):
            place = f"{where}.alternatives[{index - 1}]"
            if isinstance(other, list) and len(other) == 2:
                other = {"start": other[0], "end": other[1]}
            if not isinstance(other, dict):
                raise Fault(place, f"expected an alternative span, found {describe(other)}")
            spans.append(self._span(inherited | {"rank": rank + index} | other, rulers, place))

    def _span(self, row: Mapping[str, Any], rulers: Rulers, where: str) -> Span:
        if not row.keys() <= _SPAN_KEYS:
            self.keep(row, _SPAN_KEYS, where)
        get = row.get
        label = self._label(row, self.options.labels, where)
        side: Any = get("side") or "target"
        field = get("field") or self._field
        if side not in ("target", "source"):
            raise Fault(f"{where}.side", f"expected target or source, found {describe(side)}")
        if not isinstance(field, str):
            raise Fault(f"{where}.field", f"expected a field's name, found {describe(field)}")
        surface = get("surface") or get("text") or ""
        anchor: Any = get("anchor") or "text"
        start, end = get("start"), get("end")
        if anchor == "text":
            start, end, surface = self._place(start, end, (side, field), surface, rulers, where)
        elif anchor != "missing":
            raise Fault(f"{where}.anchor", f"expected text or missing, found {describe(anchor)}")
        elif start is not None or end is not None or surface:
            raise Fault(where, "a missing span has no offsets and no surface; leave them out")
        if len(row) == 3 and anchor == "text":
            return Span(label, start, end, field, surface)
        return Span(
            label, start, end, short_text(field, f"{where}.field", "name"), surface, anchor, side,
            _key(get("key", get("id")), f"{where}.key") or "",
            _key(get("source"), f"{where}.source"),
            short_text(get("method") or "", f"{where}.method", "method"),
            _number(get("score"), f"{where}.score"),
            _rank(get("rank"), f"{where}.rank"),
            object_in(get("attributes"), f"{where}.attributes"),
        )  # fmt: skip

    def _place(
        self, start: Any, end: Any, slot: tuple[str, str], surface: Any, rulers: Rulers, where: str
    ) -> tuple[int, int, str]:
        """Offsets in code points and what stands there, which must be the surface if one is given."""
        if type(start) is not int or type(end) is not int:
            name, value = ("end", end) if type(start) is int else ("start", start)
            raise Fault(f"{where}.{name}", f"expected a whole number, found {describe(value)}")
        ruler = rulers.get(slot)
        if ruler is None:
            names = ", ".join(sorted(str(n) for s, n in rulers if s == slot[0])) or "none"
            raise Fault(
                f"{where}.field",
                f"there is no field {slot[1]!r} on the {slot[0]} side (it has {names})",
            )
        left = codepoint(ruler, start, f"{where}.start")
        right = codepoint(ruler, end, f"{where}.end")
        if left >= right:
            raise Fault(where, f"start {start} and end {end} enclose no text; ends are exclusive")
        found = ruler.text[left:right]
        if surface and surface != found:
            raise Fault(where, _mismatch(ruler, start, end, surface, found))
        return left, right, found

    def _label(self, row: Mapping[str, Any], known: frozenset[str] | None, where: str) -> str:
        label = row.get("label")
        if not isinstance(label, str) or not label:
            raise Fault(f"{where}.label", f"expected a label, found {describe(label)}")
        if known is None:
            return short_text(label, f"{where}.label", "label")
        if label not in known:
            raise Fault(f"{where}.label", unknown_label(label, known))
        return label

    def _relation(self, row: Any, keys: set[str], where: str) -> Relation:
        if not isinstance(row, dict):
            raise Fault(where, f"expected a relation, found {describe(row)}")
        self.keep(row, _RELATION_KEYS, where)
        label = self._label(row, self.options.relation_labels, where)
        ends = []
        for name in ("head", "tail"):
            key = _key(row.get(name), f"{where}.{name}")
            if key not in keys:
                raise Fault(f"{where}.{name}", f"no span of this reading has the key {key!r}")
            ends.append(key)
        key = _key(row.get("key"), f"{where}.key") or ""
        return Relation(label, ends[0], ends[1], key, _key(row.get("source"), f"{where}.source"))

    def _answers(self, value: Any, where: str) -> tuple[Answer, ...]:
        if not value:
            return ()
        if isinstance(value, dict):
            return tuple(Answer(question, "rendition", said) for question, said in value.items())
        answers = []
        for index, row in enumerate(list_in(value, where)):
            place = f"{where}[{index}]"
            if isinstance(row, list) and len(row) == 3:
                row = {"question": row[0], "target": row[1], "value": row[2]}
            if not isinstance(row, dict) or "value" not in row:
                raise Fault(place, "an answer has a question, a target and a value")
            self.keep(row, _ANSWER_KEYS, place)
            question = filled_text(row.get("question"), f"{place}.question")
            target = row.get("target") or "rendition"
            if not isinstance(target, str) or not _TARGET.match(target):
                raise Fault(
                    f"{place}.target",
                    "expected rendition, basis, field:NAME, span:KEY, relation:KEY or option:KEY, "
                    f"found {describe(target)}",
                )
            answers.append(Answer(question, target, row["value"]))
        return tuple(answers)

    def keep(self, row: Mapping[str, Any], known: frozenset[str], where: str) -> None:
        """Hand keys that are not known to ``extra``."""
        for key in row:
            if key not in known:
                self.extra[f"{where}.{key}"] = row[key]


def _mismatch(ruler: Ruler, start: int, end: int, surface: Any, found: str) -> str:
    if not isinstance(surface, str):
        return f"the surface should be a text, found {describe(surface)}"
    cause = f"offsets {start}-{end} hold {shorten(found)!r}, not {shorten(surface)!r}"
    fitting = ruler.fitting_units(start, end, surface)
    if fitting:
        return f"{cause}; they fit when counted in {fitting[0]}: choose that unit for the file"
    count = ruler.text.count(surface)
    return f"{cause}, which occurs {count} times in the text; correct the offsets"


def _key(value: Any, where: str) -> str | None:
    if value is None:
        return None
    if type(value) is int:
        value = str(value)
    return short_text(value, where, "key")


def _number(value: Any, where: str) -> float | None:
    if value is None or type(value) is float:
        return value
    if type(value) is int:
        return float(value)
    raise Fault(where, f"expected a number, found {describe(value)}")


def _rank(value: Any, where: str) -> int:
    if value is None:
        return 1
    if type(value) is not int or not 1 <= value <= _MOST_RANK:
        raise Fault(
            where, f"expected a whole number from 1 to {_MOST_RANK}, found {describe(value)}"
        )
    return value
