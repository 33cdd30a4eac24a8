"""Characters that hide: control characters, and texts read in the wrong encoding (mojibake).

Mojibake is UTF-8 that somebody decoded as Windows-1252 or Latin-1. A run of its typical characters
counts only when it turns back into valid UTF-8, the test of ftfy (Speer 2019); nothing is repaired.
"""

from __future__ import annotations

from collections.abc import Sequence

import regex

from .contract import Report, Text

# C0 and C1 but for tab and line ends; zero-width space, line separators, bidirectional overrides,
# byte order mark. Joiners and marks that scripts need (U+200C to U+200F) are no fault.
CONTROL = regex.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
# What the continuation bytes 80 to BF of UTF-8 look like in Windows-1252, else in Latin-1.
_CONTINUED = "\u0080-\u00bf" + bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")
_MANGLED = regex.compile(
    f"(?:[\u00c2-\u00f4][{regex.escape(_CONTINUED[3:])}\u0080-\u00bf]{{1,3}})+"
)
REPLACEMENT = "\ufffd"
# Joins the texts of a batch for one search over all of them; it is what neither pattern finds.
_SEAM = "\n"


class Characters:
    """Finds control characters and mojibake."""

    def __init__(self) -> None:
        self._report = Report()

    def look(self, texts: Sequence[Text]) -> None:
        """One search over the whole batch, text by text only where it finds anything."""
        joined = _SEAM.join(text.text for text in texts)
        if joined.isascii() and CONTROL.search(joined) is None:
            return
        has_control = CONTROL.search(joined) is not None
        has_mangled = REPLACEMENT in joined or _MANGLED.search(joined) is not None
        for text in texts if has_control or has_mangled else ():
            found = CONTROL.search(text.text) if has_control else None
            if found:
                self._report.add("control_characters", text, f"U+{ord(found.group()):04X}")
            broken = mangled(text.text) if has_mangled else ""
            if broken:
                self._report.add("mojibake", text, broken)

    def report(self) -> Report:
        """What was found so far."""
        return self._report


def mangled(text: str) -> str:
    """The first stretch that was decoded wrongly, or nothing.

    >>> mangled("caf\u00c3\u00a9"), mangled("S\u00c3O JO\u00c3O")
    ('\u00c3\u00a9', '')
    """
    if REPLACEMENT in text:
        return REPLACEMENT
    for found in _MANGLED.finditer(text):
        stretch = found.group()
        try:
            stretch_bytes = b"".join(_byte(sign) for sign in stretch)
            stretch_bytes.decode("utf-8")
        except UnicodeError:
            continue
        return str(stretch)
    return ""


def _byte(sign: str) -> bytes:
    try:
        return sign.encode("cp1252")
    except UnicodeEncodeError:
        return sign.encode("latin-1")
