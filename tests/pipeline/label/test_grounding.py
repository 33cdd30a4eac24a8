"""Grounding puts quotes where they stand, and says so where it cannot."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.graphemes import boundaries
from annotate.spans import anchored
from pipeline.label.grounding import Quote, ground, occurrences

TEXT = "Ana met Banana Ana in Lima, then Ana left LIMA."


def placed(*quotes: Quote, text: str = TEXT) -> list[tuple[str, int, int]]:
    found = ground(quotes, {"text": text})
    assert not found.troubles, found.troubles
    return [(s.label, s.start or 0, s.end or 0) for s in found.spans]


def troubled(*quotes: Quote, text: str = TEXT) -> list[str]:
    return [kind for kind, _ in ground(quotes, {"text": text}).troubles]


def test_the_occurrence_counts_whole_words() -> None:
    assert placed(Quote("PER", "Ana", 2)) == [("PER", 15, 18)]


def test_one_place_needs_no_number_and_survives_a_wrong_one() -> None:
    assert placed(Quote("X", "Banana")) == placed(Quote("X", "Banana", 7)) == [("X", 8, 14)]


def test_several_places_without_a_number_are_ambiguous() -> None:
    assert troubled(Quote("PER", "Ana")) == ["ambiguous"]
    assert troubled(Quote("PER", "Ana", 9)) == ["ambiguous"]
    assert troubled(Quote("PER", "Ana", 0)) == ["ambiguous"]


def test_claimed_as_often_as_it_stands_each_gets_its_place() -> None:
    assert placed(*[Quote("PER", "Ana")] * 3) == [("PER", 0, 3), ("PER", 15, 18), ("PER", 33, 36)]


def test_an_exact_place_hides_an_approximate_one() -> None:
    assert placed(Quote("LOC", "Lima")) == [("LOC", 22, 26)]
    assert placed(Quote("LOC", "LIMA")) == [("LOC", 42, 46)]


@pytest.mark.parametrize(
    ("quote", "text", "surface"),
    [
        ("new york", "In New\n York now", "New\n York"),
        ("Jose\u0301", "el José vino", "José"),
        ("José", "el Jose\u0301 vino", "Jose\u0301"),
        ("ABC", "的ＡＢＣ社", "ＡＢＣ"),
        (" Lima ", "a Lima b", "Lima"),
        ("STRASSE", "die Straße da", "Straße"),
        ("किसुमू", "वह किसुमू में", "किसुमू"),
        ("Nairobi", "alienda Nairobini jana", "Nairobi"),
    ],
)
def test_forms_are_evened_out_and_the_span_covers_the_text(
    quote: str, text: str, surface: str
) -> None:
    (span,) = ground([Quote("X", quote)], {"text": text}).spans
    assert span.surface == surface
    anchored(span, text)


def test_a_quote_from_nowhere_is_unsupported() -> None:
    assert troubled(Quote("LOC", "Paris")) == ["unsupported"]
    assert troubled(Quote("LOC", "  ")) == ["unsupported"]


def test_half_a_character_is_not_a_place() -> None:
    assert troubled(Quote("X", "e"), text="e\u0301") == ["unsupported"]
    assert troubled(Quote("X", "👩"), text="👩‍👧") == ["unsupported"]


def test_two_labels_for_one_place_are_ambiguous() -> None:
    assert troubled(Quote("LOC", "Lima", 1), Quote("ORG", "Lima", 1)) == ["ambiguous"]


def test_the_field_decides_where_it_is_named() -> None:
    fields = {"question": "Who is Ana?", "answer": "Ana is Ana."}
    (span,) = ground([Quote("PER", "Ana", 1, "question")], fields).spans
    assert (span.field, span.start) == ("question", 7)
    assert ground([Quote("PER", "Ana", 1)], fields).troubles[0][0] == "ambiguous"
    (span,) = ground([Quote("X", "Who")], fields).spans
    assert span.field == "question"


words = st.text(alphabet=st.sampled_from("aAbé e\u0301ßK 北京ः👩\u200d👧\n.ﬁİ"), max_size=30)


@settings(max_examples=400, deadline=None)
@given(words, st.lists(st.tuples(words, st.integers(-1, 4) | st.none()), max_size=4))
def test_every_span_covers_exactly_its_surface_and_whole_characters(text: str, claims) -> None:
    quotes = [Quote("L", quote, number) for quote, number in claims]
    found = ground(quotes, {"text": text})
    cuts = set(boundaries(text))
    for span in found.spans:
        assert span.surface == text[span.start : span.end] != ""
        assert {span.start, span.end} <= cuts
    assert len(found.spans) + len(found.troubles) >= min(1, len(quotes))


@settings(max_examples=400, deadline=None)
@given(words, st.data())
def test_what_is_quoted_from_the_text_is_found(text: str, data) -> None:
    cuts = boundaries(text)
    start = data.draw(st.sampled_from(cuts))
    end = data.draw(st.sampled_from(cuts))
    quote = text[start:end].strip()
    if quote and start + text[start:end].index(quote) in cuts:
        assert occurrences(quote, text)
