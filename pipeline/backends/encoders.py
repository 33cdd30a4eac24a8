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
        self._name, self._model, self._tokenizer, self._device = name, model, tokenizer, device

    def vectors(
        self, texts: Sequence[tuple[str, Sequence[Token]]], *, layer: int, batch: int = 16
    ) -> list[Vectors]:
        """One matrix (tokens, dimensions) per text: the mean of the pieces that each token shares.

        ``layer`` counts from 0 (before the first); negative ones count from the last. Tokens beyond
        the model's length have zeros. Raises BackendRefused for a layer that the model lacks.
        """
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
            max_length=room(self._model, self._tokenizer), return_offsets_mapping=True,
        )  # fmt: skip
        offsets = inputs.pop("offset_mapping").tolist()
        with torch.inference_mode():
            states = self._model(**inputs.to(self._device), output_hidden_states=True).hidden_states
        if not -len(states) <= layer < len(states):
            raise BackendRefused(f"{self._name} has layers 0 to {len(states) - 1}, not {layer}")
        chosen = states[layer].float().cpu().numpy().astype(np.float64)
        return [
            _pooled(tokens, places, matrix)
            for (_, tokens), places, matrix in zip(rows, offsets, chosen, strict=True)
        ]


def _pooled(tokens: Sequence[Token], places: list[list[int]], matrix: Vectors) -> Vectors:
    result = np.zeros((len(tokens), matrix.shape[1]))
    for number, token in enumerate(tokens):
        own = [n for n, (a, b) in enumerate(places) if a < b and a < token.end and token.start < b]
        if own:
            result[number] = matrix[own].mean(axis=0)
    return result
