"""Folds: which part of a data set an item belongs to, so that no model votes on what it learnt."""

from __future__ import annotations

import hashlib

FOLDS = 2


def fold_of(key: str, folds: int = FOLDS) -> int:
    """The fold, ``0 <= fold < folds``, of the item with this external id.

    A keyed hash decides: the same id lands in the same fold in every language, in every process and
    after any re-import. Raises ValueError for fewer than two folds.
    """
    if folds < 2:
        raise ValueError(f"{folds} folds leave nothing held back; use at least 2")
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), key=b"vouch fold", digest_size=8)
    return int.from_bytes(digest.digest(), "big") % folds
