"""The HMM's posteriors and jump counts against the sum over every path."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pipeline.align import hmm

NULL = 0.2
SHAPES = [(3, 2), (2, 3), (1, 1), (3, 3)]


def by_enumeration(emission, nothing, jumps):
    """Posterior and jump counts of one pair from all paths over states and their null twins."""
    steps, states = emission.shape
    reach = len(jumps) // 2

    def bucket(jump):
        return min(max(jump, -reach), reach) + reach

    moves = np.array([[jumps[bucket(b - a)] for b in range(states)] for a in range(states)])
    moves /= moves.sum(axis=1, keepdims=True)
    posterior, counts, total = np.zeros((steps, states)), np.zeros(len(jumps)), 0.0
    for path in itertools.product(range(2 * states), repeat=steps):
        chance = 1.0 / states
        for step, state in enumerate(path):
            place, before = state % states, path[step - 1] % states
            if state >= states:
                stays = step == 0 or place == before
                chance *= NULL * nothing[step] if stays else 0.0
            else:
                moved = moves[before, place] if step else 1.0
                chance *= (1 - NULL) * moved * emission[step, place]
        total += chance
        for step, state in enumerate(path):
            if state < states:
                posterior[step, state] += chance
                if step:
                    counts[bucket(state - path[step - 1] % states)] += chance
    return posterior / total, counts / total


@pytest.fixture
def pairs():
    rng = np.random.default_rng(7)
    return [(rng.random(shape), rng.random(shape[0])) for shape in SHAPES], rng.random(5)


def lattice():
    steps = np.array([shape[0] for shape in SHAPES])
    states = np.array([shape[1] for shape in SHAPES])
    offsets = np.concatenate([[0], np.cumsum(steps * states)[:-1]])
    firsts = np.concatenate([[0], np.cumsum(steps)[:-1]])
    return hmm.Lattice(steps, states, offsets, states, np.ones_like(states), firsts)


@pytest.mark.parametrize("cells", [400_000, 4])
def test_batched_forward_backward_equals_the_sum_over_paths(pairs, cells, monkeypatch):
    monkeypatch.setattr(hmm, "BATCH_CELLS", cells)
    sentences, jumps = pairs
    emission = np.concatenate([e.ravel() for e, _ in sentences])
    nothing = np.concatenate([n for _, n in sentences])
    posterior, counts = hmm.posteriors(lattice(), emission, nothing, jumps, NULL)
    expected = [by_enumeration(e, n, jumps) for e, n in sentences]
    np.testing.assert_allclose(posterior, np.concatenate([p.ravel() for p, _ in expected]))
    np.testing.assert_allclose(counts, sum(c for _, c in expected))
