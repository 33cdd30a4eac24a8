"""Keys of stored data as words on screen, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

# Every key that pages show: roles, outcomes, verdicts, reasons, states, kinds, modes and origins.
KNOWN = (
    gettext_noop("reviewer"), gettext_noop("adjudicator"), gettext_noop("manager"),
    gettext_noop("answered"), gettext_noop("unsure"), gettext_noop("not my variety"),
    gettext_noop("reported"), gettext_noop("bad sentence"), gettext_noop("withdrawn"),
    gettext_noop("right"), gettext_noop("boundary"), gettext_noop("label"), gettext_noop("split"),
    gettext_noop("wrong translation"), gettext_noop("no equivalent"),
    gettext_noop("should not be"), gettext_noop("source label"), gettext_noop("added"),
    gettext_noop("too hard"), gettext_noop("not my subject"), gettext_noop("uneasy"),
    gettext_noop("technical"),
    gettext_noop("review"), gettext_noop("adjudicate"), gettext_noop("write"),
    gettext_noop("blind"), gettext_noop("assisted"), gettext_noop("planted"),
    gettext_noop("repeat"), gettext_noop("audit"), gettext_noop("tutorial"),
    gettext_noop("open"), gettext_noop("leased"), gettext_noop("done"), gettext_noop("skipped"),
    gettext_noop("void"),
    gettext_noop("imported"), gettext_noop("accepted"), gettext_noop("agreed"),
    gettext_noop("single"), gettext_noop("adjudicated"),
    gettext_noop("judged texts"), gettext_noop("corrected spans"), gettext_noop("adopted"),
    gettext_noop("right before"), gettext_noop("right after"), gettext_noop("votes weighed"),
    gettext_noop("f1 before"), gettext_noop("f1 after"), gettext_noop("challenge"),
    gettext_noop("fitted on"),
    gettext_noop("original"), gettext_noop("machine"), gettext_noop("person"),
)  # fmt: skip


def worded(key: str) -> str:
    """``not_my_variety`` as *not my variety* in the reader's language; unknown keys as they are."""
    plain = str(key).replace("_", " ")
    return gettext(plain) if plain in KNOWN else plain
