"""What a person is told after each text of their tutorial: what was expected of it, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from annotate.questions import options_of
from annotate.readings import Answer, Reading
from annotate.spans import Span
from annotate.wording import worded as worded_key

from .asking import worded
from .sheet import LabelRow, Sheet

Lesson = dict[str, Any]


def lesson(sheet: Sheet, own: Reading | None, right: Reading, language: str) -> Lesson:
    """``title``, whether it ``is_right``, and ``rows`` of what was expected beside what was said.

    ``own`` is None where the person said that they cannot judge the text. A row's ``sign`` is
    ``right`` or ``wrong``; ``why`` gives what a label means, as the project defines it.
    """
    rows = [*_Marks(sheet, language).rows(own, right), *_answers(sheet, own, right, language)]
    is_right = own is not None and all(row["sign"] == "right" for row in rows)
    if own is None:
        title = _("That is all right when you cannot tell. This was expected:")
    elif is_right:
        title = _("Just as expected.")
    else:
        title = _("Not quite. This was expected:")
    if not rows:
        rows = [_row("right", _("Nothing is marked here, and rightly so."))]
    return {"title": title, "is_right": is_right, "rows": rows}


def _row(sign: str, text: str, said: str = "", why: str = "") -> dict[str, str]:
    return {"sign": sign, "text": text, "said": said, "why": why}


class _Marks:
    """Holds the marks of two readings against each other."""

    def __init__(self, sheet: Sheet, language: str) -> None:
        self.labels: dict[str, LabelRow] = {row.key: row for row in sheet.labels}
        self.language = language

    def rows(self, own: Reading | None, right: Reading) -> list[dict[str, str]]:
        """One row for each mark that was expected, then one for each that was not."""
        left = _marks(own)
        found = [self._expected(span, left, own is not None) for span in _marks(right)]
        extra = [
            _row("wrong", _("Nothing is to be marked here."), _("You marked %s.") % self._named(s))
            for s in left
        ]
        return found + extra

    def _expected(self, span: Span, left: list[Span], is_judged: bool) -> dict[str, str]:
        """The row of an expected mark; what answers to it is taken out of ``left``."""
        same = next((s for s in left if s.place == span.place), None)
        other = same or next((s for s in left if _meets(s, span)), None)
        if other:
            left.remove(other)
        said = ""
        if other is None and is_judged:
            said = _("You left it unmarked.")
        elif other and other is not same:
            said = _("You marked %s.") % self._named(other)
        label = self.labels.get(span.label)
        why = label.definition if label else ""
        return _row("right" if same else "wrong", self._named(span), said, why)

    def _named(self, span: Span) -> str:
        row = self.labels.get(span.label)
        name = worded(row.names, self.language, row.key) if row else span.label
        surface = span.surface if span.anchor == "text" else f"[{_('MISSING')}]"
        return f"{name}: \u2068{surface}\u2069"


def _marks(reading: Reading | None) -> list[Span]:
    spans = reading.voted() if reading else ()
    return sorted(spans, key=lambda s: (s.side, s.field, s.start or 0, s.end or 0))


def _meets(one: Span, two: Span) -> bool:
    if one.anchor != "text" or two.anchor != "text":
        return one.anchor == two.anchor and one.label == two.label
    return (one.side, one.field) == (two.side, two.field) and one.overlaps(two)


def _answers(
    sheet: Sheet, own: Reading | None, right: Reading, language: str
) -> list[dict[str, str]]:
    """A row for each answer that was expected of the whole text or of a field."""
    given = {answer.place: answer for answer in (own.answers if own else ())}
    wanted = [answer for answer in right.answers if not answer.target.startswith("span:")]
    return [_answered(sheet, answer, given.get(answer.place), language) for answer in wanted]


def _answered(sheet: Sheet, expected: Answer, said: Answer | None, language: str) -> dict[str, str]:
    question = next((q for q in sheet.questions if q.key == expected.question), None)
    asked = worded(question.wording, language, question.key) if question else expected.question
    known = {
        option["key"]: str(
            option.get("text") or worded(option.get("wording"), language, option["key"])
        )
        for option in (options_of(question, sheet.inputs) if question else [])
    }

    def read(value: Any) -> str:
        values: Sequence[Any] = value if isinstance(value, list) else [value]
        return ", ".join(known.get(str(one), worded_key(str(one))) for one in values)

    is_same = said is not None and said.value == expected.value
    own = _("You said: %s") % read(said.value) if said and not is_same else ""
    return _row("right" if is_same else "wrong", f"{asked} {read(expected.value)}", own)
