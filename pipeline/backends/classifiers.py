"""Classifiers on this machine: which stretches have a label, which a text has, what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.backends.base import BackendBroken, BackendRefused
from pipeline.backends.transformers_models import TOKEN_CLASSIFIERS, Source, loaded, room

CLASSIFIERS = TOKEN_CLASSIFIERS | {"bart"}
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Piece:
    """A labelled stretch found by a token classifier: code points, end exclusive, score 0 to 1."""

    label: str
    start: int
    end: int
    score: float


@cache
def token_classifier(source: Source) -> TokenClassifier:
    """The token classification model. Raises BackendRefused or BackendBroken."""
    from transformers import AutoModelForTokenClassification

    model, tokenizer, device = loaded(source, AutoModelForTokenClassification, TOKEN_CLASSIFIERS)
    if not tokenizer.is_fast:
        raise BackendBroken(f"the tokenizer of {source.name} does not tell offsets")
    return TokenClassifier(model, tokenizer, device)


@cache
def text_classifier(source: Source) -> TextClassifier:
    """The text classification model. Raises BackendRefused or BackendBroken."""
    from transformers import AutoModelForSequenceClassification

    return TextClassifier(
        source.name, *loaded(source, AutoModelForSequenceClassification, CLASSIFIERS)
    )


class TextClassifier:
    """A score for each of the model's ``labels``, which stand in the order of its outputs."""

    def __init__(self, name: str, model: Any, tokenizer: Any, device: str) -> None:
        self.name, self._model, self._tokenizer, self._device = name, model, tokenizer, device
        names = model.config.id2label
        self.labels = tuple(str(names[number]) for number in sorted(names))

    @property
    def is_multi(self) -> bool:
        """Whether a text may have several labels at once."""
        return bool(self._model.config.problem_type == "multi_label_classification")

    def logits(
        self, texts: Sequence[str], others: Sequence[str] | None = None, *, batch: int = 16
    ) -> Floats:
        """Scores (texts, labels) before any softmax; with ``others``, of the pairs of texts.

        Texts of like length are done together; what is longer than the model reads is cut.
        """
        sizes = [len(text) + len(others[at] if others else "") for at, text in enumerate(texts)]
        order = sorted(range(len(texts)), key=lambda at: (sizes[at], at))
        found = np.zeros((len(texts), len(self.labels)))
        for start in range(0, len(order), batch):
            some = order[start : start + batch]
            second = [others[at] for at in some] if others else None
            found[some] = self._batch([texts[at] for at in some], second)
        return found

    def _batch(self, texts: list[str], others: list[str] | None) -> Floats:
        import torch

        inputs = self._tokenizer(
            texts, others, return_tensors="pt", padding=True,
            # Of a pair only the text may be cut, never the statement about it.
            truncation="only_first" if others else True,
            max_length=room(self._model, self._tokenizer),
        )  # fmt: skip
        with torch.inference_mode():
            logits = self._model(**inputs.to(self._device)).logits.float().cpu().numpy()
        return np.asarray(logits, np.float64)

    def entailment(self) -> tuple[int, int]:
        """Which outputs say that a statement follows and that it is contradicted.

        Raises BackendRefused for a model that was not trained on natural language inference.
        """
        names = [label.casefold() for label in self.labels]
        follows = [at for at, name in enumerate(names) if name.startswith("entail")]
        against = [at for at, name in enumerate(names) if name.startswith(("contra", "not_entail"))]
        if not follows or not against:
            raise BackendRefused(
                f"{self.name} tells {', '.join(self.labels)}; zero-shot labelling needs a model of "
                "natural language inference, with labels entailment and contradiction"
            )
        return follows[0], against[0]


class TokenClassifier:
    """Finds labelled stretches in texts, in batches."""

    def __init__(self, model: Any, tokenizer: Any, device: str) -> None:
        self._model, self._tokenizer, self._device = model, tokenizer, device

    @property
    def labels(self) -> frozenset[str]:
        """What it may call a stretch, without the marks of beginning and inside."""
        names = map(str, self._model.config.id2label.values())
        return frozenset(n[2:] if n[:2] in ("B-", "I-") else n for n in names) - {"O"}

    def find(self, texts: Sequence[str], *, batch: int = 16) -> list[list[Piece]]:
        """The pieces of each text; words beyond the model's length are not read.

        Texts of like length are done together.
        """
        found: list[list[Piece]] = [[] for _ in texts]
        written = [at for at, text in enumerate(texts) if text.strip()]
        written.sort(key=lambda at: (len(texts[at]), at))
        for begin in range(0, len(written), batch):
            some = written[begin : begin + batch]
            for at, own in zip(some, self._batch([texts[at] for at in some]), strict=True):
                found[at] = own
        return found

    def _batch(self, texts: list[str]) -> list[list[Piece]]:
        import torch

        rows = self._tokenizer(
            texts, return_tensors="pt", padding=True, truncation=True,
            max_length=room(self._model, self._tokenizer), return_offsets_mapping=True,
        )  # fmt: skip
        offsets = rows.pop("offset_mapping").tolist()
        mask = rows["attention_mask"].tolist()
        with torch.inference_mode():
            shares = self._model(**rows.to(self._device)).logits.softmax(dim=-1).cpu()
        names = self._model.config.id2label
        return [
            pieces(text, [(names[int(s.argmax())], a, b, float(s.max()))
                          for s, (a, b), on in zip(own, places, kept, strict=True) if on and a < b])
            for text, own, places, kept in zip(texts, shares, offsets, mask, strict=True)
        ]  # fmt: skip


def pieces(text: str, tagged: Sequence[tuple[str, int, int, float]]) -> list[Piece]:
    """Join word pieces tagged ``O, B-x, I-x`` (or plain ``x``) to stretches without outer spaces.

    The score of a stretch is its least sure piece's.
    """
    found: list[Piece] = []
    last = -1
    for at, (tag, start, end, score) in enumerate(tagged):
        kind, _, label = tag.partition("-") if tag[:2] in ("B-", "I-") else ("I", "", tag)
        if tag == "O":
            continue
        if kind == "I" and found and found[-1].label == label and last == at - 1:
            before = found.pop()
            found.append(Piece(label, before.start, end, min(before.score, score)))
        else:
            found.append(Piece(label, start, end, score))
        last = at
    return [trimmed for piece in found if (trimmed := _trimmed(text, piece)) is not None]


def _trimmed(text: str, piece: Piece) -> Piece | None:
    surface = text[piece.start : piece.end]
    start = piece.start + len(surface) - len(surface.lstrip())
    end = piece.end - (len(surface) - len(surface.rstrip()))
    return Piece(piece.label, start, end, round(piece.score, 4)) if start < end else None
