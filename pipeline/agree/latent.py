"""Latent answers: what models of raters share, from counting judgements to checking independence.

Each model says how likely every rater gives each value to each true value (a confusion table per
rater) and is fitted by expectation maximisation (Dempster, Laird and Rubin 1977). All assume that
raters err independently of each other; where they do not, they are far too sure of themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
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
LEAST_SHARED = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """Judgements as codes, and as counts of shape (raters x values, items)."""

    item: Ints
    rater: Ints
    value: Ints
    items: tuple[Any, ...]
    raters: tuple[Any, ...]
    values: tuple[Any, ...]
    given: Any
    by_item: Any


@dataclass(frozen=True, slots=True)
class LatentFit:
    """A fitted model. ``prior`` has shape (values,), ``confusion`` (raters, true value, given
    value), ``posterior`` (items, values); the names of all three axes stand in ``items, raters,
    values``.

    ``skill`` is, per rater, the chance of giving the true value (of a random item). ``answers``
    holds the most likely value per item, None where two are equally likely. ``dependent`` lists
    pairs of raters with observed and expected agreement that the independence the model assumes
    cannot explain; ``trusted`` is False then, and the posterior must not be shown as a certainty.
    """

    method: str
    items: tuple[Any, ...]
    raters: tuple[Any, ...]
    values: tuple[Any, ...]
    prior: Floats
    confusion: Floats
    posterior: Floats
    skill: Floats
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


Maximise = Callable[[Floats], tuple[Floats, Floats]]
"""From a posterior to the prior and the chances of shape (raters, given value, true value)."""


def judged(
    items: ArrayLike | Sequence[Hashable],
    raters: ArrayLike | Sequence[Hashable],
    values: ArrayLike | Sequence[Hashable],
) -> Judged:
    """Code judgements: judgement j is ``values[j]`` by ``raters[j]`` on ``items[j]``.

    Raises ValueError without judgements and for arrays of unequal length.
    """
    if not len(items) == len(raters) == len(values):  # type: ignore[arg-type]
        raise ValueError("items, raters and values must be equally long: one judgement per place")
    if not len(items):  # type: ignore[arg-type]
        raise ValueError("there are no judgements to fit")
    item, item_names = _dense(items)
    rater, rater_names = _dense(raters)
    value, value_names = _dense(values)
    shape = (len(rater_names) * len(value_names), len(item_names))
    given = sparse.csr_matrix(
        (np.ones(len(item)), (rater * len(value_names) + value, item)), shape=shape
    )
    names = tuple(item_names), tuple(rater_names), tuple(value_names)
    return Judged(item, rater, value, *names, given, given.T.tocsr())


def _dense(values: Any) -> tuple[Ints, list[Any]]:
    """Codes without gaps, so that every row of the result was judged."""
    codes, names = coded(values)
    used = np.bincount(codes, minlength=len(names)) > 0
    if used.all():
        return codes, names
    place = np.cumsum(used) - 1
    return place[codes], [name for name, there in zip(names, used, strict=True) if there]


def shares(data: Judged) -> Floats:
    """The shares of the votes: where fitting starts."""
    size, n = len(data.values), len(data.items)
    counts = np.bincount(data.item * size + data.value, minlength=n * size).reshape(n, size)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def fitted(
    method: str,
    data: Judged,
    maximise: Maximise,
    *,
    start: Floats | None = None,
    tolerance: float = 1e-5,
    most: int = 100,
) -> LatentFit:
    """Alternate ``maximise`` and the posterior until that changes by less than ``tolerance`` on
    average, or ``most`` rounds are over."""
    posterior = shares(data) if start is None else start
    likelihood, rounds, converged = -np.inf, 0, False
    prior = confusion = np.zeros(0)
    while not converged and rounds < most:
        rounds += 1
        prior, confusion = maximise(posterior)
        before = posterior
        posterior, likelihood = _expect(data.by_item, prior, confusion)
        converged = float(np.abs(posterior - before).sum(axis=1).mean()) < tolerance
    return LatentFit(
        method=method,
        items=data.items,
        raters=data.raters,
        values=data.values,
        prior=prior,
        confusion=confusion.transpose(0, 2, 1),
        posterior=posterior,
        skill=np.einsum("rkk,k->r", confusion, prior),
        log_likelihood=likelihood,
        iterations=rounds,
        converged=converged,
        dependent=_dependent(data, prior, confusion),
    )


def _expect(by_item: Any, prior: Floats, confusion: Floats) -> tuple[Floats, float]:
    size = len(prior)
    logs = by_item @ np.log(np.maximum(confusion, _TINY)).reshape(-1, size)
    logs += np.log(np.maximum(prior, _TINY))
    top = logs.max(axis=1, keepdims=True)
    weights = np.exp(logs - top)
    sums = weights.sum(axis=1, keepdims=True)
    return weights / sums, float((top + np.log(sums)).sum())


def _dependent(
    data: Judged, prior: Floats, confusion: Floats
) -> tuple[tuple[Any, Any, float, float], ...]:
    """Pairs that agree otherwise than the model says: Pearson residuals of pairwise agreement."""
    size, raters = len(prior), len(data.raters)
    # Two raters agree where both gave the same value, summed over the values.
    same = np.zeros((raters, raters))
    expected = np.zeros((raters, raters))
    for value in range(size):
        rows = data.given[value::size]
        same += (rows @ rows.T).toarray()
        chances = confusion[:, value, :]
        expected += (chances * prior) @ chances.T
    shape = (raters, len(data.items))
    seen = sparse.csr_matrix((np.ones(len(data.item)), (data.rater, data.item)), shape=shape)
    shared = (seen @ seen.T).toarray()
    # Bonferroni over the pairs: many raters make many chances to look dependent.
    width = float(special.ndtri(1 - RISK / max(1, raters * (raters - 1))))
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = same / shared
        error = np.sqrt(np.maximum(expected * (1 - expected), 1e-6) / shared)
        gap = np.abs(observed - expected)
        odd = (gap > GAP) & (gap > width * error) & (shared >= LEAST_SHARED)
    return tuple(
        (data.raters[a], data.raters[b], float(observed[a, b]), float(expected[a, b]))
        for a, b in np.argwhere(np.triu(odd, 1)).tolist()
    )
