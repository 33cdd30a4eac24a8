"""Choose: which of several translations of the same fields becomes the rendition, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.translate.checks import COPY, EMPTY, LANGUAGE, LENGTH, LOOP, PIECED

_WEIGHT = {EMPTY: 100, LOOP: 10, COPY: 10, LENGTH: 3, LANGUAGE: 8, PIECED: 2}
# Round trips this close, in points of chrF, tell nothing.
CLOSE = 3.0
Reason = Literal["only", "flags", "round_trip", "order"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A complete translation: who made it, the project's order of translators, all fields' flags.

    ``round_trip`` is the chrF of its way back, None where it was not sent back.
    """

    key: int
    order: int = 0
    flags: tuple[str, ...] = ()
    round_trip: float | None = None

    @property
    def badness(self) -> int:
        """The flags added up by weight; an unknown flag counts one."""
        return sum(_WEIGHT.get(flag, 1) for flag in self.flags)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The offer that was taken and what decided."""

    offer: Offer
    reason: Reason


def choose(offers: Sequence[Offer]) -> Chosen:
    """The offer with the least wrong by its flags; among equals, where each came back, the best round trip.

    Round trips within ``CLOSE`` points of the best count as equal; then the translators' order decides,
    then the key. Raises ValueError without offers.
    """
    if not offers:
        raise ValueError("nothing to choose from: no translation is complete")
    least = min(offer.badness for offer in offers)
    sound = [offer for offer in offers if offer.badness == least]
    near = sound
    trips = [offer.round_trip for offer in sound if offer.round_trip is not None]
    if len(trips) == len(sound):
        near = [o for o in sound if (o.round_trip or 0.0) >= max(trips) - CLOSE]
    best = min(near, key=lambda offer: (offer.order, offer.key))
    if len(offers) == 1:
        return Chosen(best, "only")
    if len(near) > 1:
        return Chosen(best, "order")
    return Chosen(best, "round_trip" if len(sound) > 1 else "flags")
