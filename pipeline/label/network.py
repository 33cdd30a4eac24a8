"""Network: a small transformer encoder over word features that tags every word of a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel


@dataclass(frozen=True, slots=True)
class Size:
    """How large the network is; ``features`` counts the vocabulary with its 0, ``tags`` the output."""

    features: int
    tags: int
    hidden: int = 96
    layers: int = 2
    heads: int = 4
    words: int = 256
    dropout: float = 0.3

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


class Tagger(nn.Module):
    """Features of each word, summed, through an encoder; beside it a direct, linear view.

    The linear view sees the features of a word and of its two neighbours ("wide and deep", Cheng et
    al. 2016): it learns from few examples what the encoder needs many for.
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.deep = nn.Embedding(size.features, size.hidden, padding_idx=0)
        self.wide = nn.Embedding(size.features, 3 * size.tags, padding_idx=0)
        nn.init.normal_(self.deep.weight, std=0.1)
        nn.init.zeros_(self.wide.weight)
        with torch.no_grad():
            self.deep.weight[0].zero_()
        config = BertConfig(
            vocab_size=1, hidden_size=size.hidden, num_hidden_layers=size.layers,
            num_attention_heads=size.heads, intermediate_size=2 * size.hidden,
            max_position_embeddings=size.words, type_vocab_size=1,
            hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1,
        )  # fmt: skip
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(size.dropout)
        self.out = nn.Linear(size.hidden, size.tags)

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        """Scores (texts × words × tags) for features (texts × words × at most k) under a mask."""
        embedded = self.dropout(self.deep(features).sum(dim=2))
        encoded = self.encoder(inputs_embeds=embedded, attention_mask=mask).last_hidden_state
        return self.out(self.dropout(encoded)) + self._linear(features)

    def _linear(self, features: Tensor) -> Tensor:
        left, here, right = self.wide(features).sum(dim=2).chunk(3, dim=-1)
        before = nn.functional.pad(left[:, :-1], (0, 0, 1, 0))
        after = nn.functional.pad(right[:, 1:], (0, 0, 0, 1))
        return here + before + after


def from_tensors(size: Size, tensors: Mapping[str, Tensor]) -> Tagger:
    """The network with these parameters, ready to label. Raises RuntimeError if they do not fit."""
    network = Tagger(size)
    network.load_state_dict(dict(tensors))
    return network.eval()
