"""Check a submission against what its seat showed, and make a reading and verdicts of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from annotate.readings import Answer, Reading, Relation
from annotate.spans import Span, SpanError, anchored

from .answers import checked_answers
from .errors import SubmissionError
from .marking import Marking
from .sheet import Sheet, SpanRow
from .submission import EITHER, OF_SOURCE, REMOVES, Submission, SubmittedRelation, SubmittedSpan

VERDICTS = frozenset({"right", "boundary", "label", "added"}) | REMOVES | EITHER


@dataclass(frozen=True, slots=True)
class NewVerdict:
    """A verdict to store: of a span row, on what it became in the reading (by key)."""

    span: int | None
    becomes: str | None
    verdict: str
    cause: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A submission that fits its sheet."""

    reading: Reading
    verdicts: tuple[NewVerdict, ...]


def checked(sheet: Sheet, submission: Submission) -> Checked:
    """The reading and verdicts of an answered submission.

    Every shown span needs one verdict that fits what became of it; a blind seat and an
    adjudicator's have none to give. Raises SubmissionError that lists every fault.
    """
    check = _Check(sheet)
    for number, row in enumerate(submission.spans, 1):
        check.row(row.key or str(number), row)
    check.all_spoken_of()
    spans = tuple(check.spans)
    answers = tuple(Answer(a.question, a.target, a.value) for a in submission.answers)
    relations = _relations(sheet, submission, {span.key for span in spans}, check.faults)
    answers, faults = checked_answers(sheet, answers, spans, relations)
    check.faults += check.marking.total_faults(spans) + faults
    if check.faults:
        raise SubmissionError(check.faults)
    return Checked(Reading(answers, spans, relations), tuple(check.verdicts))


