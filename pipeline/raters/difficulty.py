"""Difficulty: is a language hard, or are its people less able? Told apart by those who do both.

The additive model of Rasch (1960): the log odds of a right answer are ability less difficulty.
Fitted by penalised likelihood, so that few answers pull towards the average.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

# Precision of the normal prior on each ability and difficulty: an effect of 2 log odds is usual.
PRIOR = 0.25
_ROUNDS = 100
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Effect:
    """One person or one language, in log odds against the average, with its standard error.

    ``raw`` is the plain share right; ``fair`` what it would be in the average language (of a
    person), or by the average person (of a language).
    """

    name: Any
    effect: float
    error: float
    raw: float
    fair: float
    answers: int


@dataclass(frozen=True, slots=True)
class Difficulty:
    """Abilities and languages (a higher effect is an easier language).

    ``is_linked`` tells whether people who work in several languages connect all of them; where it
    is False, difficulty and ability cannot be told apart and only the prior does, for ``reason``.
    """

    people: tuple[Effect, ...]
    languages: tuple[Effect, ...]
    overall: float
    is_linked: bool
    reason: str = ""


def difficulty(rows: Iterable[tuple[Hashable, Hashable, bool]]) -> Difficulty:
    """Estimate from (person, language, was right). Raises ValueError without rows."""
    given = list(rows)
    if not given:
        raise ValueError("there are no answers to estimate from")
    people = {name: n for n, name in enumerate(dict.fromkeys(row[0] for row in given))}
    languages = {name: n for n, name in enumerate(dict.fromkeys(row[1] for row in given))}
    who = np.array([people[row[0]] for row in given])
    where = np.array([languages[row[1]] for row in given])
    right = np.array([bool(row[2]) for row in given], dtype=np.float64)
    size = len(people) + len(languages) + 1
    n = np.arange(len(given))
    cells = np.ones(3 * len(given))
    columns = np.concatenate([np.zeros_like(who), 1 + who, 1 + len(people) + where])
    design = sparse.csr_matrix((cells, (np.tile(n, 3), columns)), shape=(len(given), size))
    effects, errors = _fit(design, right, size)
    links = sparse.coo_matrix(
        (np.ones(len(given)), (who, len(people) + where)), shape=(size - 1,) * 2
    )
    parts = sparse.csgraph.connected_components(links, directed=False)[0]
    reason = (
        "languages share no person, so hard languages and weak people cannot be told apart"
        if parts > 1
        else ""
    )

    def named(names: Mapping[Any, int], first: int, at: Any) -> tuple[Effect, ...]:
        made = []
        for name, code in names.items():
            own = right[at == code]
            value = float(effects[first + code])
            fair = float(1 / (1 + np.exp(-(effects[0] + value))))
            error = float(errors[first + code])
            made.append(Effect(name, value, error, float(own.mean()), fair, len(own)))
        return tuple(made)

    return Difficulty(
        named(people, 1, who),
        named(languages, 1 + len(people), where),
        float(right.mean()),
        parts == 1,
        reason,
    )


def _fit(design: Any, right: Any, size: int) -> tuple[Any, Any]:
    """Newton's method on the penalised log likelihood; the overall level has no prior to speak of."""
    prior = np.full(size, PRIOR)
    prior[0] = 1e-6
    effects = np.zeros(size)
    bend = np.eye(size)
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-(design @ effects)))
        slope = design.T @ (right - chance) - prior * effects
        weight = sparse.diags(chance * (1 - chance))
        bend = (design.T @ weight @ design).toarray() + np.diag(prior)
        step = np.linalg.solve(bend, slope)
        # Long steps overshoot where nearly all answers are right.
        step *= min(1.0, 2.0 / max(1e-12, float(np.abs(step).max())))
        effects = effects + step
        if float(np.abs(step).max()) < _NEAR:
            break
    return effects, np.sqrt(np.diag(np.linalg.inv(bend)))
