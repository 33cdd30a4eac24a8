"""Constrained: markers are put into the fixed translation where a translation model expects them.

CODEC (Le, Chen, Ritter and Xu 2024). The source is given with square brackets around one span; among all
ways of putting brackets into the translation, whose text never changes, branch and bound finds the
likeliest. The model should have learnt to keep brackets (EasyProject's NLLB, for one).
"""

from __future__ import annotations

import heapq
from collections.abc import Generator, Mapping, Sequence
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
# Searches that are under way at once, so that the model scores the rows of many together.
TOGETHER = 32
# A translation without any marker must be so much likelier (in nats) for the span to have no place.
DOUBT = 2.0


@dataclass(frozen=True, slots=True)
class Template:
    """A translation as pieces, and before which piece a marker may stand for each token edge."""

    pieces: tuple[Piece, ...]
    opens: Mapping[int, int]
    closes: Mapping[int, int]

    def with_marks(
        self, marks: tuple[list[int], list[int]], opening: int, closing: int | None
    ) -> list[int]:
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


# Log probabilities of the token intervals that were tried, and of no markers at all.
Found = tuple[dict[tuple[int, int], float], float]
# Gives outputs to be scored, takes their scores, ends with what was found.
Search = Generator[list[list[int]], list[Scored], Found]
Marked = tuple[list[int], list[int]]


@dataclass(frozen=True, slots=True)
class ConstrainedProjector:
    """Projects by the likeliest brackets in the fixed translation.

    ``together`` searches run at once and ``batch`` rows are scored at once: both trade memory for time.
    """

    model: Seq2Seq
    frame: Frame
    marks: Marks = field(default_factory=Marks)
    budget: int = BUDGET
    name: str = NAME
    batch: int = BATCH
    together: int = TOGETHER

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Carry the spans of one text over."""
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """Carry the spans of many texts over. Raises BackendBroken for a model without offsets."""
        cuts = [cut(checked(example)) for example in examples]
        tried = [one.sorted_out() for one in cuts]
        asked = [(one, span) for one, (spans, _) in zip(cuts, tried, strict=True) for span in spans]
        shapes = {id(one): template(self.model, one) for one in cuts}
        found = iter(
            self.search_all([(self._source(one, span), shapes[id(one)]) for one, span in asked])
        )
        return [
            settle(
                one, [(span, _choice(one, span, next(found))) for span in spans], failures,
                self.name, ALTERNATIVES,
            )
            for one, (spans, failures) in zip(cuts, tried, strict=True)
        ]  # fmt: skip

    def _source(self, one: Cut, span: Span) -> list[int]:
        text = inserted(one.example.source_text, [span], self.marks)
        return self.model.framed(self.frame.prefix + text, self.frame.first)

    def search_all(self, asked: Sequence[tuple[Sequence[int], Template]]) -> list[Found]:
        """For each framed source and template the log probabilities of the token intervals that were
        tried, and of no markers at all.

        The best of them is the best of all, unless the budget ran out. Several searches go on side by
        side; each takes the same steps as it would alone.
        """
        marks = numbers(self.model, self.marks.opening), numbers(self.model, self.marks.closing)
        done: dict[int, Found] = {}
        waiting = iter(range(len(asked)))
        live: dict[int, tuple[Search, list[list[int]]]] = {}
        while True:
            for number in waiting:
                search = self._search(asked[number][1], marks)
                live[number] = search, next(search)
                if len(live) >= self.together:
                    break
            if not live:
                return [done[number] for number in range(len(asked))]
            rows = [(asked[n][0], output) for n, (_, outputs) in live.items() for output in outputs]
            scores = iter(self.score(rows, [marks[0][0], marks[1][0]]))
            for number, (search, outputs) in list(live.items()):
                try:
                    live[number] = search, search.send([next(scores) for _ in outputs])
                except StopIteration as end:
                    done[number] = end.value
                    del live[number]

    def score(
        self, rows: Sequence[tuple[Sequence[int], list[int]]], watch: Sequence[int]
    ) -> list[Scored]:
        """Log probabilities of outputs, each with the framed source it is made from."""
        return score(
            self.model, rows, begin_with=self.frame.begin_with, watch=watch, batch=self.batch
        )

    def _search(self, shape: Template, marks: Marked) -> Search:
        """Branch and bound: a partial output's log probability bounds that of every completion, since
        each further token only lowers it.
        """
        (plain,) = yield [[piece.number for piece in shape.pieces]]
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
            rows = yield [_output(node, shape, marks) for node in some]
            for node, row in zip(some, rows, strict=True):
                if node.end >= 0:
                    found[node.first, node.end] = float(row.tokens.sum())
                    best = max(best, found[node.first, node.end])
                    continue
                for grown in _closed(node, row, shape, len(marks[0])):
                    heapq.heappush(heap, grown)
        return found, float(plain.tokens.sum())


def _choice(one: Cut, span: Span, searched: Found) -> Choice:
    found, nothing = searched
    rows = sorted(found.items())
    return Choice(
        one.place(span),
        np.array([first for (first, _), _ in rows], np.int64),
        np.array([end for (_, end), _ in rows], np.int64),
        np.array([value for _, value in rows], np.float64),
        nothing - DOUBT,
    )


def _output(node: _Node, shape: Template, marks: Marked) -> list[int]:
    closing = shape.closes[node.end] if node.end >= 0 else None
    return shape.with_marks(marks, shape.opens[node.first], closing)


def _closed(node: _Node, row: Scored, shape: Template, width: int) -> list[_Node]:
    """The node with each closing marker after its opening one."""
    before = np.concatenate([[0.0], np.cumsum(row.tokens)])
    opening = shape.opens[node.first]
    return [
        _Node(-float(before[at + width] + row.watched[at + width, 1]), node.first, end)
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