class _Check:
    """Goes through the rows of a submission, gathering spans, verdicts and faults."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        proposed = sheet.spans_of(sheet.proposal)
        self.shown = {row.span.key: row for row in proposed if row.span.rank == 1}
        self.sources = {row.span.key: row for row in sheet.spans_of(sheet.basis)}
        self.marking = Marking.of(sheet.questions)
        self.texts = {(f.side, f.name): f for f in sheet.fields if f.side in self.marking.sides}
        self.labels = sheet.label_book().spans
        self.is_strict = sheet.kind != "adjudicate"
        self.spans: list[Span] = []
        self.verdicts: list[NewVerdict] = []
        self.faults: list[str] = []
        self.spoken: set[int] = set()

    def row(self, name: str, row: SubmittedSpan) -> None:
        """Take one row in, or note why not."""
        try:
            if row.verdict not in VERDICTS:
                raise SpanError(f"{row.verdict!r} is no verdict")
            if row.source is not None and row.source not in self.sources:
                raise SpanError(f"there is no source span {row.source!r}")
            span = self._span(row) if row.has_place else None
            self._verdict(row, span)
            if fault := self.marking.cause_fault(row.verdict, row.cause):
                raise SpanError(fault)
            if span:
                self.spans.append(span)
        except SpanError as error:
            self.faults.append(_named(name, str(error)))

    def all_spoken_of(self) -> None:
        """Note shown spans about which nothing was said."""
        for key, row in self.shown.items():
            if self.is_strict and row.id not in self.spoken:
                self.faults.append(_named(key, _("it was shown, so it needs a verdict")))

    def _span(self, row: SubmittedSpan) -> Span:
        if row.label not in self.labels:
            known = ", ".join(sorted(self.labels)) or "none"
            raise SpanError(f"the project has no label {row.label!r} (it has {known})")
        if fault := self.marking.attribute_fault(row.attributes):
            raise SpanError(fault)
        text = self._text(row)
        if not row.key or any(row.key == other.key for other in self.spans):
            raise SpanError("every span needs a key of its own")
        span = Span(
            row.label, row.start, row.end, row.field, row.surface,
            "missing" if row.anchor == "missing" else "text",
            "source" if row.side == "source" else "target", key=row.key, source=row.source,
            method="person", attributes=row.attributes,
        )  # fmt: skip
        span = anchored(span, text)
        is_twin = span.anchor == "text" and any(span.place == other.place for other in self.spans)
        if is_twin:
            raise SpanError(_("the same label stands on the same place twice"))
        return span

    def _text(self, row: SubmittedSpan) -> str:
        """The text a span stands in; an omission has none."""
        if row.anchor == "missing":
            if not self.marking.missing:
                raise SpanError("the project does not ask for omissions")
            return ""
        found = self.texts.get((row.side, row.field))
        if found is None:
            where = "" if row.side == "target" else f" on the side {row.side!r}"
            raise SpanError(f"there is no field {row.field!r}{where} to mark")
        if found.role != "labelled":
            raise SpanError(f"the field {row.field!r} is for reading only")
        return found.text

    def _verdict(self, row: SubmittedSpan, span: Span | None) -> None:
        if row.shown is not None:
            about = self._of_shown(row, span)
        elif span is not None:
            if row.verdict != "added":
                raise SpanError(f"a span that was not shown is added, not {row.verdict}")
            if self.sheet.is_blind:
                return
            about = None
        else:
            about = self._of_source(row)
        if about is not None:
            if about.id in self.spoken:
                raise SpanError("two verdicts on one span")
            self.spoken.add(about.id)
        self.verdicts.append(
            NewVerdict(about.id if about else None, span.key if span else None, row.verdict,
                       row.cause)
        )  # fmt: skip

    def _of_shown(self, row: SubmittedSpan, span: Span | None) -> SpanRow:
        shown = self.shown.get(row.shown or "")
        if shown is None:
            raise SpanError(f"no span {row.shown!r} was shown")
        before, verdict = shown.span, row.verdict
        if verdict == "added":
            raise SpanError("a span that was shown is not added")
        if span is None:
            if verdict not in REMOVES | EITHER:
                raise SpanError(f"{verdict} needs a start and an end")
            return shown
        if verdict in REMOVES:
            raise SpanError(f"{verdict} takes the span out, so it has no start and no end")
        severer = self.marking.differs(span.attributes, before.attributes)
        if verdict == "right" and (span.place != before.place or severer):
            raise SpanError(_("it is called right but differs from what was shown"))
        if verdict == "label" and span.label == before.label and not severer:
            raise SpanError(
                _("its label is called wrong but is still %(label)s") % {"label": span.label}
            )
        if verdict == "boundary" and (span.label != before.label or span.place == before.place):
            raise SpanError(_("boundary means another place under the same label"))
        return shown

    def _of_source(self, row: SubmittedSpan) -> SpanRow:
        if row.source is None:
            raise SpanError("it names neither a place, nor a shown span, nor a source span")
        if row.verdict not in OF_SOURCE:
            allowed = ", ".join(sorted(OF_SOURCE))
            raise SpanError(f"of a source span can be said {allowed}; not {row.verdict}")
        return self.sources[row.source]


def _named(span: str, fault: str) -> str:
    return _("Span %(span)s: %(fault)s.") % {"span": span, "fault": fault}


def _relations(
    sheet: Sheet, submission: Submission, keys: set[str], faults: list[str]
) -> tuple[Relation, ...]:
    if submission.relations is None:
        return _kept_relations(sheet, submission.spans, keys)
    for number, row in enumerate(submission.relations, 1):
        earlier = submission.relations[: number - 1]
        if fault := _relation_fault(sheet, row, earlier, keys):
            faults.append(_("Relation %(number)s: %(fault)s.") % {"number": number, "fault": fault})
    return tuple(Relation(r.label, r.head, r.tail, r.key, r.source) for r in submission.relations)


def _relation_fault(
    sheet: Sheet, row: SubmittedRelation, earlier: Sequence[SubmittedRelation], keys: set[str]
) -> str:
    """What is wrong with a relation that comes after some others, or ''."""
    if row.label not in sheet.label_book().relations:
        return _("the project has no relation %(label)s") % {"label": repr(row.label)}
    if row.head not in keys or row.tail not in keys:
        return _("it joins a span that the judgement does not have")
    if row.head == row.tail:
        return _("it joins a span with itself")
    if row.key and any(row.key == other.key for other in earlier):
        return _("every relation needs a key of its own")
    place = (row.label, row.head, row.tail)
    if any(place == (other.label, other.head, other.tail) for other in earlier):
        return _("the same relation stands there twice")
    return ""


def _kept_relations(
    sheet: Sheet, rows: Sequence[SubmittedSpan], keys: set[str]
) -> tuple[Relation, ...]:
    """The proposal's relations, between what their ends became."""
    became = {row.shown: row.key for row in rows if row.shown and row.has_place}
    return tuple(
        Relation(row.label, became[row.head], became[row.tail], row.key, row.source)
        for row in sheet.relations
        if row.reading == sheet.proposal
        and became.get(row.head) in keys
        and became.get(row.tail) in keys
    )
