"""Draws by keyed hash: uniform, independent between purposes, stable when the frame grows."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from annotate.keyed import share
from pipeline.sampling import draw, is_member

KEYS = [f"item {n}" for n in range(20_000)]


def test_shares_look_uniform_and_purposes_are_independent() -> None:
    audit = [share("seed/audit", key) for key in KEYS]
    blind = [share("seed/blind", key) for key in KEYS]
    assert stats.kstest(audit, "uniform").pvalue > 0.001
    assert abs(stats.pearsonr(audit, blind).statistic) < 0.03
    assert all(0.0 <= point < 1.0 for point in audit)


def test_shares_never_change() -> None:
    for key in ("item 1", "اسم", ""):
        secret = hashlib.blake2b(b"demo", digest_size=32).digest()
        digest = hashlib.blake2b(key.encode(), key=secret, digest_size=8).digest()
        assert share("demo", key) == (int.from_bytes(digest, "big") // 2**11) / 2**53


def test_membership_has_the_stated_probability() -> None:
    members = sum(is_member("seed", key, 0.05) for key in KEYS)
    assert stats.binomtest(members, len(KEYS), 0.05).pvalue > 0.001
    assert not any(is_member("seed", key, 0.0) for key in KEYS)
    assert all(is_member("seed", key, 1.0) for key in KEYS)


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_probability_keeps_every_member(key: str, one: float, two: float) -> None:
    low, high = sorted((one, two))
    assert is_member("s", key, high) or not is_member("s", key, low)


@given(st.sets(st.text(), min_size=1), st.data())
def test_draws_are_nested_and_know_no_order(keys: set[str], data: st.DataObject) -> None:
    n = data.draw(st.integers(0, len(keys)))
    drawn = draw("s", sorted(keys), n)
    assert draw("s", sorted(keys, reverse=True), n) == drawn
    assert draw("s", keys, len(keys))[:n] == drawn
    assert len(drawn) == n
    assert set(drawn) <= keys


def test_a_grown_frame_replaces_only_by_newcomers() -> None:
    before = set(draw("s", KEYS[:1000], 100))
    after = set(draw("s", KEYS[:1200], 100))
    assert after - before <= set(KEYS[1000:1200])


@pytest.mark.parametrize(("keys", "n", "message"), [
    (["a", "a"], 1, "twice"), (["a"], 2, "cannot draw 2 of 1"), (["a"], -1, "cannot draw -1")
])  # fmt: skip
def test_bad_draws_are_refused(keys: list[str], n: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw("s", keys, n)


def test_a_probability_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="outside 0 to 1"):
        is_member("s", "k", 1.5)
