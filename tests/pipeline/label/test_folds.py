"""Folds split evenly and never change."""

from __future__ import annotations

import pytest

from pipeline.folds import fold_of


def test_a_fold_is_fixed_by_the_id_alone() -> None:
    assert [fold_of(f"item-{n}") for n in range(8)] == [fold_of(f"item-{n}") for n in range(8)]
    # Written down once: a change would let models vote on what they were fitted on.
    assert "".join(str(fold_of(f"item-{n}")) for n in range(24)) == "011011111101111010010110"


def test_folds_are_of_about_equal_size() -> None:
    for folds in (2, 3, 5):
        counts = [0] * folds
        for number in range(6000):
            counts[fold_of(f"doc/{number}", folds)] += 1
        assert all(abs(count - 6000 / folds) < 200 for count in counts), counts


def test_one_fold_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing held back"):
        fold_of("a", 1)
