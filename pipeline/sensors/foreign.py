"""Texts that are surely in another language than they claim (py3langid; Lui and Baldwin 2012)."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.translate.spoken import LEAST_LETTERS, UNLIKELY, identifier

from .contract import Report, Text

# The identifier reads so much of a text; more tells it nothing new.
READ = 300


class Foreign:
    """Finds texts whose own language is all but ruled out, and says which one it is instead."""

    def __init__(self) -> None:
        self._report = Report()
        self._known = frozenset(identifier().labels)

    def look(self, texts: Sequence[Text]) -> None:
        """Identify each text of a known language that is long enough to tell by."""
        classify = identifier().classify
        for text in texts:
            claimed = text.language.partition("-")[0].lower()
            if len(text.text) < LEAST_LETTERS or claimed not in self._known:
                continue
            head = text.text[:READ]
            found, sure = classify(head)
            if found == claimed or sum(map(str.isalpha, head)) < LEAST_LETTERS:
                continue
            if sure > 0.5 and dict(identifier().rank(head)).get(claimed, 0.0) < UNLIKELY:
                self._report.add("other_language", text, f"{found}: {text.text}")

    def report(self) -> Report:
        """What was found so far."""
        return self._report
