"""The best offer: least wrong first, then the translators' order."""

from __future__ import annotations

import pytest

from pipeline.translate.choose import Offer, choose


def test_without_flags_the_order_decides() -> None:
    assert choose([Offer(1, order=2), Offer(2, order=1)]).key == 2


def test_a_flag_outweighs_the_order() -> None:
    assert choose([Offer(1, 0, ("length",)), Offer(2, 5)]).key == 2


def test_a_loop_is_worse_than_an_odd_length_and_emptiness_is_worst() -> None:
    offers = [Offer(1, 0, ("loop",)), Offer(2, 1, ("length",)), Offer(3, 2, ("empty",))]
    assert choose(offers).key == 2
    assert choose([offers[0], offers[2]]).key == 1


def test_a_tie_is_settled_by_the_key_whatever_the_order_given() -> None:
    offers = [Offer(3), Offer(1), Offer(2)]
    assert choose(offers) == choose(offers[::-1]) == Offer(1)


def test_nothing_to_choose_from() -> None:
    with pytest.raises(ValueError, match="nothing to choose"):
        choose([])
