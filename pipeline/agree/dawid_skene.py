"""Dawid-Skene: the likely true answers and each rater's error rates, from answers alone.

Dawid, A. P. and Skene, A. M. (1979), Maximum likelihood estimation of observer error-rates using
the EM algorithm, Applied Statistics 28(1).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from pipeline.agree.intervals import Floats
from pipeline.agree.latent import LatentFit, fitted, judged

_TINY = 1e-300

DawidSkene = LatentFit


def dawid_skene(
    items: ArrayLike | Sequence[Hashable],
    raters: ArrayLike | Sequence[Hashable],
    values: ArrayLike | Sequence[Hashable],
    smoothing: float = 0.01,
    tolerance: float = 1e-5,
    most: int = 100,
) -> LatentFit:
    """Fit a confusion table per rater, started from the shares of the votes.

    Judgement j is ``values[j]`` by ``raters[j]`` on ``items[j]``; a rater may judge an item several
    times. ``smoothing`` is added to every cell of the confusion (0: maximum likelihood as
    published). Stops when the posterior changes by less than ``tolerance`` on average, or after
    ``most`` rounds. Raises ValueError without judgements and for arrays of unequal length.
    """
    _check(smoothing)
    data = judged(items, raters, values)
    size = len(data.values)

    def maximise(posterior: Floats) -> tuple[Floats, Floats]:
        # The expected counts of what each rater said to each true value.
        confusion = (data.given @ posterior).reshape(-1, size, size) + smoothing
        confusion /= np.maximum(confusion.sum(axis=1, keepdims=True), _TINY)
        return posterior.mean(axis=0), confusion

    return fitted("dawid_skene", data, maximise, tolerance=tolerance, most=most)


def one_coin(
    items: ArrayLike | Sequence[Hashable],
    raters: ArrayLike | Sequence[Hashable],
    values: ArrayLike | Sequence[Hashable],
    smoothing: float = 0.01,
    tolerance: float = 1e-5,
    most: int = 100,
) -> LatentFit:
    """Dawid and Skene's model with one number per rater: right so often, else any other value.

    For few judgements per rater, where whole confusion tables would be guesswork. Otherwise as
    ``dawid_skene``.
    """
    _check(smoothing)
    data = judged(items, raters, values)
    size, n = len(data.values), len(data.raters)
    total = np.bincount(data.rater, minlength=n)
    same = np.eye(size, dtype=bool)

    def maximise(posterior: Floats) -> tuple[Floats, Floats]:
        counts = (data.given @ posterior).reshape(-1, size, size)
        right = (np.einsum("rkk->r", counts) + smoothing) / (total + size * smoothing)
        other = (1 - right) / max(1, size - 1)
        confusion = np.where(same, right[:, None, None], other[:, None, None])
        return posterior.mean(axis=0), confusion

    return fitted("one_coin", data, maximise, tolerance=tolerance, most=most)


def _check(smoothing: float) -> None:
    if smoothing < 0:
        raise ValueError(f"smoothing is {smoothing}; give 0 or more")
