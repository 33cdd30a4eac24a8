"""T-Projection: a text-to-text model proposes spans of the target, a translation model ranks them.

García-Ferrero, Agerri and Rigau 2023. Proposals come per label from a model that labels the target text
(their mT5); the ranking is NMTScore's (Vamvas and Sennrich 2022): probability of translating the one
into the other, against that of copying it, in both directions. Proposals that do not stand in the
translation are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from annotate.spans import Span
from pipeline.align.tokens import covered
from pipeline.backends.scoring import numbers, score
from pipeline.backends.transformers_models import Seq2Seq
from pipeline.label.grounding import occurrences
from pipeline.projection.assignment import Choice
from pipeline.projection.contract import Example, Failure, Projection, checked
from pipeline.projection.cutting import Cut, cut
from pipeline.projection.places import Scored, settle
from pipeline.translate.seq2seq import Frame

NAME = "t_projection"
ALTERNATIVES = 4
# The prompt of the paper: the target text after an empty tag for each span that is asked for.
TAG = "<{label}>None</{label}>"
PROPOSALS = 20
SHARPNESS = 10.0
# A candidate less likely than this share of a copy is no translation of the span at all.
LEAST = 0.01
_TAG = re.compile(r"</?[^<>]{1,80}>")
Pair = tuple[str, str]


class Ranker(Protocol):
    """Anything that tells how well target phrases translate source phrases."""

    def similarities(self, pairs: Sequence[Pair]) -> list[float]:
        """For each (source phrase, target phrase) a value from 0, higher where they translate."""
        ...


@dataclass(frozen=True, slots=True)
class TranslationRanker:
    """Ranks by a translation model told both languages; ``frames`` by (from, to) as s and t."""

    model: Seq2Seq
    frames: Mapping[str, Frame]
    batch: int = 32

    def similarities(self, pairs: Sequence[Pair]) -> list[float]:
        """The mean over both directions of p(other | one) / p(one | one), per token."""
        asked: dict[tuple[str, str, str], float] = {}
        for one, other in pairs:
            for row in (("st", one, other), ("ts", other, one), ("ss", one, one),
                        ("tt", other, other)):  # fmt: skip
                asked[row] = 0.0
        for way, frame in self.frames.items():
            rows = [row for row in asked if row[0] == way]
            asked.update(zip(rows, self._chances([row[1:] for row in rows], frame), strict=True))
        return [
            (
                asked["st", one, other] / max(asked["tt", other, other], 1e-9)
                + asked["ts", other, one] / max(asked["ss", one, one], 1e-9)
            )
            / 2
            for one, other in pairs
        ]

    def _chances(self, rows: Sequence[Pair], frame: Frame) -> list[float]:
        made = [
            (self.model.framed(frame.prefix + given, frame.first), numbers(self.model, wanted))
            for given, wanted in rows
        ]
        found = score(self.model, made, begin_with=frame.begin_with, batch=self.batch)
        return [float(np.exp(row.tokens.mean())) for row in found]


@dataclass(frozen=True, slots=True)
class TProjectionProjector:
    """Projects by proposing spans of each label and ranking them against each source span."""

    proposer: Seq2Seq
    ranker: Ranker
    tag: str = TAG
    proposals: int = PROPOSALS
    names: Mapping[str, str] = field(default_factory=dict)
    batch: int = 8
    name: str = NAME

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Carry the spans of one text over."""
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """Carry the spans of many texts over."""
        cuts = [cut(checked(example)) for example in examples]
        places = self.proposed(cuts)
        tried = [one.sorted_out() for one in cuts]
        pairs = [
            [(span, place) for span in spans for place in found.get(span.label, ())]
            for (spans, _), found in zip(tried, places, strict=True)
        ]
        values = iter(
            self.ranker.similarities(
                [(_surface(one, span), one.surface(*place)) for one, rows in
                 zip(cuts, pairs, strict=True) for span, place in rows]
            )
        )  # fmt: skip
        return [
            self._settled(
                one, spans, failures, [(span, place, next(values)) for span, place in rows]
            )
            for one, (spans, failures), rows in zip(cuts, tried, pairs, strict=True)
        ]

    def proposed(self, cuts: Sequence[Cut]) -> list[dict[str, list[tuple[int, int]]]]:
        """Per text and label the target token intervals where proposals stand, likeliest first."""
        asked = [
            (number, label)
            for number, one in enumerate(cuts)
            for label in dict.fromkeys(span.label for span in one.example.spans)
        ]
        replies = self.proposer.propose(
            [self._prompt(cuts[number], label) for number, label in asked],
            most=self.proposals, batch=self.batch,
        )  # fmt: skip
        found: list[dict[str, list[tuple[int, int]]]] = [{} for _ in cuts]
        for (number, label), said in zip(asked, replies, strict=True):
            rows = [place for reply in said for place in _standing(cuts[number], reply)]
            found[number][label] = list(dict.fromkeys(rows))
        return found

    def _prompt(self, one: Cut, label: str) -> str:
        name = self.names.get(label, label)
        count = sum(span.label == label for span in one.example.spans)
        return f"{self.tag.replace('{label}', name) * count} {one.example.target_text}"

    def _settled(
        self, one: Cut, spans: Sequence[Span], failures: Sequence[Failure],
        rows: Sequence[tuple[Span, tuple[int, int], float]],
    ) -> Projection:  # fmt: skip
        scored: list[Scored] = []
        failed = list(failures)
        for span in spans:
            own = [(place, value) for asked, place, value in rows if asked.key == span.key]
            if not own:
                failed.append(Failure(span.key, f"no {span.label} was proposed that stands there"))
                continue
            starts, ends = (np.array([place[side] for place, _ in own]) for side in (0, 1))
            values = SHARPNESS * (np.array([value for _, value in own]) - LEAST)
            scored.append((span, Choice(one.place(span), starts, ends, values, 0.0)))
        return settle(one, scored, failed, self.name, ALTERNATIVES)


def _standing(one: Cut, reply: str) -> list[tuple[int, int]]:
    """Where the phrases of a reply stand in the translation, as token intervals."""
    phrases = [phrase.strip() for phrase in _TAG.split(reply) if phrase.strip()]
    places = [
        covered(one.target, *place)
        for phrase in phrases
        for place in occurrences(phrase, one.example.target_text)
    ]
    return [place for place in places if place[0] < place[1]]


def _surface(one: Cut, span: Span) -> str:
    return one.example.source_text[span.start : span.end]
