"""Span agreement: the worked case, its symmetry, largest matchings, and the report over readings."""

from __future__ import annotations

import json
from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.readings import Answer, Reading
from annotate.spans import Span
from pipeline.agree import Resampling, agreement, alpha, compare, marks
from pipeline.agree.spans import Mark, label_units

FEW = Resampling(50)


def spans(*given: tuple[str, int, int]) -> tuple[Span, ...]:
    return tuple(Span(label, start, end) for label, start, end in given)


ONE = spans(("PER", 0, 5), ("LOC", 10, 15), ("ORG", 20, 25))
TWO = spans(("PER", 0, 5), ("LOC", 10, 16), ("MISC", 20, 25))


def test_one_border_and_one_label_off() -> None:
    found = compare(marks(ONE), marks(TWO))
    assert found.f1("exact") == pytest.approx(1 / 3)
    assert found.f1("overlap") == pytest.approx(2 / 3)
    assert found.f1("border") == pytest.approx(2 / 3)
    assert found.label_given_border == 0.5
    assert found.labels["LOC"] == (2, 0, 1)
    assert found.labels["MISC"] == (1, 0, 0)


def test_an_overlap_may_have_to_be_large() -> None:
    assert compare(marks(ONE), marks(TWO), least=5 / 6).overlap == 2
    assert compare(marks(ONE), marks(TWO), least=0.9).overlap == 1


def test_touching_spans_do_not_overlap_nor_do_those_of_other_fields() -> None:
    assert compare(marks(spans(("A", 0, 3))), marks(spans(("A", 3, 5)))).overlap == 0
    other = (Span("A", 0, 3, field="question"),)
    assert compare(marks(spans(("A", 0, 3))), marks(other)).overlap == 0


def test_a_mark_is_matched_once() -> None:
    long, parts = marks(spans(("A", 0, 9))), marks(spans(("A", 0, 3), ("A", 4, 6), ("A", 7, 9)))
    assert compare(long, parts).overlap == 1
    # The first long span must leave the only partner of the second to it.
    two, shifted = marks(spans(("A", 0, 9), ("A", 10, 19))), marks(spans(("A", 2, 4), ("A", 8, 11)))
    assert compare(two, shifted).overlap == 2


def test_omissions_match_by_label_and_alternatives_do_not_count() -> None:
    missing = Span("omission", anchor="missing")
    assert compare(marks([missing, missing]), marks([missing])).overlap == 1
    assert marks([*ONE, Span("PER", 0, 9, rank=2)]) == marks(ONE)


def test_nothing_marked_has_no_score() -> None:
    assert compare((), ()).f1("exact") is None
    assert compare((), marks(ONE)).f1("exact") == 0.0
    assert compare((), marks(ONE)).label_given_border is None


place = st.tuples(st.sampled_from("AB"), st.integers(0, 8), st.integers(1, 4)).map(
    lambda t: (t[0], t[1], t[1] + t[2])
)
own = st.lists(place, max_size=5).map(lambda given: marks(spans(*given)))


def most(one: tuple[Mark, ...], two: tuple[Mark, ...]) -> int:
    """The largest matching, by trying every assignment."""
    if len(one) > len(two):
        one, two = two, one

    def near(a: Mark, b: Mark) -> bool:
        return a[5] == b[5] and min(a[4], b[4]) > max(a[3], b[3])

    return max(
        sum(near(a, b) for a, b in zip(one, order, strict=False))
        for order in permutations(two, len(one))
    )


@given(own, own)
@settings(max_examples=200)
def test_matches_are_symmetric_and_as_many_as_can_be(
    one: tuple[Mark, ...], two: tuple[Mark, ...]
) -> None:
    found = compare(one, two)
    assert found == compare(two, one)
    assert found.exact == (Counter(one) & Counter(two)).total()
    assert found.exact <= found.overlap == most(one, two)
    assert found.exact <= found.border
    assert sum(row[0] for row in found.labels.values()) == found.marked == len(one) + len(two)


def test_units_are_places_with_what_each_rater_said() -> None:
    units = label_units([("a", marks(ONE)), ("b", marks(TWO))])
    assert [(where[3], where[4], said) for where, said in units] == [
        (0, 5, ["PER", "PER"]),
        (10, 15, ["LOC", ""]),
        (10, 16, ["", "LOC"]),
        (20, 25, ["ORG", "MISC"]),
    ]


def rows() -> list[tuple[str, str, Reading]]:
    people = {"ana": ONE, "ben": TWO, "model": ONE}
    made = [("1", who, Reading(spans=marked)) for who, marked in people.items()]
    made += [("2", who, Reading(spans=spans(("PER", 0, 4)))) for who in ("ana", "ben")]
    made += [("3", "ana", Reading(spans=ONE))]
    return made


