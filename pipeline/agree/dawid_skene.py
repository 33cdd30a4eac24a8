"""Dawid-Skene: the likely true answers and each rater's error rates, from answers alone.

Dawid, A. P. and Skene, A. M. (1979), Maximum likelihood estimation of observer error-rates using
the EM algorithm, Applied Statistics 28(1). Assumes that raters err independently of each other;
where they do not, it is far too sure of itself, so the fit checks that and withholds its certainty.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse, special

from pipeline.agree.coding import Ints, coded
from pipeline.agree.intervals import Floats

_TINY = 1e-300
# A pair of raters counts as dependent when they agree this much more or less often than the fitted
# model expects, and chance would show such a gap in any pair at most this often.
GAP = 0.05
RISK = 0.001


@dataclass(frozen=True, slots=True)
class DawidSkene:
    """A fitted model. ``prior`` has shape (values,), ``confusion`` (raters, true value, given
    value), ``posterior`` (items, values); the names of all three axes stand in ``items, raters,
    values``.

    ``answers`` holds the most likely value per item, None where two are equally likely.
    ``dependent`` lists pairs of raters with observed and expected agreement that the independence
    the model assumes cannot explain; ``trusted`` is False then, and the posterior must not be shown
    as a certainty.
    """

    items: tuple[Any, ...]
    raters: tuple[Any, ...]
    values: tuple[Any, ...]
    prior: Floats
    confusion: Floats
    posterior: Floats
    log_likelihood: float
    iterations: int
    converged: bool
    dependent: tuple[tuple[Any, Any, float, float], ...]

    @property
    def trusted(self) -> bool:
        """Whether raters err independently, as far as their answers tell."""
        return not self.dependent

    @property
    def answers(self) -> tuple[Any, ...]:
        """The most likely value of each item; None where two are equally likely."""
        best = self.posterior.argmax(axis=1)
        top = self.posterior.max(axis=1)
        tied = (self.posterior >= top[:, None] - 1e-9).sum(axis=1) > 1
        return tuple(
            None if tie else self.values[code] for code, tie in zip(best, tied, strict=True)
        )


def dawid_skene(
    items: ArrayLike | Sequence[Hashable],
    raters: ArrayLike | Sequence[Hashable],
    values: ArrayLike | Sequence[Hashable],
    smoothing: float = 0.01,
    tolerance: float = 1e-5,
    most: int = 100,
) -> DawidSkene:
    """Fit the model by expectation maximisation, started from the shares of the votes.

    Judgement j is ``values[j]`` by ``raters[j]`` on ``items[j]``; a rater may judge an item several
    times. ``smoothing`` is added to every cell of the confusion (0: maximum likelihood as
    published). Stops when the posterior changes by less than ``tolerance`` on average, or after
    ``most`` rounds. Raises ValueError without judgements and for arrays of unequal length.
    """
    _check(items, raters, values, smoothing)
    item, item_names = _dense(items)
    rater, rater_names = _dense(raters)
    value, value_names = _dense(values)
    shape = (len(rater_names) * len(value_names), len(item_names))
    given = sparse.csr_matrix(
        (np.ones(len(item)), (rater * len(value_names) + value, item)), shape=shape
    )
    by_item = given.T.tocsr()
    size = len(value_names)
    posterior = _shares(item, value, len(item_names), size)
    likelihood, rounds, converged = -np.inf, 0, False
    prior = confusion = np.zeros(0)
    while not converged and rounds < most:
        rounds += 1
        prior = posterior.mean(axis=0)
        # (rater, given, true): the expected counts of what each rater said to each true value.
        confusion = (given @ posterior).reshape(-1, size, size) + smoothing
        confusion /= np.maximum(confusion.sum(axis=1, keepdims=True), _TINY)
        before = posterior
        posterior, likelihood = _expect(by_item, prior, confusion)
        converged = float(np.abs(posterior - before).sum(axis=1).mean()) < tolerance
    return DawidSkene(
        items=tuple(item_names),
        raters=tuple(rater_names),
        values=tuple(value_names),
        prior=prior,
        confusion=confusion.transpose(0, 2, 1),
        posterior=posterior,
        log_likelihood=likelihood,
        iterations=rounds,
        converged=converged,
        dependent=_dependent(given, rater, item, prior, confusion, rater_names),
    )


def _check(items: Any, raters: Any, values: Any, smoothing: float) -> None:
    if not len(items) == len(raters) == len(values):
        raise ValueError("items, raters and values must be equally long: one judgement per place")
    if not len(items):
        raise ValueError("there are no judgements to fit")
    if smoothing < 0:
        raise ValueError(f"smoothing is {smoothing}; give 0 or more")


def _dense(values: Any) -> tuple[Ints, list[Any]]:
    """Codes without gaps, so that every row of the result was judged."""
    codes, names = coded(values)
    used = np.bincount(codes, minlength=len(names)) > 0
    if used.all():
        return codes, names
    place = np.cumsum(used) - 1
    return place[codes], [name for name, there in zip(names, used, strict=True) if there]


def _shares(item: Ints, value: Ints, items: int, size: int) -> Floats:
    counts = np.bincount(item * size + value, minlength=items * size).reshape(items, size)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _expect(by_item: Any, prior: Floats, confusion: Floats) -> tuple[Floats, float]:
    size = len(prior)
    logs = by_item @ np.log(np.maximum(confusion, _TINY)).reshape(-1, size)
    logs += np.log(np.maximum(prior, _TINY))
    top = logs.max(axis=1, keepdims=True)
    weights = np.exp(logs - top)
    sums = weights.sum(axis=1, keepdims=True)
    return weights / sums, float((top + np.log(sums)).sum())


def _dependent(
    given: Any, rater: Ints, item: Ints, prior: Floats, confusion: Floats, names: list[Any]
) -> tuple[tuple[Any, Any, float, float], ...]:
    """Pairs that agree otherwise than the model says: Pearson residuals of pairwise agreement."""
    size = len(prior)
    raters = len(names)
    # Two raters agree where both gave the same value, summed over the values.
    same = np.zeros((raters, raters))
    expected = np.zeros((raters, raters))
    for value in range(size):
        rows = given[value::size]
        same += (rows @ rows.T).toarray()
        chances = confusion[:, value, :]
        expected += (chances * prior) @ chances.T
    seen = sparse.csr_matrix((np.ones(len(item)), (rater, item)), shape=(raters, given.shape[1]))
    shared = (seen @ seen.T).toarray()
    # Bonferroni over the pairs: many raters make many chances to look dependent.
    width = float(special.ndtri(1 - RISK / max(1, raters * (raters - 1))))
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = same / shared
        error = np.sqrt(np.maximum(expected * (1 - expected), 1e-6) / shared)
        gap = np.abs(observed - expected)
        odd = (gap > GAP) & (gap > width * error) & (shared >= 20)
    return tuple(
        (names[a], names[b], float(observed[a, b]), float(expected[a, b]))
        for a, b in np.argwhere(np.triu(odd, 1)).tolist()
    )
