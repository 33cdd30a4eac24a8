"""Unitising alpha on cases worked by hand, and against a count of every pair of code points."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.agree import Continuum, Resampling, unitising_alpha


def alpha_of(*texts: Continuum) -> float | None:
    return unitising_alpha(texts).whole.value


def test_one_end_moved_worked_by_hand() -> None:
    """Ten code points, [0, 4) against [0, 6): 2 of 10 differ, so 4 of 20 ordered pairs.

    Marked 4 + 6, bare 6 + 4. Chance leaves out a unit with itself (16 + 36) and a bare code point
    with itself (10): alike (100 - 52 + 100 - 10) / (400 - 62), so 20 (1 - 138/338) = 11.834.
    """
    text = Continuum(10, {"a": [(0, 4, "PER")], "b": [(0, 6, "PER")]})
    assert alpha_of(text) == pytest.approx(1 - 4 / (20 * (1 - 138 / 338)))


def test_same_places_other_label_worked_by_hand() -> None:
    """Ten code points, [0, 5) as PER and as LOC: 10 of 20 differ; each label has one unit, which
    cannot meet another, so only the bare are alike: (100 - 10) / (400 - 60)."""
    text = Continuum(10, {"a": [(0, 5, "PER")], "b": [(0, 5, "LOC")]})
    done = unitising_alpha([text])
    assert done.whole.value == pytest.approx(1 - 10 / (20 * (1 - 90 / 340)))
    assert done.places.value == 1.0
    assert dict(done.labels)["PER"].value == pytest.approx(
        1 - 10 / (20 * (1 - (15 * 15 - 15) / (400 - 25 - 15)))
    )


def test_the_same_marks_agree_wholly_and_three_readers_may() -> None:
    own = [(2, 5, "PER"), (5, 9, "LOC")]
    assert alpha_of(Continuum(20, {"a": own, "b": own, "c": own})) == 1.0


def test_no_common_place_is_below_chance() -> None:
    value = alpha_of(Continuum(10, {"a": [(0, 5, "PER")], "b": [(5, 10, "PER")]}))
    assert value is not None
    assert value < 0


def test_undefined_comes_with_its_reason() -> None:
    bare = unitising_alpha([Continuum(10, {"a": [], "b": []})]).whole
    assert (bare.value, bare.reason[:20]) == (None, "nobody marked anythi")
    alone = unitising_alpha([Continuum(10, {"a": [(0, 5, "PER")]})]).whole
    assert (alone.value, alone.reason) == (None, "no text was read by two")
    full = unitising_alpha([Continuum(10, {"a": [(0, 10, "PER")], "b": [(0, 10, "PER")]})]).whole
    assert full.value is None
    assert "every reader marked all" in full.reason


@pytest.mark.parametrize("unit", [(3, 3, "PER"), (-1, 2, "PER"), (8, 11, "PER")])
def test_a_unit_outside_its_text_is_refused(unit: tuple[int, int, str]) -> None:
    with pytest.raises(ValueError, match="outside a text of 10"):
        unitising_alpha([Continuum(10, {"a": [unit], "b": []})])


def by_code_points(texts: list[Continuum]) -> float | None:
    """Each code point of each reader is a token that knows its unit; a unit never meets itself."""
    tokens: list[tuple[str, object]] = []
    differing = 0.0
    for number, text in enumerate(texts):
        lines = []
        for who, own in text.units.items():
            line = []
            for at in range(text.length):
                over = next((u for u in own if u[0] <= at < u[1]), None)
                bare: object = (number, who, at)
                line.append((over[2], (number, who, over)) if over else ("", bare))
            lines.append(line)
            tokens += line
        for one, two in permutations(lines, 2):
            differing += sum(a[0] != b[0] for a, b in zip(one, two, strict=True)) / (len(lines) - 1)
    pairs = [(a, b) for a in tokens for b in tokens if a[1] != b[1]]
    chance = sum(a[0] != b[0] for a, b in pairs) / len(pairs) if pairs else 0.0
    return 1 - differing / (len(tokens) * chance) if chance else None


@st.composite
def readers(draw: st.DrawFn) -> Continuum:
    length = draw(st.integers(4, 9))
    units = {}
    for who in "abc"[: draw(st.integers(2, 3))]:
        edges = sorted(draw(st.sets(st.integers(0, length), max_size=4)))
        own = [
            (s, e, draw(st.sampled_from("XY")))
            for s, e in zip(edges[::2], edges[1::2], strict=False)
        ]
        units[who] = own
    return Continuum(length, units)


@given(st.lists(readers(), min_size=1, max_size=3))
@settings(max_examples=120, deadline=None)
def test_it_is_what_counting_every_pair_gives(texts: list[Continuum]) -> None:
    wanted, got = by_code_points(texts), alpha_of(*texts)
    assert (got is None) == (wanted is None)
    if wanted is not None:
        assert got == pytest.approx(wanted, abs=1e-9)


def test_overlapping_marks_are_a_unit_of_both_labels() -> None:
    nested = [(0, 6, "ORG"), (2, 4, "LOC")]
    assert alpha_of(Continuum(10, {"a": nested, "b": nested})) == 1.0
    flat = unitising_alpha([Continuum(10, {"a": nested, "b": [(0, 6, "ORG")]})])
    assert flat.places.value is not None
    assert flat.whole.value is not None
    assert 0 < flat.whole.value < 1
    assert dict(flat.labels)["LOC"].value is not None


def test_the_interval_draws_whole_texts() -> None:
    texts = [
        Continuum(30, {"a": [(k % 7, k % 7 + 5, "PER")], "b": [(k % 5, k % 5 + 6, "PER")]})
        for k in range(40)
    ]
    done = unitising_alpha(texts, Resampling(300)).whole
    assert done.low is not None
    assert done.high is not None
    assert done.value is not None
    assert done.low < done.value < done.high
    assert done.items == 40
    assert done == unitising_alpha(texts, Resampling(300)).whole
