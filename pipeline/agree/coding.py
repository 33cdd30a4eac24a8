"""Coding: names and numbers become small integers that arrays can be indexed by."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]

# Integer codes are taken as they are while the range wastes at most this factor.
_SPARSE = 4


def coded(values: ArrayLike | Sequence[Hashable]) -> tuple[Ints, list[Any]]:
    """A code from 0 on for each value, and the values by code.

    Small non-negative integers are their own codes, so codes that do not occur may lie between.
    Other numbers are coded in rising order, anything else in the order of first appearance.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        return _numbers(values)
    items = list(values)  # type: ignore[arg-type]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in items):
        return _numbers(np.asarray(items)) if items else (np.zeros(0, np.int64), [])
    known: dict[Any, int] = {}
    codes = np.fromiter((known.setdefault(value, len(known)) for value in items), np.int64)
    return codes, list(known)


def _numbers(values: NDArray[Any]) -> tuple[Ints, list[Any]]:
    if len(values) and values.dtype.kind in "iu" and values.min() >= 0:
        top = int(values.max())
        if top < _SPARSE * len(values) + 64:
            return values.astype(np.int64, copy=False), list(range(top + 1))
    distinct, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int64), distinct.tolist()