def test_the_report_scores_pairs_labels_and_languages() -> None:
    report = agreement(rows(), language={"1": "es", "2": "de"}, resampling=FEW)
    assert (report.raters, report.items, report.readings) == (("ana", "ben", "model"), 2, 6)
    assert [part.language for part in report.slices] == [None, "de", "es"]
    whole, german, spanish = report.slices
    shared = {(pair.one, pair.two): pair.shared_items for pair in whole.pairs}
    assert shared == {("ana", "ben"): 2, ("ana", "model"): 1, ("ben", "model"): 1}
    exact = {(p.one, p.two): p.spans.exact.value for p in spanish.pairs}
    assert exact == pytest.approx(
        {("ana", "ben"): 1 / 3, ("ana", "model"): 1.0, ("ben", "model"): 1 / 3}
    )
    assert whole.pooled is not None
    assert spanish.pooled is not None
    assert spanish.pooled.exact.value == pytest.approx((1 + 3 + 1) * 2 / 18)
    assert whole.pooled.exact.value == pytest.approx((1 + 3 + 1 + 1) * 2 / 20)
    assert whole.pooled.label_given_border.value == pytest.approx(6 / 8)
    assert german.pairs[0].spans.exact.value == 1.0
    per = {label.label: label for label in whole.labels}
    assert per["PER"].exact.value == 1.0
    assert per["LOC"].exact.value == pytest.approx(1 / 3)
    assert per["LOC"].overlap.value == 1.0
    assert per["MISC"].exact.value == 0.0


def test_span_alpha_is_alpha_over_the_marked_places() -> None:
    report = agreement(rows(), resampling=FEW)
    units = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4]
    said = ["PER"] * 3 + ["LOC", "", "LOC"] + ["", "LOC", ""] + ["ORG", "MISC", "ORG"] + ["PER"] * 2
    whole = report.slices[0]
    assert whole.span_alpha is not None
    assert whole.span_alpha.value == pytest.approx(alpha(units, said).value)
    location = next(label for label in whole.labels if label.label == "LOC")
    assert location.alpha is not None
    is_location = [int(value == "LOC") for value in said]
    assert location.alpha.value == pytest.approx(alpha(units, is_location).value)
    assert whole.span_alpha.items == 2


def test_answers_are_scored_per_question_at_their_level() -> None:
    def said(topic: str, score: int) -> Reading:
        return Reading((Answer("topic", "rendition", topic), Answer("score", "rendition", score)))

    given = [
        (str(n), who, said(topic, score))
        for n, pair in enumerate([("ab", (1, 2)), ("aa", (5, 5)), ("bb", (3, 4))])
        for who, topic, score in zip("xy", *pair, strict=True)
    ]
    report = agreement(given, levels={"score": "interval"}, resampling=FEW)
    figures = {q.question: (q.level, q.alpha.value) for q in report.slices[0].questions}
    units = [0, 0, 1, 1, 2, 2]
    assert figures == {
        "topic": ("nominal", pytest.approx(alpha(units, list("abaabb")).value)),
        "score": ("interval", pytest.approx(alpha(units, [1, 2, 5, 5, 3, 4], "interval").value)),
    }
    assert report.slices[0].pooled is None
    assert report.slices[0].span_alpha is None


def test_answers_about_a_span_compare_where_both_marked_it() -> None:
    def said(key: str, value: list[str]) -> Reading:
        return Reading((Answer("why", f"span:{key}", value),), (Span("PER", 0, 3, key=key),))

    general = Reading((Answer("why", "rendition", ["b", "a"]),))
    report = agreement(
        [("1", "x", said("k", ["a"])), ("1", "y", said("z", ["a"])),
         ("2", "x", general), ("2", "y", general)], resampling=FEW
    )  # fmt: skip
    assert report.slices[0].questions[0].alpha.value == 1.0


def test_the_report_is_json_and_the_same_whatever_the_order_of_rows() -> None:
    one = agreement(rows(), resampling=FEW)
    two = agreement(reversed(rows()), resampling=FEW)
    assert json.dumps(one.as_dict()) == json.dumps(two.as_dict())


def test_nothing_to_compare_is_no_error() -> None:
    report = agreement([("1", "a", Reading(spans=ONE))])
    assert (report.items, report.slices[0].pairs, report.slices[0].pooled) == (0, (), None)


def test_bad_rows_are_refused() -> None:
    twice = [("1", "a", Reading()), ("1", "a", Reading())]
    with pytest.raises(ValueError, match="rater a has two readings of item 1"):
        agreement(twice)
    with pytest.raises(ValueError, match="item 2 has no language"):
        agreement(rows(), language={"1": "es"})
    words = [("1", who, Reading((Answer("score", "rendition", "good"),))) for who in "ab"]
    with pytest.raises(ValueError, match='question score has the answer "good"'):
        agreement(words, levels={"score": "ordinal"})
    with pytest.raises(ValueError, match="replicates is -1"):
        Resampling(-1)
