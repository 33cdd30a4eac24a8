"""Choose: which of several translations of the same fields becomes the rendition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.translate.checks import COPY, EMPTY, LANGUAGE, LENGTH, LOOP, PIECED

_WEIGHT = {EMPTY: 100, LOOP: 10, COPY: 10, LENGTH: 3, LANGUAGE: 8, PIECED: 2}


@dataclass(frozen=True, slots=True)
class Offer:
    """A complete translation: who made it, the project's order of translators, all fields' flags."""

    key: int
    order: int = 0
    flags: tuple[str, ...] = ()

    @property
    def badness(self) -> int:
        """The flags added up by weight; an unknown flag counts one."""
        return sum(_WEIGHT.get(flag, 1) for flag in self.flags)


def choose(offers: Sequence[Offer]) -> Offer:
    """The offer with the least wrong by its flags, then by the translators' order, then the key.

    Raises ValueError without offers.
    """
    if not offers:
        raise ValueError("nothing to choose from: no translation is complete")
    return min(offers, key=lambda offer: (offer.badness, offer.order, offer.key))
