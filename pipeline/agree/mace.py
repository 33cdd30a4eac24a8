"""MACE: which raters know and which guess, and the likely true answers.

Hovy, D., Berg-Kirkpatrick, T., Vaswani, A. and Hovy, E. (2013), Learning whom to trust with MACE.
NAACL. A rater either knows the true value and gives it, or draws from a favourite distribution of
their own, whatever the item.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma

from pipeline.agree.intervals import Floats
from pipeline.agree.latent import Judged, LatentFit, fitted, judged, shares

# The paper's priors: whether a rater knows, and what one who does not prefers.
KNOWS, PREFERS = 0.5, 10.0


def mace(
    items: ArrayLike | Sequence[Hashable],
    raters: ArrayLike | Sequence[Hashable],
    values: ArrayLike | Sequence[Hashable],
    restarts: int = 0,
    seed: int = 0,
    tolerance: float = 1e-5,
    most: int = 50,
) -> LatentFit:
    """Fit by variational Bayes with the paper's priors, all values equally likely beforehand.

    The first start is the shares of the votes, which makes the fit the same always; ``restarts``
    more begin from random posteriors and the likeliest fit is kept. ``skill`` is the chance of a
    true answer, by knowing or by luck. Raises ValueError without judgements, for arrays of unequal
    length and a negative number of restarts.
    """
    if restarts < 0:
        raise ValueError(f"restarts is {restarts}; give 0 or more")
    data = judged(items, raters, values)
    random = np.random.default_rng(seed)
    best = None
    for start in range(restarts + 1):
        opening = shares(data)
        if start:
            opening = random.dirichlet(np.ones(len(data.values)), len(data.items))
        fit = fitted(
            "mace", data, _Guessers(data).maximise, start=opening, tolerance=tolerance, most=most
        )
        if best is None or fit.log_likelihood > best.log_likelihood:
            best = fit
    assert best is not None
    return best


class _Guessers:
    """Who knows, and what the others prefer, as the rounds go on."""

    def __init__(self, data: Judged) -> None:
        self.data = data
        self.size = len(data.values)
        shape = (len(data.raters), self.size)
        self.said = np.asarray(data.given.sum(axis=1), dtype=np.float64).reshape(shape)
        self.knows = np.full(len(data.raters), 0.5)
        self.prefers = np.full(shape, 1 / self.size)

    def maximise(self, posterior: Floats) -> tuple[Floats, Floats]:
        # How often each rater gave a value that was true then, weighed by the posterior.
        counts = (self.data.given @ posterior).reshape(-1, self.size, self.size)
        true = np.einsum("rkk->rk", counts)
        by_luck = (1 - self.knows)[:, None] * self.prefers
        known = true * self.knows[:, None] / (self.knows[:, None] + by_luck)
        guessed = self.said - known
        one, other = known.sum(axis=1) + KNOWS, guessed.sum(axis=1) + KNOWS
        whole = digamma(one + other)
        # Variational parameters sum to less than 1; the model wants chances.
        likely = np.exp(digamma(one) - whole), np.exp(digamma(other) - whole)
        self.knows = likely[0] / (likely[0] + likely[1])
        favour = np.exp(digamma(guessed + PREFERS))
        self.prefers = favour / favour.sum(axis=1, keepdims=True)
        chances = ((1 - self.knows)[:, None] * self.prefers)[:, :, None] + np.zeros(self.size)
        chances[:, np.arange(self.size), np.arange(self.size)] += self.knows[:, None]
        return np.full(self.size, 1 / self.size), chances
