"""Constrained: markers are put into the fixed translation where a translation model expects them.

CODEC (Le, Chen, Ritter and Xu 2024). The source is given with square brackets around one span; among all
ways of putting brackets into the translation, whose text never changes, branch and bound finds the
likeliest. The model should have learnt to keep brackets (EasyProject's NLLB, for one).
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from annotate.spans import Span
from pipeline.backends.scoring import Piece, Scored, numbers, pieces, score
from pipeline.backends.transformers_models import Seq2Seq
from pipeline.projection.assignment import Choice
from pipeline.projection.contract import Example, Projection, checked
from pipeline.projection.cutting import Cut, cut
from pipeline.projection.markers import Marks, inserted
from pipeline.projection.places import settle
from pipeline.translate.seq2seq import Frame

NAME = "constrained"
ALTERNATIVES = 4
# Rows scored per span at most; what is left then is worse than the bound by which it is left.
BUDGET = 400
BATCH = 16
# A translation without any marker must be so much likelier (in nats) for the span to have no place.
DOUBT = 2.0


@dataclass(frozen=True, slots=True)
class Template:
    """A translation as pieces, and before which piece a marker may stand for each token edge."""

    pieces: tuple[Piece, ...]
    opens: Mapping[int, int]
    closes: Mapping[int, int]

    def with_marks(self, marks: tuple[list[int], list[int]], opening: int, closing: int | None,
                   ) -> list[int]:  # fmt: skip
        """Vocabulary numbers of the text with markers before these pieces."""
        plain = [piece.number for piece in self.pieces]
        if closing is None:
            return [*plain[:opening], *marks[0], *plain[opening:]]
        inner = plain[opening:closing]
        return [*plain[:opening], *marks[0], *inner, *marks[1], *plain[closing:]]


@dataclass(order=True, slots=True)
class _Node:
    """Markers chosen so far; ``bound`` is minus the log probability that no completion exceeds."""

    bound: float
    first: int
    end: int = -1


@dataclass(frozen=True, slots=True)
class ConstrainedProjector:
    """Projects by the likeliest brackets in the fixed translation."""

    model: Seq2Seq
    frame: Frame
    marks: Marks = field(default_factory=Marks)
    budget: int = BUDGET
    name: str = NAME

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Carry the spans of one text over."""
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """Carry the spans of many texts over. Raises BackendBroken for a model without offsets."""
        return [self._carry(cut(checked(example))) for example in examples]

    def _carry(self, one: Cut) -> Projection:
        spans, failures = one.sorted_out()
        shape = template(self.model, one)
        scored = [(span, self._choice(one, span, shape)) for span in spans]
        return settle(one, scored, failures, self.name, ALTERNATIVES)

    def _choice(self, one: Cut, span: Span, shape: Template) -> Choice:
        text = inserted(one.example.source_text, [span], self.marks)
        source = self.model.framed(self.frame.prefix + text, self.frame.first)
        found, nothing = self.search(source, shape)
        rows = sorted(found.items())
        return Choice(
            one.place(span),
            np.array([first for (first, _), _ in rows], np.int64),
            np.array([end for (_, end), _ in rows], np.int64),
            np.array([value for _, value in rows], np.float64),
            nothing - DOUBT,
        )

    def search(
        self, source: Sequence[int], shape: Template
    ) -> tuple[dict[tuple[int, int], float], float]:
        """Log probabilities of the token intervals that were tried, and of no markers at all.

        The best of them is the best of all, unless the budget ran out. A partial output's log
        probability bounds that of every completion, since each further token only lowers it.
        """
        marks = self._marks()
        plain = self._score(source, [[piece.number for piece in shape.pieces]], marks[0][:1])[0]
        heap = [
            _Node(-(plain.tokens[:at].sum() + plain.watched[at, 0]), token)
            for token, at in shape.opens.items()
        ]
        heapq.heapify(heap)
        found: dict[tuple[int, int], float] = {}
        best, left = -np.inf, self.budget
        while heap and -heap[0].bound > best and left > 0:
            some = [heapq.heappop(heap) for _ in range(min(BATCH, left, len(heap)))]
            some = [node for node in some if -node.bound > best]
            left -= len(some)
            for node, row in zip(some, self._tried(source, shape, marks, some), strict=True):
                if node.end >= 0:
                    found[node.first, node.end] = float(row.tokens.sum())
                    best = max(best, found[node.first, node.end])
                    continue
                for grown in _closed(node, row, shape, len(marks[0])):
                    heapq.heappush(heap, grown)
        return found, float(plain.tokens.sum())

    def _tried(
        self, source: Sequence[int], shape: Template, marks: tuple[list[int], list[int]],
        nodes: Sequence[_Node],
    ) -> list[Scored]:  # fmt: skip
        outputs = [
            shape.with_marks(
                marks, shape.opens[node.first], shape.closes[node.end] if node.end >= 0 else None
            )
            for node in nodes
        ]
        return self._score(source, outputs, marks[1][:1])

    def _score(
        self, source: Sequence[int], outputs: Sequence[list[int]], watch: Sequence[int]
    ) -> list[Scored]:
        rows = [(source, output) for output in outputs]
        return score(self.model, rows, begin_with=self.frame.begin_with, watch=watch, batch=BATCH)

    def _marks(self) -> tuple[list[int], list[int]]:
        return numbers(self.model, self.marks.opening), numbers(self.model, self.marks.closing)


def _closed(node: _Node, row: Scored, shape: Template, width: int) -> list[_Node]:
    """The node with each closing marker after its opening one."""
    before = np.concatenate([[0.0], np.cumsum(row.tokens)])
    opening = shape.opens[node.first]
    return [
        _Node(-float(before[at + width] + row.watched[at + width, 0]), node.first, end)
        for end, at in shape.closes.items()
        if at > opening and end > node.first
    ]


def template(model: Seq2Seq, one: Cut) -> Template:
    """The translation as the model writes it, and where our token edges are edges of its pieces too."""
    text = one.example.target_text
    own = pieces(model, text)
    opens: dict[int, int] = {}
    closes: dict[int, int] = {}
    for at, piece in enumerate(own):
        for number, token in enumerate(one.target):
            lead = text[piece.start : token.start]
            if piece.start <= token.start < max(piece.end, piece.start + 1) and not lead.strip():
                opens.setdefault(number, at)
            tail = text[token.end : piece.end]
            if piece.start < token.end <= piece.end and not tail.strip():
                closes[number + 1] = at + 1
    return Template(tuple(own), opens, closes)
