"""Pooled F1 by sorting is what comparing every pair of readers gives."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.spans import Span
from pipeline.agree import Resampling, compare, marks, pooled_f1

reader = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, 3), st.sampled_from("AB")),
    max_size=4,
    unique_by=lambda mark: mark[:2],
)


@given(st.lists(st.lists(reader, min_size=1, max_size=4), min_size=1, max_size=4))
@settings(max_examples=80, deadline=None)
def test_it_equals_the_sum_over_pairs(texts: list[list[list[tuple[int, int, str]]]]) -> None:
    flat = [
        (n, start, start + size, label)
        for n, readers in enumerate(texts)
        for own in readers
        for start, size, label in own
    ]
    columns = [list(column) for column in zip(*flat, strict=True)] if flat else [[], [], [], []]
    got = pooled_f1(*columns, [len(readers) for readers in texts])
    exact = border = marked = 0
    for readers in texts:
        spans = [marks([Span(label, s, s + n) for s, n, label in own]) for own in readers]
        for one, two in combinations(spans, 2):
            found = compare(one, two)
            exact, border, marked = (
                exact + found.exact,
                border + found.border,
                marked + found.marked,
            )
    assert got.exact.value == (pytest.approx(2 * exact / marked) if marked else None)
    assert got.border.value == (pytest.approx(2 * border / marked) if marked else None)
    assert got.label_given_border.value == (pytest.approx(exact / border) if border else None)


def test_intervals_reasons_and_wide_offsets() -> None:
    random = np.random.default_rng(0)
    items = np.repeat(np.arange(200), 2)
    starts = np.where(random.random(400) < 0.8, 3_000_000_000, 5)
    got = pooled_f1(items, starts, starts + 4, ["PER"] * 400, np.full(200, 2), Resampling(200))
    assert got.exact.low is not None
    assert got.exact.high is not None
    assert got.exact.value is not None
    assert got.exact.low < got.exact.value < got.exact.high
    assert got.label_given_border.value == 1.0
    empty = pooled_f1([], [], [], [], [2, 2])
    assert (empty.exact.value, empty.exact.reason[:22]) == (None, "nobody marked anything")
    with pytest.raises(ValueError, match="item 1 has no entry"):
        pooled_f1([1], [0], [3], ["PER"], [2])
    with pytest.raises(ValueError, match="equally long"):
        pooled_f1([0, 0], [0], [3], ["PER"], [2])
