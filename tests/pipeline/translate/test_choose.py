"""The best offer: least wrong first, then the translators' order."""

from __future__ import annotations

import pytest

from pipeline.translate.choose import Chosen, Offer, choose


def test_without_flags_the_order_decides() -> None:
    assert choose([Offer(1, order=2), Offer(2, order=1)]).offer.key == 2


def test_a_flag_outweighs_the_order() -> None:
    assert choose([Offer(1, 0, ("length",)), Offer(2, 5)]).offer.key == 2


def test_a_loop_is_worse_than_an_odd_length_and_emptiness_is_worst() -> None:
    offers = [Offer(1, 0, ("loop",)), Offer(2, 1, ("length",)), Offer(3, 2, ("empty",))]
    assert choose(offers).offer.key == 2
    assert choose([offers[0], offers[2]]).offer.key == 1


def test_a_tie_is_settled_by_the_key_whatever_the_order_given() -> None:
    offers = [Offer(3), Offer(1), Offer(2)]
    assert choose(offers) == choose(offers[::-1]) == Chosen(Offer(1), "order")


def test_nothing_to_choose_from() -> None:
    with pytest.raises(ValueError, match="nothing to choose"):
        choose([])


def test_among_equals_the_better_round_trip_decides_unless_it_is_close() -> None:
    far = [Offer(1, 0, (), 40.0), Offer(2, 1, (), 61.0), Offer(3, 2, (), 60.0)]
    assert choose(far) == Chosen(far[1], "order")
    assert choose(far[:2]) == Chosen(far[1], "round_trip")
    assert choose([far[1]]) == Chosen(far[1], "only")


def test_a_copy_that_comes_back_whole_wins_nothing() -> None:
    copied, sound = Offer(1, 0, ("copy",), 100.0), Offer(2, 1, (), 45.0)
    assert choose([copied, sound]) == Chosen(sound, "flags")


def test_who_was_not_sent_back_is_not_held_against_who_was() -> None:
    offers = [Offer(1, 1, (), 80.0), Offer(2, 0, (), None)]
    assert choose(offers) == Chosen(offers[1], "order")
