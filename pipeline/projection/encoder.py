"""Encoder: word links from the hidden states of a multilingual encoder, then from links to spans.

SimAlign (Jalili Sabet, Dufter, Yvon and Schütze 2020): ``argmax`` links two words that are each other's
nearest, ``itermax`` repeats that among what is left. AWESOME-align (Dou and Neubig 2021): ``softmax``
links what both directions give a fair share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from annotate.spans import Span
from pipeline.align.corpus import Floats
from pipeline.align.symmetry import Links
from pipeline.align.tokens import Token
from pipeline.projection import linked
from pipeline.projection.contract import Example, Projection, checked
from pipeline.projection.cutting import Cut, cut
from pipeline.projection.places import settle

NAME = "encoder"
ALTERNATIVES = 4
# The eighth layer is the best of mBERT and XLM-R by the experiments of both papers.
LAYER = 8
ROUNDS = 2
# How much of its likeness a pair keeps in later rounds when one of its words is linked already.
LATER = 0.9
LEAST_SHARE = 0.001
Matching = Literal["argmax", "itermax", "softmax"]
MATCHINGS: tuple[Matching, ...] = ("argmax", "itermax", "softmax")


class Vectoriser(Protocol):
    """Anything that gives each token of a text a vector."""

    def vectors(
        self, texts: Sequence[tuple[str, Sequence[Token]]], *, layer: int, batch: int = 16
    ) -> list[Floats]:
        """One matrix (tokens, dimensions) per text."""
        ...


@dataclass(frozen=True, slots=True)
class EncoderProjector:
    """Projects by links between words of like hidden states; learns nothing from the project."""

    encoder: Vectoriser
    layer: int = LAYER
    matching: Matching = "itermax"
    batch: int = 16
    name: str = NAME

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Carry the spans of one text over."""
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """Carry the spans of many texts over. Raises BackendRefused or BackendBroken."""
        cuts = [cut(checked(example)) for example in examples]
        texts = [(c.example.source_text, c.source) for c in cuts]
        texts += [(c.example.target_text, c.target) for c in cuts]
        found = self.encoder.vectors(texts, layer=self.layer, batch=self.batch)
        here, there = found[: len(cuts)], found[len(cuts) :]
        return [self._carry(one, b, a) for one, a, b in zip(cuts, here, there, strict=True)]

    def _carry(self, one: Cut, target: Floats, source: Floats) -> Projection:
        spans, failures = one.sorted_out()
        strength = np.where(links(target, source, self.matching), likeness(target, source), 0.0)
        scored = [(span, linked.choice(one, one.place(span), strength)) for span in spans]
        return settle(one, scored, failures, self.name, ALTERNATIVES)


def likeness(target: Floats, source: Floats) -> Floats:
    """Cosine, moved to 0 to 1, of every target with every source vector; 0 for zero vectors."""
    norms = np.linalg.norm(target, axis=1)[:, None] * np.linalg.norm(source, axis=1)[None, :]
    product = target @ source.T
    return np.where(norms > 0, (product / np.where(norms > 0, norms, 1.0) + 1) / 2, 0.0)


def links(target: Floats, source: Floats, matching: Matching) -> Links:
    """Which pairs (target, source) of vectors are linked, by one of the three rules."""
    alike = likeness(target, source)
    if not alike.size:
        return np.zeros(alike.shape, bool)
    if matching == "softmax":
        return _shares(target @ source.T)
    found = _mutual(alike)
    if matching == "argmax":
        return found
    for _ in range(ROUNDS - 1):
        both = (np.any(found, axis=axis, keepdims=True).astype(np.int64) for axis in (0, 1))
        taken = np.zeros(found.shape, np.int64) + sum(both)
        found |= _mutual(alike * np.choose(taken, [1.0, LATER, 0.0])) & (taken < 2)
    return found


def _mutual(alike: Floats) -> Links:
    """Pairs in which each is the other's nearest, and which are alike at all."""
    ahead = np.zeros(alike.shape, bool)
    behind = np.zeros(alike.shape, bool)
    ahead[np.arange(alike.shape[0]), alike.argmax(axis=1)] = True
    behind[alike.argmax(axis=0), np.arange(alike.shape[1])] = True
    return ahead & behind & (alike > 0)


def _shares(dots: Floats) -> Links:
    """Pairs that get a fair share of the softmax over inner products in both directions."""
    ahead = np.exp(dots - dots.max(axis=1, keepdims=True))
    behind = np.exp(dots - dots.max(axis=0, keepdims=True))
    ahead /= ahead.sum(axis=1, keepdims=True)
    behind /= behind.sum(axis=0, keepdims=True)
    return (ahead > LEAST_SHARE) & (behind > LEAST_SHARE)
