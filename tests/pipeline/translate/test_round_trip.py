"""Round trip: chrF against figures worked out by hand from its definition."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeline.translate.round_trip import score


def chrf(text: str, back: str, beta: float = 2.0) -> float:
    """chrF as Popović 2015 defines it: mean over n of precision and recall of n-grams, spaces left out."""
    text, back = text.replace(" ", ""), back.replace(" ", "")
    precisions, recalls = [], []
    for n in range(1, 7):
        grams = [Counter(t[i : i + n] for i in range(len(t) - n + 1)) for t in (text, back)]
        if all(gram.total() for gram in grams):
            shared = (grams[0] & grams[1]).total()
            precisions.append(shared / grams[1].total())
            recalls.append(shared / grams[0].total())
    p, r = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    return 100 * (1 + beta**2) * p * r / (beta**2 * p + r)


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("The red river runs fast.", "The river red runs quickly."),
        ("नदी तेज़ बहती है।", "नदी बहुत तेज़ बहती है।"),
        ("abcdefgh", "abcdefgh"),
    ],
)
def test_the_score_is_chrf(text: str, back: str) -> None:
    assert score([text], [back]) == pytest.approx(chrf(text, back), abs=0.01)


def test_nothing_shared_is_nothing_and_fields_count_together() -> None:
    assert score(["abc"], ["xyz"]) == 0
    assert 0 < score(["abc", "river"], ["xyz", "river"]) < 100


def test_lists_must_match() -> None:
    for texts, back in (([], []), (["a"], [])):
        with pytest.raises(ValueError, match="came back"):
            score(texts, back)
