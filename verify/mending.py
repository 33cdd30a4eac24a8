"""What a reviewer sends who mends a translation, read and checked: texts before and after."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from annotate.spans import Span

from .errors import SubmissionError
from .forms import Form

# A text may not grow beyond this many characters by mending, unless it was longer before.
LONGEST_TEXT = 20_000
# Line breaks and tabs are the only control characters that a text needs.
NEEDED = "\n\t"


@dataclass(frozen=True, slots=True)
class MendedText:
    """One field's text as the person saw it and as they left it."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Mending:
    """A reviewer's edit. ``kept`` are spans of their own on the old text, to follow the edit.

    ``confirmed`` is how many judgements of others on the old text they know to be lost.
    """

    client_id: UUID
    texts: tuple[MendedText, ...]
    kept: tuple[Span, ...] = ()
    confirmed: int = 0
    shown_at: Any = None
    hidden_seconds: float = 0.0

    def after(self) -> dict[str, str]:
        """The new texts of the fields that change."""
        return {text.field: text.after for text in self.texts}


@dataclass(frozen=True, slots=True)
class Alike:
    """Other items that hold the same text: how many, and how many of them people have judged."""

    count: int = 0
    judged: int = 0


def read_mending(data: Mapping[str, Any]) -> Mending:
    """The edit in a request. Raises SubmissionError listing every fault: which field, and why."""
    form = Form()
    texts = [_text(form, row, n) for n, row in enumerate(form.rows(data, "texts"), 1)]
    kept = [_kept(form, row, n) for n, row in enumerate(form.rows(data, "kept"), 1)]
    confirmed = data.get("confirmed") or 0
    if not isinstance(confirmed, int) or isinstance(confirmed, bool) or confirmed < 0:
        form.faults.append("confirmed: give a number of judgements, 0 or more.")
        confirmed = 0
    changed = tuple(text for text in texts if text.after != text.before)
    if not changed and not form.faults:
        form.faults.append("The text is the same as before: nothing was mended.")
    form.faults += [fault for text in changed for fault in text_faults(text)]
    mending = Mending(
        client_id=form.uuid(data.get("client_id")),
        texts=changed,
        kept=tuple(span for span in kept if span is not None),
        confirmed=confirmed,
        shown_at=form.time(data, "shown_at"),
        hidden_seconds=form.seconds(data, "hidden_seconds"),
    )
    if form.faults:
        raise SubmissionError(form.faults)
    return mending


def text_faults(text: MendedText) -> list[str]:
    """What is wrong with a text as mended: empty, too long, or holding characters nobody can see.

    >>> text_faults(MendedText("text", "Hi", "H\\x07i"))
    ['Field text: character 2 is the control character U+0007; take it out.']
    """
    where = f"Field {text.field}"
    if not text.after.strip():
        return [f"{where}: the text may not be empty; report the sentence instead."]
    longest = max(LONGEST_TEXT, len(text.before))
    if len(text.after) > longest:
        return [f"{where}: {len(text.after):,} characters are too many; at most {longest:,}."]
    return [
        f"{where}: character {at} is the control character U+{ord(char):04X}; take it out."
        for at, char in enumerate(text.after, 1)
        if char not in NEEDED and unicodedata.category(char) in ("Cc", "Cn", "Co")
    ]


def unlike(texts: Sequence[MendedText], held: Mapping[str, str]) -> list[str]:
    """Fields whose text is no longer what the person saw, or that are not there to be mended."""
    return [text.field for text in texts if held.get(text.field) != text.before]


def _text(form: Form, row: Mapping[str, Any], number: int) -> MendedText:
    where = f"Text {number}"
    before, after = (form.text(row, k, "", 10 * LONGEST_TEXT, where) for k in ("before", "after"))
    field = form.text(row, "field", "text", 80, where)
    # Browsers send line breaks of their own kind.
    return MendedText(field, before, after.replace("\r\n", "\n"))


def _kept(form: Form, row: Mapping[str, Any], number: int) -> Span | None:
    where = f"Span {row.get('key') or number}"
    start, end = form.offset(row, "start", where), form.offset(row, "end", where)
    if start is None or end is None or start >= end:
        form.faults.append(f"{where}: give a start before an end.")
        return None
    key, field = form.text(row, "key", "", 80, where), form.text(row, "field", "text", 80, where)
    return Span("", start, end, field, key=key)
