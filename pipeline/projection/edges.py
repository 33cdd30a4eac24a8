"""Edge odds: which words stand just inside and just outside the edges of projected spans.

Learnt from a projector's own first pass, so no list of articles or prepositions is needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.align.corpus import Floats

BORDER = "\n"
SMOOTHING = 1.0
MOST = 3.0
Placed = tuple[Sequence[str], int, int]


@dataclass(frozen=True, slots=True)
class Odds:
    """Log odds per word form that it stands inside rather than outside, at the left and right edge.

    ``left`` is first word of a span against the word before one, ``right`` last word against the
    word after. Unknown forms have even odds.
    """

    left: dict[str, float]
    right: dict[str, float]

    def of(self, forms: Sequence[str]) -> tuple[Floats, Floats]:
        """Left and right odds of each token, framed by the borders of the text (length + 2)."""
        framed = (BORDER, *forms, BORDER)
        left = np.array([self.left.get(form, 0.0) for form in framed])
        right = np.array([self.right.get(form, 0.0) for form in framed])
        return left, right


EVEN = Odds({}, {})


def count(placed: Iterable[Placed]) -> Odds:
    """Odds from spans ``(forms of the sentence, first token, end token)``."""
    opens: Counter[str] = Counter()
    before: Counter[str] = Counter()
    closes: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for forms, start, end in placed:
        framed = (BORDER, *forms, BORDER)
        before[framed[start]] += 1
        opens[framed[start + 1]] += 1
        closes[framed[end]] += 1
        after[framed[end + 1]] += 1
    return Odds(_log_odds(opens, before), _log_odds(closes, after))


def _log_odds(inside: Counter[str], outside: Counter[str]) -> dict[str, float]:
    odds: dict[str, float] = {}
    for form in sorted(inside.keys() | outside.keys()):
        ratio = (inside[form] + SMOOTHING) / (outside[form] + SMOOTHING)
        odds[form] = float(np.clip(np.log(ratio), -MOST, MOST))
    return odds
