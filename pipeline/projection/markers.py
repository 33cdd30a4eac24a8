"""Markers: spans are marked in the source, translated with it, and found again by their markers.

EasyProject (Chen, Jiang, Ritter and Xu 2023). The marked text's translation is read strictly: each
marker once, closed, around something. Its spans are then carried onto the translation that stands,
or it is used as a translation of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz import fuzz

from annotate.reanchor import reanchored
from annotate.spans import Span
from pipeline.backends.transformers_models import Seq2Seq
from pipeline.projection.assignment import Choice
from pipeline.projection.contract import Example, Failure, Projection, checked
from pipeline.projection.cutting import Cut, cut
from pipeline.projection.places import Scored, settle
from pipeline.translate.seq2seq import Frame

NAME = "markers"
ALTERNATIVES = 4
# A place's value: how like its text is to the marked text, and how much of it the diff points to.
SPELLING, DIFF = 0.6, 0.4
LEAST = 0.5
SHARPNESS = 10.0


class MarkerError(ValueError):
    """A marked text that cannot be read: a marker lost, doubled, left open, crossed or empty."""


@dataclass(frozen=True, slots=True)
class Marks:
    """How a span is marked. A form with ``{}`` names the span, so that several are marked at once."""

    opening: str = "["
    closing: str = "]"

    def __post_init__(self) -> None:
        if not self.opening.strip() or not self.closing.strip() or self.opening == self.closing:
            raise MarkerError("markers need an opening and a closing form that differ")
        if ("{}" in self.opening) != ("{}" in self.closing):
            raise MarkerError("both markers name the span with {}, or neither does")

    @property
    def is_named(self) -> bool:
        """Whether the marker says which span it belongs to."""
        return "{}" in self.opening


BRACKETS, TAGS = Marks(), Marks("<{}>", "</{}>")
STYLES: Mapping[str, Marks] = {"brackets": BRACKETS, "tags": TAGS}


@dataclass(frozen=True, slots=True)
class MarkedTranslation:
    """A translation made with markers: its text without them, spans by key, and the raw text."""

    text: str
    spans: tuple[Span, ...]
    failures: tuple[Failure, ...]
    raw: str


def inserted(text: str, spans: Sequence[Span], marks: Marks) -> str:
    """The text with a marker pair around each span, as words of their own, inner spans inside.

    Names are numbers from 1 in the order of ``spans``. Raises MarkerError for spans that cross, for
    more than one span with markers that name none, and for a text that has such markers already.
    """
    if not marks.is_named and len(spans) > 1:
        raise MarkerError("these markers do not tell spans apart; mark one at a time")
    if any(_crosses(one, other) for one in spans for other in spans):
        raise MarkerError("spans that cross cannot be marked together")
    # Sorted as they stand: at one place closing ones first, and the longer span outside.
    cuts: list[tuple[int, int, int, int, str]] = []
    for number, span in enumerate(spans, start=1):
        opening, closing = _forms(marks, number)
        if opening in text or closing in text:
            raise MarkerError(f"the text holds {opening} or {closing} itself; choose other markers")
        start, end = _bounds(span)
        cuts.append((start, 1, start - end, number, f"{opening} "))
        cuts.append((end, 0, end - start, -number, f" {closing}"))
    for at, _, _, _, form in sorted(cuts, reverse=True):
        text = text[:at] + form + text[at:]
    return text


def read(marked: str, count: int, marks: Marks) -> tuple[str, list[tuple[int, int]]]:
    """The text without its markers, and the place of each of ``count`` spans, in order.

    Raises MarkerError unless every marker stands exactly once, in order, properly nested and around
    something other than white space.
    """
    places: list[tuple[int, int]] = []
    forms = [_forms(marks, number) for number in range(1, count + 1)]
    for opening, closing in forms:
        for form in (opening, closing):
            seen = marked.count(form)
            if seen != 1:
                raise MarkerError(f"the marker {form} stands {seen} times in the translation")
        if marked.index(opening) > marked.index(closing):
            raise MarkerError(f"the marker {closing} stands before {opening}")
    pattern = "|".join(re.escape(form) for pair in forms for form in pair)
    # A marker stands as a word of its own: the space towards the inside goes with it.
    openings = {opening for opening, _ in forms}
    plain, last = "", 0
    where: dict[str, int] = {}
    for match in re.finditer(pattern, marked):
        form = match.group()
        before = marked[last : match.start()]
        plain += before
        last = match.end()
        if form in openings:
            last += len(marked[last:]) - len(marked[last:].lstrip(" "))
        else:
            plain = plain.rstrip(" ")
        where[form] = len(plain)
    plain += marked[last:]
    for opening, closing in forms:
        start, end = where[opening], where[closing]
        if start >= end:
            raise MarkerError(f"nothing stands between {opening} and {closing}")
        places.append((start, end))
    for one in places:
        if any(one[0] < other[0] < one[1] < other[1] for other in places):
            raise MarkerError("two pairs of markers cross in the translation")
    return plain, places


def rounds(spans: Sequence[Span], marks: Marks) -> list[list[Span]]:
    """The spans in as few groups as can be marked together."""
    groups: list[list[Span]] = []
    for span in spans:
        for group in groups:
            if marks.is_named and not any(_crosses(span, other) or _crosses(other, span)
                                          for other in group):  # fmt: skip
                group.append(span)
                break
        else:
            groups.append([span])
    return groups


@dataclass(frozen=True, slots=True)
class MarkersProjector:
    """Projects by translating with markers and looking the marked words up in the translation."""

    model: Seq2Seq
    frame: Frame
    marks: Marks = field(default_factory=Marks)
    beams: int = 4
    batch: int = 8
    name: str = NAME

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Carry the spans of one text over."""
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """Carry the spans of many texts over: one translation per group of spans."""
        cuts = [cut(checked(example)) for example in examples]
        tried = [one.sorted_out() for one in cuts]
        made = iter(
            self.translate([(c.example.source_text, g) for c, (spans, _) in
                            zip(cuts, tried, strict=True) for g in rounds(spans, self.marks)])
        )  # fmt: skip
        return [
            carried(one, spans, failures, [next(made) for _ in rounds(spans, self.marks)])
            for one, (spans, failures) in zip(cuts, tried, strict=True)
        ]

    def translate(self, texts: Sequence[tuple[str, Sequence[Span]]]) -> list[MarkedTranslation]:
        """Translations of their own: each text with these spans marked, read back strictly."""
        sent: list[str] = []
        refused: dict[int, str] = {}
        for number, (text, spans) in enumerate(texts):
            try:
                sent.append(self.frame.prefix + inserted(text, spans, self.marks))
            except MarkerError as error:
                refused[number] = str(error)
        made = iter(
            self.model.generate(
                sent, first=self.frame.first, begin_with=self.frame.begin_with,
                beams=self.beams, batch=self.batch,
            )
        )  # fmt: skip
        return [
            _failed(spans, refused[number], "")
            if number in refused
            else _read(next(made)[0], spans, self.marks)
            for number, (_, spans) in enumerate(texts)
        ]


