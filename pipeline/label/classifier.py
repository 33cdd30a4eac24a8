"""Classifier: a small token classifier trained from nothing on the project's own labelled readings.

It needs no downloaded weights, so it works for any language with some labelled or projected text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from annotate.readings import Reading
from annotate.spans import Span
from pipeline.align.tokens import Token, tokenise
from pipeline.folds import FOLDS, fold_of
from pipeline.label.artifact import Array, ArtifactError, pack, unpack
from pipeline.label.contract import (
    Example,
    FitError,
    FittedLabeller,
    Labelled,
    LabelTask,
    settled,
    unanswerable,
)
from pipeline.label.features import features, vocabulary
from pipeline.label.heldout import span_scores
from pipeline.label.tags import OUTSIDE, best_path, tagged, untagged

if TYPE_CHECKING:
    from pipeline.label.network import Tagger

KIND = "classifier"
WORDS = 256
DEFAULTS: Mapping[str, Any] = {"folds": FOLDS, "least": 2, "passes": 40}
_STEPS = (300, 450)


@dataclass(frozen=True, slots=True)
class Part:
    """The network of one fold with the vocabulary and labels it was trained with."""

    vocabulary: Mapping[str, int]
    network: Tagger


def fit(examples: Sequence[Example], settings: Mapping[str, Any] | None = None) -> FittedLabeller:
    """Train one network per fold on the items of the other folds.

    Settings: ``folds``, ``seed``, ``passes`` (over the data), ``steps`` (overrides passes), ``least``
    (sightings that make a feature known), ``hidden``, ``layers``, ``batch``, ``rate``, ``drop``. The
    metrics are exact span scores of every fold under the network that has not seen it. Deterministic.
    Raises FitError when a fold would be trained without a labelled span.
    """
    from pipeline.label.training import DEFAULTS as TRAINING

    chosen = settled({**TRAINING, **DEFAULTS}, settings)
    folds = int(chosen["folds"])
    labels = sorted({span.label for example in examples for span in _marks(example)})
    parts: list[Part] = []
    for fold in range(folds):
        rest = [example for example in examples if fold_of(example.key, folds) != fold]
        if not any(_marks(example) for example in rest):
            raise FitError(
                f"too few labelled spans to train {folds} folds: one fold has none; "
                "label or import more items first"
            )
        parts.append(_trained(rest, labels, chosen))
    labeller = Classifier(parts, labels)
    readings = labeller.read([(example.key, example.fields) for example in examples])
    pairs = zip(readings, (example.reading for example in examples), strict=True)
    return FittedLabeller(labeller.saved(chosen), span_scores(pairs), len(examples))


def load(artifact: bytes) -> Classifier:
    """The labeller that ``fit`` saved. Raises ArtifactError for anything else."""
    import torch

    from pipeline.label.network import Size, from_tensors

    about, arrays = unpack(KIND, artifact)
    try:
        parts: list[Part] = []
        for fold, entry in enumerate(about["parts"]):
            prefix = f"{fold}."
            own = {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}
            network = from_tensors(
                Size(**entry["size"]), {n: torch.from_numpy(a.copy()) for n, a in own.items()}
            )
            known = {name: at for at, name in enumerate(entry["features"], start=1)}
            parts.append(Part(known, network))
        return Classifier(parts, [str(label) for label in about["labels"]])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ArtifactError("the classifier's parameters cannot be read; fit it again") from error


class Classifier:
    """A network per fold; an item is labelled by the one that was not trained on its fold."""

    def __init__(self, parts: Sequence[Part], labels: Sequence[str]) -> None:
        self.parts, self.labels = list(parts), list(labels)

    def label(self, tasks: Sequence[LabelTask], *, ballot: int = 1) -> list[Labelled]:
        """Spans with labels the task allows; every ballot is the same."""
        results = [unanswerable(task) for task in tasks]
        able = [task for task, refused in zip(tasks, results, strict=True) if refused is None]
        readings = iter(self.read([(task.key, task.fields) for task in able]))
        labelled: list[Labelled] = []
        for task, refused in zip(tasks, results, strict=True):
            if refused is None:
                allowed = {choice.key for choice in task.labels}
                spans = tuple(s for s in next(readings).spans if s.label in allowed)
                labelled.append(Labelled("ok", Reading(spans=spans)))
            else:
                labelled.append(refused)
        return labelled

    def read(self, items: Sequence[tuple[str, Mapping[str, str]]]) -> list[Reading]:
        """The spans of each item (external id, texts by field name), in order."""
        places = [
            (at, name, text, tokenise(text), fold_of(key, len(self.parts)))
            for at, (key, fields) in enumerate(items)
            for name, text in fields.items()
        ]
        spans: dict[int, list[Span]] = {at: [] for at in range(len(items))}
        for fold, part in enumerate(self.parts):
            own = [place for place in places if place[4] == fold]
            scored = _probabilities(part, [place[3] for place in own])
            for (at, name, text, tokens, _), shares in zip(own, scored, strict=True):
                spans[at].extend(self._spans(name, text, tokens, shares))
        return [Reading(spans=_keyed(spans[at])) for at in range(len(items))]

    def saved(self, settings: Mapping[str, Any]) -> bytes:
        """The artifact that ``load`` reads."""
        arrays: dict[str, Array] = {}
        parts: list[dict[str, Any]] = []
        for fold, part in enumerate(self.parts):
            for name, tensor in part.network.state_dict().items():
                arrays[f"{fold}.{name}"] = tensor.numpy()
            ordered = sorted(part.vocabulary, key=part.vocabulary.__getitem__)
            parts.append({"size": part.network.size.plain(), "features": ordered})
        about = {"settings": dict(settings), "labels": self.labels, "parts": parts}
        return pack(KIND, about, arrays)

    def _spans(
        self, field: str, text: str, tokens: tuple[Token, ...], shares: Array
    ) -> Iterator[Span]:
        tags = best_path(np.log(shares + 1e-12))
        for first, last, label in untagged(tags):
            start, end = tokens[first].start, tokens[last - 1].end
            sure = min(float(shares[at, tags[at]]) for at in range(first, last))
            yield Span(
                self.labels[label], start, end, field, text[start:end],
                method=KIND, score=round(sure, 4),
            )  # fmt: skip


def _trained(examples: Sequence[Example], labels: list[str], settings: Mapping[str, Any]) -> Part:
    from pipeline.label.network import Size
    from pipeline.label.training import Row, train

    texts = [
        (tokens, tagged(tokens, (s for s in _marks(example) if s.field == name), labels))
        for example in examples
        for name, text in example.fields.items()
        if (tokens := tokenise(text))
    ]
    seen = [features(tokens) for tokens, _ in texts]
    known = vocabulary(seen, int(settings["least"]))
    rows = [Row(_numbers(words, known), tags) for words, (_, tags) in zip(seen, texts, strict=True)]
    size = Size(
        len(known) + 1, 1 + 2 * len(labels), int(settings["hidden"]), int(settings["layers"]),
        words=WORDS,
    )  # fmt: skip
    passes = int(settings["passes"]) * len(rows) // int(settings["batch"])
    steps = int((settings.get("steps")) or min(max(passes, _STEPS[0]), _STEPS[1]))
    return Part(known, train(rows, size, {**settings, "steps": steps}))


def _probabilities(part: Part, texts: Sequence[tuple[Token, ...]]) -> Iterator[Array]:
    """Per text the probability of each tag at each word; words beyond the limit are outside."""
    import torch

    from pipeline.label.training import Row, repeatable, tensors

    size = part.network.size
    for begin in range(0, len(texts), 32):
        some = texts[begin : begin + 32]
        rows = [
            Row(_numbers(features(tokens), part.vocabulary), [OUTSIDE] * len(tokens))
            for tokens in some
        ]
        if not any(row.features for row in rows):
            yield from (np.zeros((0, size.tags), dtype=np.float32) for _ in some)
            continue
        with repeatable(0), torch.inference_mode():
            inputs, mask, _ = tensors(rows, size.words)
            shares = part.network(inputs, mask).softmax(dim=-1).numpy()
        for tokens, found in zip(some, shares, strict=True):
            whole = np.zeros((len(tokens), size.tags), dtype=np.float32)
            whole[:, OUTSIDE] = 1.0
            length = min(len(tokens), found.shape[0])
            whole[:length] = found[:length]
            yield whole


def _numbers(words: Iterable[Sequence[str]], known: Mapping[str, int]) -> list[list[int]]:
    return [[known[name] for name in word if name in known] for word in words]


def _marks(example: Example) -> list[Span]:
    """The spans of the example's own texts."""
    return [s for s in example.reading.voted() if s.side == "target" and s.anchor == "text"]


def _keyed(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(replace(span, key=f"s{at}") for at, span in enumerate(spans, start=1))
