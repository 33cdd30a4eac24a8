"""Encoders: a vector of each token from a multilingual model's hidden states at one layer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.align.tokens import Token
from pipeline.backends.base import BackendBroken, BackendRefused
from pipeline.backends.transformers_models import TOKEN_CLASSIFIERS, Source, loaded, room

Vectors = NDArray[np.float64]


@cache
def encoder(source: Source) -> Encoder:
    """The encoder model. Raises BackendRefused or BackendBroken."""
    from transformers import AutoModel

    model, tokenizer, device = loaded(source, AutoModel, TOKEN_CLASSIFIERS)
    if not tokenizer.is_fast:
        raise BackendBroken(f"the tokenizer of {source.name} does not tell offsets")
    return Encoder(source.name, model, tokenizer, device)


class Encoder:
    """Hidden states, pooled from a model's own word pieces onto our tokens."""

    def __init__(self, name: str, model: Any, tokenizer: Any, device: str) -> None:
        self._name, self.model, self._tokenizer, self._device = name, model, tokenizer, device
        self._count = int(model.config.num_hidden_layers)
        # Where a model keeps its layers in one list, those above the wanted one need not be run.
        self._layers = getattr(getattr(model, "encoder", None), "layer", None)

    def vectors(
        self, texts: Sequence[tuple[str, Sequence[Token]]], *, layer: int, batch: int = 16
    ) -> list[Vectors]:
        """One matrix (tokens, dimensions) per text: the mean of the pieces that each token shares.

        ``layer`` counts from 0 (before the first); negative ones count from the last. Tokens beyond
        the model's length have zeros. Raises BackendRefused for a layer that the model lacks.
        """
        if not -self._count <= layer + (layer < 0) <= self._count:
            raise BackendRefused(f"{self._name} has layers 0 to {self._count}, not {layer}")
        layer += (self._count + 1) * (layer < 0)
        found: dict[int, Vectors] = {}
        order = sorted(range(len(texts)), key=lambda at: (len(texts[at][0]), at))
        for start in range(0, len(order), batch):
            some = order[start : start + batch]
            rows = [texts[at] for at in some]
            found.update(zip(some, self._batch(rows, layer), strict=True))
        return [found[at] for at in range(len(texts))]

    def _batch(self, rows: Sequence[tuple[str, Sequence[Token]]], layer: int) -> list[Vectors]:
        import torch

        inputs = self._tokenizer(
            [text for text, _ in rows], return_tensors="pt", padding=True, truncation=True,
            max_length=room(self.model, self._tokenizer), return_offsets_mapping=True,
        )  # fmt: skip
        offsets = inputs.pop("offset_mapping").tolist()
        with torch.inference_mode():
            states = self._states(inputs.to(self._device), layer)
        chosen = states.float().cpu().numpy().astype(np.float64)
        return [
            _pooled(tokens, places, matrix)
            for (_, tokens), places, matrix in zip(rows, offsets, chosen, strict=True)
        ]

    def _states(self, inputs: Any, layer: int) -> Any:
        if self._layers is None or not 0 < layer < self._count:
            return self.model(**inputs, output_hidden_states=True).hidden_states[layer]
        watch = self._layers[layer - 1].register_forward_hook(_stop)
        try:
            self.model(**inputs)
        except _Reached as reached:
            return reached.states
        finally:
            watch.remove()
        raise BackendBroken(f"{self._name} did not run its layer {layer}")


class _Reached(Exception):
    """Ends a model's run at the layer that is wanted, whose ``states`` it carries."""

    def __init__(self, states: Any) -> None:
        super().__init__()
        self.states = states


def _stop(_layer: Any, _inputs: Any, output: Any) -> None:
    raise _Reached(output[0] if isinstance(output, tuple) else output)


def _pooled(tokens: Sequence[Token], places: list[list[int]], matrix: Vectors) -> Vectors:
    """Mean over the pieces that each token shares; both stand in order, so one pass finds them."""
    share = np.zeros((len(tokens), len(places)))
    first = 0
    for number, token in enumerate(tokens):
        while first < len(places) and places[first][1] <= token.start:
            first += 1
        for n in range(first, len(places)):
            start, end = places[n]
            if start >= token.end and start < end:
                break
            share[number, n] = start < end and token.start < end
    counts = share.sum(axis=1, keepdims=True)
    return (share @ matrix[: len(places)]) / np.maximum(counts, 1.0)
