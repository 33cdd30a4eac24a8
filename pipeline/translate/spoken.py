"""Spoken: whether a translation is written in the language that was asked for (py3langid).

Lui and Baldwin 2012. Only a sure finding on a text long enough counts; where the identifier does not know
the language, nothing is found.
"""

from __future__ import annotations

from functools import cache
from typing import Any

LEAST_LETTERS = 30
# Below this probability of the wanted language it is another, whichever.
UNLIKELY = 0.01


def is_foreign(text: str, tag: str) -> bool:
    """Whether a text is surely in another language than its BCP-47 tag says."""
    wanted = tag.partition("-")[0].lower()
    if wanted not in _known() or sum(map(str.isalpha, text)) < LEAST_LETTERS:
        return False
    return float(dict(identifier().rank(text)).get(wanted, 0.0)) < UNLIKELY


@cache
def _known() -> frozenset[str]:
    return frozenset(identifier().labels)


@cache
def identifier() -> Any:
    """The identifier with its whole model; scores are probabilities."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
