"""Texts that are too short to say anything, or too long to be judged at a sitting."""

from __future__ import annotations

from collections.abc import Sequence

from .contract import Report, Text

# A page of text; people mark what they can see at once.
MOST_CHARACTERS = 5000


class Lengths:
    """Finds texts without a letter or digit, and very long ones."""

    def __init__(self) -> None:
        self._report = Report()

    def look(self, texts: Sequence[Text]) -> None:
        """Count both."""
        for text in texts:
            if len(text.text) > MOST_CHARACTERS:
                self._report.add("too_long", text, f"{len(text.text):,}")
            elif len(text.text) < 40 and not any(map(str.isalnum, text.text)):
                self._report.add("empty", text, text.text.strip())

    def report(self) -> Report:
        """What was found so far."""
        return self._report
