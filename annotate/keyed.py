"""Shares by keyed hash: what every random draw of a project rests on."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

_SCALE = 2.0**-53


@lru_cache(maxsize=256)
def _keyed(seed: str) -> Any:
    secret = hashlib.blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=32).digest()
    return hashlib.blake2b(key=secret, digest_size=8)


def share(seed: str, key: str) -> float:
    """A number in ``[0, 1)`` that looks uniform over keys and is fixed for a seed and a key.

    Draws under different seeds are independent; give each purpose a seed of its own, such as
    ``f"{seed}/audit"``. Keyed BLAKE2b (RFC 7693), its upper 53 bits.

    >>> share("demo", "item 1") == share("demo", "item 1") != share("demo", "item 2")
    True
    """
    hasher = _keyed(seed).copy()
    hasher.update(key.encode("utf-8", "surrogatepass"))
    return (int.from_bytes(hasher.digest(), "big") >> 11) * _SCALE