def carried(
    one: Cut, spans: Sequence[Span], failures: Sequence[Failure], made: Sequence[MarkedTranslation]
) -> Projection:
    """The marked translations' spans on the translation that stands."""
    marked = {span.source: (span, row) for row in made for span in row.spans}
    failed = [*failures, *(failure for row in made for failure in row.failures)]
    scored: list[Scored] = []
    for span in spans:
        if span.key in marked:
            found, row = marked[span.key]
            scored.append((span, _looked_up(one, one.place(span), found, row.text)))
    done = settle(one, scored, failed, NAME, ALTERNATIVES)
    return Projection(done.spans, done.failures, tuple(row.raw for row in made))


def _looked_up(one: Cut, place: tuple[int, int], found: Span, text: str) -> Choice:
    """Stretches of the standing translation, by likeness to the marked words and by the diff."""
    moved, _ = reanchored([found], text, one.example.target_text)
    there = set(range(*_bounds(moved[0]))) if moved else set()
    tokens = len(one.target)
    longest = 2 * max(1, len(found.surface.split())) + 3
    starts: list[int] = []
    ends: list[int] = []
    scores: list[float] = []
    for first in range(tokens):
        for end in range(first + 1, min(tokens, first + longest) + 1):
            surface = one.surface(first, end)
            like = fuzz.ratio(found.surface, surface) / 100
            own = set(range(one.target[first].start, one.target[end - 1].end))
            shared = 2 * len(own & there) / (len(own) + len(there))
            value = SPELLING * like + DIFF * shared
            if like > LEAST or shared > LEAST:
                starts.append(first)
                ends.append(end)
                scores.append(SHARPNESS * (value - LEAST))
    return Choice(place, np.array(starts, np.int64), np.array(ends, np.int64),
                  np.array(scores, np.float64), 0.0)  # fmt: skip


def _read(raw: str, spans: Sequence[Span], marks: Marks) -> MarkedTranslation:
    try:
        text, places = read(raw, len(spans), marks)
    except MarkerError as error:
        return _failed(spans, str(error), raw)
    found = tuple(
        Span(
            span.label, start, end, span.field, text[start:end], key=span.key, source=span.key,
            method=NAME, attributes=span.attributes,
        )
        for span, (start, end) in zip(spans, places, strict=True)
    )  # fmt: skip
    return MarkedTranslation(text, found, (), raw)


def _failed(spans: Sequence[Span], reason: str, raw: str) -> MarkedTranslation:
    return MarkedTranslation("", (), tuple(Failure(span.key, reason) for span in spans), raw)


def _forms(marks: Marks, number: int) -> tuple[str, str]:
    return marks.opening.format(number), marks.closing.format(number)


def _bounds(span: Span) -> tuple[int, int]:
    assert span.start is not None
    assert span.end is not None
    return span.start, span.end


def _crosses(one: Span, other: Span) -> bool:
    (a, b), (c, d) = _bounds(one), _bounds(other)
    return a < c < b < d
