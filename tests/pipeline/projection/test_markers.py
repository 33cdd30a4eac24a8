"""Markers: put in, read back strictly, and what is said of a translation that lost them."""

from __future__ import annotations

import itertools

import pytest
from conftest import spans_of

from annotate.spans import Span
from pipeline.projection.contract import Example
from pipeline.projection.cutting import cut
from pipeline.projection.markers import (
    BRACKETS,
    TAGS,
    MarkedTranslation,
    MarkerError,
    Marks,
    carried,
    inserted,
    read,
    rounds,
)

TEXT = "Only France and Britain backed Fischler's proposal."


def test_a_span_is_marked_as_words_of_its_own():
    (span,) = spans_of(TEXT, ("Britain", "LOC"))
    marked = inserted(TEXT, [span], BRACKETS)
    assert marked == "Only France and [ Britain ] backed Fischler's proposal."
    assert read(marked, 1, BRACKETS) == (TEXT, [(16, 23)])


def test_every_set_of_nested_spans_comes_back_as_it_went_in():
    places = [(0, 11), (5, 11), (5, 23), (16, 23), (0, 23), (31, 41)]
    tried = 0
    for count in (1, 2, 3):
        for chosen in itertools.permutations(places, count):
            crossing = any(a < c < b < d for (a, b) in chosen for (c, d) in chosen)
            spans = [Span("X", a, b, key=str(n)) for n, (a, b) in enumerate(chosen)]
            if crossing:
                with pytest.raises(MarkerError, match="cross"):
                    inserted(TEXT, spans, TAGS)
                continue
            assert read(inserted(TEXT, spans, TAGS), count, TAGS) == (TEXT, list(chosen))
            tried += 1
    assert tried > 60


BAD = {
    "Solo Francia y [ Britania apoyaron": "] stands 0 times",
    "Solo [ Francia ] y [ Britania ] apoyaron": "stands 2 times",
    "Solo ] Francia [ y": "stands before",
    "Solo [  ] Francia": "nothing stands between",
}


@pytest.mark.parametrize("said", BAD)
def test_a_translation_that_spoilt_a_marker_is_refused_with_the_cause(said):
    with pytest.raises(MarkerError, match=BAD[said].replace("]", r"\]")):
        read(said, 1, BRACKETS)


def test_crossed_markers_are_refused():
    with pytest.raises(MarkerError, match="cross"):
        read("<1> a <2> b </1> c </2>", 2, TAGS)


def test_a_text_with_such_markers_is_not_marked():
    with pytest.raises(MarkerError, match="the text holds"):
        inserted("see [1] Ana", [Span("PER", 8, 11)], BRACKETS)


def test_markers_that_name_nothing_mark_one_span_at_a_time():
    spans = [Span("X", 0, 4, key="a"), Span("X", 5, 11, key="b"), Span("X", 0, 11, key="c")]
    assert [len(group) for group in rounds(spans, BRACKETS)] == [1, 1, 1]
    assert [len(group) for group in rounds(spans, TAGS)] == [3]
    crossed = [*spans, Span("X", 3, 8, key="d")]
    assert [[s.key for s in group] for group in rounds(crossed, TAGS)] == [["a", "b", "c"], ["d"]]
    with pytest.raises(MarkerError, match="differ"):
        Marks("|", "|")


def test_marked_words_find_their_like_in_the_translation_that_stands():
    source = "Ana Silva saw Goran Novak ."
    target = "A Goran Novak lo vio Ana Silva ."
    spans = spans_of(source, ("Ana Silva", "PER"), ("Goran Novak", "PER"))
    text = "Ana Silva vio a Goran Nowak ."
    found = (
        Span("PER", 0, 9, surface="Ana Silva", source="s0"),
        Span("PER", 16, 27, surface="Goran Nowak", source="s1"),
    )
    made = [MarkedTranslation(text, found, (), "raw")]
    projection = carried(cut(Example(source, target, spans)), spans, (), made)
    assert [(s.source, s.surface) for s in projection.best()] == [
        ("s0", "Ana Silva"), ("s1", "Goran Novak"),
    ]  # fmt: skip
    assert projection.log == ("raw",)
    assert any(span.rank > 1 for span in projection.spans)
