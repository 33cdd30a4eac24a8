"""Spans: what they enclose, when they overlap, and offsets counted in other units."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from annotate.formats.checks import codepoint
from annotate.formats.contract import Fault
from annotate.spans import UNITS, Ruler, Span, SpanError, anchored, offsets_of, outermost

TEXTS = st.text(min_size=1, max_size=30)
PLACES = st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda place: place[0] < place[1])
SPANS = st.builds(
    lambda place, label, side, field: Span(label, *place, field=field, side=side),
    PLACES, st.sampled_from("AB"), st.sampled_from(["target", "source"]),
    st.sampled_from(["text", "title"]),
)  # fmt: skip


@st.composite
def placed(draw: st.DrawFn) -> tuple[str, Span]:
    text = draw(TEXTS)
    start = draw(st.integers(0, len(text) - 1))
    return text, Span("PER", start, draw(st.integers(start + 1, len(text))))


@given(placed())
def test_the_surface_is_what_stands_at_the_offsets(pair: tuple[str, Span]) -> None:
    text, span = pair
    filled = anchored(span, text)
    assert filled.surface == text[span.start : span.end]
    assert anchored(filled, text) == filled


@given(placed(), st.text(min_size=1, max_size=30))
def test_another_surface_is_refused(pair: tuple[str, Span], other: str) -> None:
    text, span = pair
    assume(text[span.start : span.end] != other)
    with pytest.raises(SpanError, match="hold"):
        anchored(replace(span, surface=other), text)


@pytest.mark.parametrize(
    ("span", "message"),
    [
        (Span("A", 0, 4), "end 4 lies after the text's last character \\(3 code points\\)"),
        (Span("A", 2, 2), "enclose no text"),
        (Span("A", -1, 2), "enclose no text"),
        (Span("A", None, 2), "needs a start and an end"),
        (Span("A", 0, 1, anchor="missing"), "no offsets"),
        (Span("A", surface="x", anchor="missing"), "no surface"),
    ],
)
def test_spans_that_do_not_fit_are_refused(span: Span, message: str) -> None:
    with pytest.raises(SpanError, match=message):
        anchored(span, "abc")


def test_an_omission_has_no_place_in_the_text() -> None:
    gone = Span("A", anchor="missing")
    assert anchored(gone, "abc") == gone
    assert not gone.overlaps(gone)


@given(SPANS, SPANS)
def test_spans_overlap_where_they_share_a_character(one: Span, two: Span) -> None:
    def covered(span: Span) -> set[tuple[str, str, int]]:
        return {(span.side, span.field, n) for n in range(span.start or 0, span.end or 0)}

    assert one.overlaps(two) == two.overlaps(one) == bool(covered(one) & covered(two))


@given(st.lists(SPANS, max_size=8))
def test_the_outermost_spans_overlap_no_other_and_cover_what_was_dropped(spans: list[Span]) -> None:
    kept, dropped = outermost(spans)
    assert sorted(kept + dropped, key=str) == sorted(spans, key=str)
    assert not any(a.overlaps(b) for n, a in enumerate(kept) for b in kept[:n])
    for span in dropped:
        longest = max((other for other in kept if span.overlaps(other)), key=_length)
        assert _length(longest) >= _length(span)


def _length(span: Span) -> int:
    return (span.end or 0) - (span.start or 0)


def prefix_length(text: str, unit: str) -> int:
    """How long Python itself says the text is."""
    match unit:
        case "utf16":
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case "utf8":
            return len(text.encode("utf-8", "surrogatepass"))
        case _:
            return len(text)


@given(st.text(max_size=20), st.sampled_from(["codepoint", "utf16", "utf8"]))
def test_offsets_in_other_units_are_lengths_of_prefixes(text: str, unit: str) -> None:
    wanted = [prefix_length(text[:cut], unit) for cut in range(len(text) + 1)]
    assert offsets_of(text, unit) == wanted
    ruler = Ruler(text, unit)  # type: ignore[arg-type]
    assert [ruler.codepoint(offset) for offset in wanted] == list(range(len(text) + 1))


@pytest.mark.parametrize(
    ("unit", "offset", "message"),
    [
        ("utf16", 2, "offset 2 lies inside a character \\(4 utf16 units\\)"),
        ("utf8", 3, "offset 3 lies inside a character \\(6 utf8 units\\)"),
        ("utf16", 5, "offset 5 lies outside the text"),
        ("utf16", -1, "offset -1 lies outside the text"),
        ("codepoint", 4, "offset 4 lies outside the text \\(3 code points\\)"),
        ("codepoint", -1, "lies outside"),
    ],
)
def test_offsets_inside_and_outside_say_so(unit: str, offset: int, message: str) -> None:
    ruler = Ruler("a😊b", unit)  # type: ignore[arg-type]
    with pytest.raises(SpanError, match=message):
        ruler.codepoint(offset)
    with pytest.raises(Fault, match=message):
        codepoint(ruler, offset, "start")


def test_graphemes_count_what_a_reader_sees() -> None:
    ruler = Ruler("e\u0301क्ष!", "grapheme")
    assert [ruler.codepoint(n) for n in range(4)] == [0, 2, 5, 6]
    assert offsets_of("e\u0301a", "grapheme") == [0, -1, 1, 2]


def test_a_surface_tells_in_which_unit_it_was_counted() -> None:
    assert Ruler("😊 Ana").fitting_units(3, 6, "Ana") == ["utf16"]
    assert Ruler("Ana").fitting_units(0, 3, "Ana") == list(UNITS)
    assert Ruler("Ana").fitting_units(0, 2, "Ana") == []


def test_an_unknown_unit_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="unknown offset unit 'byte'; use one of codepoint"):
        offsets_of("a", "byte")
