"""Plant one error in a reading that is known to be right: a check of attention. Knows no Django."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import regex

from annotate.graphemes import boundaries, words
from annotate.readings import Reading
from annotate.spans import Span

KINDS = ("boundary", "label", "drop", "translation")
# Words that are replaced in the twin of a scored text.
FEWEST, MOST = 2, 6
_UNPARTED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
Draw = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Plant:
    """A reading with one error in it, the texts it stands in, and the record of what was done.

    ``record`` has ``how``, ``field``, ``right`` and ``planted`` (label, start, end, surface; None for
    a span that was dropped), all JSON values.
    """

    reading: Reading
    texts: Mapping[str, str]
    record: Mapping[str, Any]


def planted(
    reading: Reading, texts: Mapping[str, str], labels: Sequence[str],
    surfaces: Mapping[str, Sequence[str]], draw: Draw,
) -> Plant | None:  # fmt: skip
    """The reading with one error, or None where it has no span to err on.

    ``draw`` gives a number in ``[0, 1)`` per purpose and so decides span and kind; where the kind
    drawn cannot be (no second label, no word to move to) the next one is. ``surfaces`` are what else
    stands under each label in this language: a rendition is corrupted by putting one in place of a
    span's own.
    """
    spans = [s for s in reading.voted() if s.anchor == "text" and s.side == "target"]
    if not spans:
        return None
    span = spans[int(draw("span") * len(spans))]
    first = int(draw("kind") * len(KINDS))
    for kind in KINDS[first:] + KINDS[:first]:
        found = _err(kind, span, reading, texts, labels, surfaces, draw)
        if found:
            return found
    return None


def spoilt(text: str, others: Sequence[str], draw: Draw) -> str | None:
    """A text with a stretch of words replaced by as many of another text; None where none fits.

    Two to six words (WMT's practice for direct assessment), or twice as many characters in scripts
    that do not part words. Both texts keep at least one word besides.
    """
    cut = _pieces(text)
    scale = 2 if _UNPARTED.search(text) else 1
    wanted = scale * (FEWEST + int(draw("length") * (MOST - FEWEST + 1)))
    size = min(wanted, len(cut) - 1)
    fitting = [other for other in others if other != text and len(_pieces(other)) > size]
    if size < FEWEST * scale or not fitting:
        return None
    other = fitting[int(draw("other") * len(fitting))]
    given = _pieces(other)
    at, of = int(draw("at") * (len(cut) - size + 1)), int(draw("of") * (len(given) - size + 1))
    put = other[given[of][0] : given[of + size - 1][1]]
    made = text[: cut[at][0]] + put + text[cut[at + size - 1][1] :]
    return made if made != text else None


def _pieces(text: str) -> list[tuple[int, int]]:
    """The words of a text, without punctuation; characters where words are not parted."""
    found = []
    for start, end in words(text):
        if _UNPARTED.search(text, start, end):
            inner = [at for at in boundaries(text) if start <= at <= end]
            found += list(pairwise(inner))
        elif text[start].isalnum():
            found.append((start, end))
    return found


def _err(
    kind: str, span: Span, reading: Reading, texts: Mapping[str, str], labels: Sequence[str],
    surfaces: Mapping[str, Sequence[str]], draw: Draw,
) -> Plant | None:  # fmt: skip
    text = texts[span.field]
    others = {s.place for s in reading.voted()}
    if kind == "drop":
        return Plant(_with(reading, span, None), texts, _record(kind, span, None))
    if kind == "translation":
        return _rendered(span, reading, texts, surfaces.get(span.label, ()), draw)
    if kind == "label":
        wrong = [replace(span, label=label) for label in labels if label != span.label]
    else:
        wrong = [
            replace(span, start=start, end=end, surface=text[start:end])
            for start, end in _shifted(text, span.start or 0, span.end or 0)
        ]
    wrong = [one for one in wrong if one.place not in others]
    if not wrong:
        return None
    chosen = wrong[int(draw("which") * len(wrong))]
    return Plant(_with(reading, span, chosen), texts, _record(kind, span, chosen))


def _shifted(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The places a word longer or shorter at either end; a character shorter where there are none."""
    cut = words(text)
    starts, ends = [s for s, _ in cut], [e for _, e in cut]
    moved = [
        (start, min((e for e in ends if e > end), default=-1)),
        (start, max((e for e in ends if start < e < end), default=-1)),
        (max((s for s in starts if s < start), default=-1), end),
        (min((s for s in starts if start < s < end), default=-1), end),
    ]
    found = [(s, e) for s, e in moved if 0 <= s < e]
    if not found:
        inner = [at for at in boundaries(text) if start < at < end]
        found = [(start, inner[-1])] if inner else []
    return found


def _rendered(
    span: Span, reading: Reading, texts: Mapping[str, str], surfaces: Sequence[str], draw: Draw
) -> Plant | None:
    """Another name of the same label in place of the span's own; spans behind it move along."""
    start, end = span.start or 0, span.end or 0
    others = [s for s in reading.voted() if s is not span and s.field == span.field]
    wrong = sorted(set(surfaces) - {span.surface})
    if not wrong or span.source is None or any(span.overlaps(other) for other in others):
        return None
    surface = wrong[int(draw("which") * len(wrong))]
    text = texts[span.field]
    put = replace(span, end=start + len(surface), surface=surface)
    by = len(surface) - (end - start)
    moved = tuple(
        put if s is span
        else replace(s, start=(s.start or 0) + by, end=(s.end or 0) + by)
        if s.field == span.field and s.side == "target" and s.anchor == "text"
        and (s.start or 0) >= end
        else s
        for s in reading.voted()
    )  # fmt: skip
    changed = {**texts, span.field: text[:start] + surface + text[end:]}
    return Plant(
        Reading(reading.answers, moved, reading.relations),
        changed,
        _record("translation", span, put),
    )


def _with(reading: Reading, span: Span, wrong: Span | None) -> Reading:
    """The reading with ``wrong`` in place of ``span``; what hung on a dropped span goes with it."""
    spans = tuple(wrong if s is span else s for s in reading.voted())
    kept = tuple(s for s in spans if s is not None)
    keys = {s.key for s in kept}
    return Reading(
        tuple(a for a in reading.answers if a.target != f"span:{span.key}" or span.key in keys),
        kept,
        tuple(r for r in reading.relations if r.head in keys and r.tail in keys),
    )


def _record(how: str, right: Span, wrong: Span | None) -> dict[str, Any]:
    def listed(span: Span) -> list[Any]:
        return [span.label, span.start, span.end, span.surface]

    return {
        "kind": "planted", "how": how, "field": right.field, "right": listed(right),
        "planted": listed(wrong) if wrong else None,
    }  # fmt: skip
