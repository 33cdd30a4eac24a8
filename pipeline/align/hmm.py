"""The hidden Markov alignment model with null states, in batches (Vogel 1996; Och & Ney 2003)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.align.corpus import Floats, Ints, added_up

BATCH_CELLS = 400_000


@dataclass(frozen=True, slots=True)
class Lattice:
    """Sentence pairs as seen by one direction: ``steps`` tokens, each emitted by one of ``states``.

    ``cell(pair)`` order: cells of a pair lie at ``offsets[pair]``, ``step * step_stride + state *
    state_stride`` apart; ``first_step`` says where a pair's steps begin among all tokens.
    """

    steps: Ints
    states: Ints
    offsets: Ints
    step_strides: Ints
    state_strides: Ints
    first_step: Ints

    def batches(self) -> Iterator[Ints]:
        """Pair numbers in groups of like size."""
        order = np.lexsort((self.steps, self.states))
        order = order[(self.steps[order] > 0) & (self.states[order] > 0)]
        start = 0
        while start < len(order):
            end, widest = start, 0
            while end < len(order):
                widest = max(widest, int(self.steps[order[end]]))
                cells = (end - start + 1) * widest * int(self.states[order[end]])
                if cells > BATCH_CELLS and end > start:
                    break
                end += 1
            yield order[start:end]
            start = end


@dataclass(frozen=True, slots=True)
class Batch:
    """One group of pairs, padded: emissions (pairs, steps, states), nulls (pairs, steps)."""

    cells: Ints
    real: np.ndarray
    emission: Floats
    nothing: Floats
    lengths: Ints
    widths: Ints


def load(lattice: Lattice, chosen: Ints, emission: Floats, nothing: Floats) -> Batch:
    """Gather the emissions of the ``chosen`` pairs; padding steps emit one from every state."""
    lengths, widths = lattice.steps[chosen], lattice.states[chosen]
    step = np.arange(lengths.max())[None, :, None]
    state = np.arange(widths.max())[None, None, :]
    inside = (step < lengths[:, None, None]) & (state < widths[:, None, None])
    cells = lattice.offsets[chosen][:, None, None] + np.where(
        inside,
        step * lattice.step_strides[chosen][:, None, None]
        + state * lattice.state_strides[chosen][:, None, None],
        0,
    )
    beyond = (step >= lengths[:, None, None]) & (state < widths[:, None, None])
    values = np.where(inside, emission[cells], np.where(beyond, 1.0, 0.0))
    tokens = lattice.first_step[chosen][:, None] + np.minimum(step[:, :, 0], lengths[:, None] - 1)
    silent = np.where(step[:, :, 0] < lengths[:, None], nothing[tokens], 1.0)
    return Batch(cells, inside, values, silent, lengths, widths)


def posteriors(
    lattice: Lattice, emission: Floats, nothing: Floats, jumps: Floats, null: float
) -> tuple[Floats, Floats]:
    """Per cell the chance that the step was emitted by the state; and expected jump counts.

    ``jumps`` holds weights for jumps of -reach to +reach states, the outermost standing for all
    farther ones as well.
    """
    result = np.zeros(len(emission))
    counts = np.zeros(len(jumps))
    for chosen in lattice.batches():
        batch = load(lattice, chosen, emission, nothing)
        posterior, moved = _forward_backward(batch, jumps, null)
        result[batch.cells[batch.real]] = posterior[batch.real]
        counts += moved
    return result, counts


def _forward_backward(batch: Batch, jumps: Floats, null: float) -> tuple[Floats, Floats]:
    pairs, steps, states = batch.emission.shape
    reach = len(jumps) // 2
    jump = np.clip(np.arange(states)[None, :] - np.arange(states)[:, None], -reach, reach) + reach
    moves = jumps[jump]
    inside = np.arange(states)[None, :] < batch.widths[:, None]
    leave = np.where(inside, (1 - null) / np.maximum(inside @ moves.T, 1e-300), 0.0)
    start = np.where(inside, 1.0 / batch.widths[:, None], 0.0)
    heads = np.empty((steps, pairs, states))
    alpha = np.empty((steps, pairs, states))
    silent = np.empty((steps, pairs, states))
    scale = np.empty((steps, pairs, 1))
    for step in range(steps):
        if step:
            whole = alpha[step - 1] + silent[step - 1]
            heads[step - 1] = whole * leave
            real = (heads[step - 1] @ moves) * batch.emission[:, step]
            quiet = whole * (null * batch.nothing[:, step, None])
        else:
            real = start * (1 - null) * batch.emission[:, 0]
            quiet = start * (null * batch.nothing[:, 0, None])
        total = np.maximum((real + quiet).sum(axis=1, keepdims=True), 1e-300)
        alpha[step], silent[step], scale[step] = real / total, quiet / total, total
    beta = np.ones((pairs, states))
    posterior = np.empty((pairs, steps, states))
    tails = np.zeros((steps, pairs, states))
    for step in range(steps - 1, -1, -1):
        posterior[:, step] = alpha[step] * beta
        if step:
            weighted = batch.emission[:, step] * beta / scale[step]
            tails[step - 1] = np.where(step < batch.lengths[:, None], weighted, 0.0)
            quiet = null * batch.nothing[:, step, None] * beta / scale[step]
            beta = leave * (weighted @ moves.T) + quiet
    flow = heads[: steps - 1].reshape(-1, states).T @ tails[: steps - 1].reshape(-1, states)
    return posterior, added_up(jump.ravel(), (flow * moves).ravel(), len(jumps))
