"""Random draws by keyed hash: membership depends on seed and key alone, so it can be recomputed.

A key is an item's stable name. Whether other keys exist, and in which order they come, changes
nothing for it, so a sample drawn today is still the same sample after the frame has grown.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nsmallest

from annotate.keyed import share


def is_member(seed: str, key: str, probability: float) -> bool:
    """Whether ``key`` belongs to the sample that takes each key with ``probability``.

    A larger probability keeps every member of a smaller one. Raises ValueError outside ``[0, 1]``.
    """
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"probability {probability} lies outside 0 to 1")
    return share(seed, key) < probability


def draw(seed: str, keys: Iterable[str], n: int) -> list[str]:
    """The ``n`` keys with the smallest shares, smallest first: a simple random sample.

    A larger ``n`` continues the same list; a grown frame only pushes members out by newer keys
    with smaller shares. Raises ValueError for doubled keys, a negative ``n`` or too few keys.
    """
    frame = list(keys)
    if len(set(frame)) != len(frame):
        raise ValueError("the frame names a key twice; every key must be unique")
    if not 0 <= n <= len(frame):
        raise ValueError(f"cannot draw {n} of {len(frame)} keys")
    return [key for _, key in nsmallest(n, ((share(seed, key), key) for key in frame))]
