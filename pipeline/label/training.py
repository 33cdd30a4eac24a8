"""Training: fits the tagging network on labelled texts, the same way every time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from pipeline.label.network import Size, Tagger

DEFAULTS: Mapping[str, Any] = {
    "seed": 1, "batch": 16, "rate": 2e-3, "drop": 0.15, "hidden": 96, "layers": 2,
}  # fmt: skip
_IGNORED = -100


@dataclass(frozen=True, slots=True)
class Row:
    """One text: numbers of the features of each word, and each word's tag."""

    features: list[list[int]]
    tags: list[int]


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Seeded and on one thread, so that sums are added up in one order; both restored after."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def train(rows: Sequence[Row], size: Size, settings: Mapping[str, Any]) -> Tagger:
    """A network fitted to the rows with cross-entropy by AdamW (Loshchilov and Hutter 2019).

    Equal rows and settings give equal parameters on one machine. ``drop`` is the share of features
    hidden at each step, so that known words do not make the network blind to their shape.
    """
    with repeatable(int(settings["seed"])):
        network = Tagger(size).train()
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=float(settings["rate"]), weight_decay=0.01
        )
        steps = int(settings["steps"])
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, max_lr=float(settings["rate"]), total_steps=steps, pct_start=0.15
        )
        loss_of = nn.CrossEntropyLoss(ignore_index=_IGNORED)
        for batch in _batches(rows, steps, settings):
            features, mask, tags = tensors(batch, size.words)
            hidden = torch.rand(features.shape) < float(settings["drop"])
            scores = network(features.masked_fill(hidden, 0), mask)
            loss = loss_of(scores.flatten(0, 1), tags.flatten())
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
        return network.eval()


def tensors(batch: Sequence[Row], most: int) -> tuple[Tensor, Tensor, Tensor]:
    """Features, mask and tags of a batch, cut at ``most`` words and padded to its longest text."""
    words = min(most, max(len(row.features) for row in batch))
    width = max((len(word) for row in batch for word in row.features), default=1)
    features = torch.zeros(len(batch), words, width, dtype=torch.long)
    mask = torch.zeros(len(batch), words, dtype=torch.long)
    tags = torch.full((len(batch), words), _IGNORED, dtype=torch.long)
    for at, row in enumerate(batch):
        for place, numbers in enumerate(row.features[:words]):
            features[at, place, : len(numbers)] = torch.tensor(numbers, dtype=torch.long)
        length = min(words, len(row.features))
        mask[at, :length] = 1
        tags[at, :length] = torch.tensor(row.tags[:length], dtype=torch.long)
    return features, mask, tags


def _batches(rows: Sequence[Row], steps: int, settings: Mapping[str, Any]) -> Iterator[list[Row]]:
    """``steps`` batches: shuffled passes over the rows, each seeded."""
    dice = random.Random(int(settings["seed"]))
    size = int(settings["batch"])
    queue: list[int] = []
    for _ in range(steps):
        while len(queue) < size:
            order = list(range(len(rows)))
            dice.shuffle(order)
            queue.extend(order)
        yield [rows[at] for at in queue[:size]]
        del queue[:size]
