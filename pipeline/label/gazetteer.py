"""Gazetteer: labels what the labelled data has already named, longest match first.

A surface is learnt with its most frequent label when it carries that label in most of the places
where it occurs; inside a longer labelled span it does not count as an occurrence of its own.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from annotate.readings import Reading
from annotate.spans import Span
from pipeline.align.tokens import Token, covered, tokenise
from pipeline.folds import FOLDS, fold_of
from pipeline.label.artifact import ArtifactError, pack, unpack
from pipeline.label.contract import (
    Example,
    FitError,
    FittedLabeller,
    Labelled,
    LabelTask,
    settled,
    unanswerable,
)
from pipeline.label.heldout import span_scores

KIND = "gazetteer"
DEFAULTS: Mapping[str, Any] = {"precision": 0.5, "least": 1, "longest": 12, "folds": FOLDS}

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A surface's label, how often it carried it and how often it occurred."""

    label: str
    labelled: int
    seen: int

    @property
    def score(self) -> float:
        """Share of occurrences so labelled, with one more that was not (rarity lowers it)."""
        return round(self.labelled / (self.seen + 1), 6)


Entries = Mapping[Words, Entry]


def fit(examples: Sequence[Example], settings: Mapping[str, Any] | None = None) -> FittedLabeller:
    """Learn one gazetteer per fold, each from the items of the other folds.

    Settings: ``precision`` (share of occurrences that must carry the label, exclusive), ``least``
    (fewest labelled occurrences), ``longest`` (tokens), ``folds``. The metrics are exact span scores
    of every fold under the gazetteer that has not seen it. Raises FitError without a labelled span.
    """
    chosen = settled(DEFAULTS, settings)
    folds = int(chosen["folds"])
    if not any(example.reading.voted() for example in examples):
        raise FitError("no labelled span to learn from; label or import some items first")
    parts = [
        learn([e for e in examples if fold_of(e.key, folds) != fold], chosen)
        for fold in range(folds)
    ]
    labeller = Gazetteer(parts, int(chosen["longest"]))
    guesses = (
        (labeller.read(example.key, example.fields), example.reading) for example in examples
    )
    metrics = {**span_scores(guesses), "entries": [len(part) for part in parts]}
    return FittedLabeller(labeller.saved(chosen), metrics, len(examples))


def load(artifact: bytes) -> Gazetteer:
    """The labeller that ``fit`` saved. Raises ArtifactError for anything else."""
    about, tensors = unpack(KIND, artifact)
    try:
        rows = json.loads(tensors["entries"].tobytes().decode())
        parts = [{tuple(row[0]): Entry(*row[1:]) for row in part} for part in rows]
        return Gazetteer(parts, int(about["settings"]["longest"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError("the gazetteer's entries cannot be read; fit it again") from error


class Gazetteer:
    """A gazetteer per fold; an item is labelled by the one that was not fitted on its fold."""

    def __init__(self, parts: Sequence[Entries], longest: int) -> None:
        self.parts, self.longest = list(parts), longest
        lengths = [{len(words) for words in part} for part in self.parts]
        self._sizes = [sorted((n for n in some if n <= longest), reverse=True) for some in lengths]

    def label(self, tasks: Sequence[LabelTask], *, ballot: int = 1) -> list[Labelled]:
        """Spans with labels the task allows; every ballot is the same."""
        return [self._one(task) for task in tasks]

    def read(self, key: str, fields: Mapping[str, str], allowed: Iterable[str] = ()) -> Reading:
        """The spans of one item; ``allowed`` limits the labels if it names any."""
        fold = fold_of(key, len(self.parts))
        wanted = set(allowed)
        spans: list[Span] = []
        for name, text in fields.items():
            for start, end, entry in _matches(text, self.parts[fold], self._sizes[fold]):
                if wanted and entry.label not in wanted:
                    continue
                number = f"s{len(spans) + 1}"
                spans.append(
                    Span(
                        entry.label, start, end, name, text[start:end],
                        key=number, method=KIND, score=entry.score,
                    )
                )  # fmt: skip
        return Reading(spans=tuple(spans))

    def saved(self, settings: Mapping[str, Any]) -> bytes:
        """The artifact that ``load`` reads."""
        rows = [
            [[list(words), e.label, e.labelled, e.seen] for words, e in sorted(part.items())]
            for part in self.parts
        ]
        text = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
        tensors = {"entries": np.frombuffer(text, dtype=np.uint8)}
        return pack(KIND, {"settings": dict(settings)}, tensors)

    def _one(self, task: LabelTask) -> Labelled:
        refused = unanswerable(task)
        if refused is not None:
            return refused
        return Labelled("ok", self.read(task.key, task.fields, (c.key for c in task.labels)))


def learn(examples: Sequence[Example], settings: Mapping[str, Any]) -> dict[Words, Entry]:
    """The surfaces worth keeping, each with its label and counts."""
    longest = int(settings["longest"])
    labelled: dict[Words, Counter[str]] = defaultdict(Counter)
    texts = list(_texts(examples))
    for words, spans in texts:
        for first, last, label in spans:
            if 0 < last - first <= longest:
                labelled[words[first:last]][label] += 1
    seen = _occurrences(texts, labelled, longest)
    kept: dict[Words, Entry] = {}
    for words, labels in labelled.items():
        label, count = min(labels.items(), key=lambda row: (-row[1], row[0]))
        if count >= int(settings["least"]) and count > float(settings["precision"]) * seen[words]:
            kept[words] = Entry(label, count, seen[words])
    return kept


_Marked = tuple[Words, list[tuple[int, int, str]]]


def _texts(examples: Sequence[Example]) -> Iterator[_Marked]:
    """Each field as words, with its spans as word intervals (those that fit whole words)."""
    for example in examples:
        spans = example.reading.voted()
        for name, text in example.fields.items():
            tokens = tokenise(text)
            marked: list[tuple[int, int, str]] = []
            for span in spans:
                if span.field != name or span.side != "target" or span.start is None:
                    continue
                end = span.end or span.start
                first, last = covered(tokens, span.start, end)
                whole = first < last and (tokens[first].start, tokens[last - 1].end)
                if whole == (span.start, end):
                    marked.append((first, last, span.label))
            yield _words(tokens), marked


def _occurrences(
    texts: Sequence[_Marked], known: Mapping[Words, Counter[str]], longest: int
) -> Counter[Words]:
    """How often each known surface stands in the texts, outside longer labelled spans."""
    sizes = sorted({len(words) for words in known if len(words) <= longest})
    seen: Counter[Words] = Counter()
    for words, spans in texts:
        for size in sizes:
            for first in range(len(words) - size + 1):
                surface = words[first : first + size]
                if surface not in known:
                    continue
                inside = any(a <= first and first + size <= b and size < b - a for a, b, _ in spans)
                seen[surface] += not inside
    return seen


def _matches(text: str, entries: Entries, sizes: Sequence[int]) -> Iterator[tuple[int, int, Entry]]:
    tokens = tokenise(text)
    words = _words(tokens)
    at = 0
    while at < len(words):
        for size in sizes:
            entry = entries.get(words[at : at + size]) if at + size <= len(words) else None
            if entry is not None:
                yield tokens[at].start, tokens[at + size - 1].end, entry
                at += size
                break
        else:
            at += 1


def _words(tokens: Sequence[Token]) -> Words:
    # Case is kept: where a script has it, it tells names from words.
    return tuple(unicodedata.normalize("NFC", token.text) for token in tokens)
