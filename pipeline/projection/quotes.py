"""Quotes: a language model behind an OpenAI-compatible address quotes what translates each span.

It is asked for the words of the translation, never for offsets. A quote counts only where it stands in
the translation (``pipeline.label.grounding``); one that stands in several places needs its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from annotate.prompts import Prompt, quoting_prompt
from annotate.spans import Span
from pipeline.backends.base import Chat, Reply
from pipeline.label.grounding import Quote, ground
from pipeline.label.replies import ReplyError, quotes, refusal
from pipeline.projection.contract import (
    Asked,
    Example,
    Failure,
    Projection,
    State,
    checked,
)
from pipeline.projection.cutting import Cut, cut

NAME = "llm"
# A grounded quote is right or wrong, never probable: it carries no share of belief.
SCORE = 1.0
_WORST: tuple[State, ...] = ("refused", "unparseable", "ambiguous", "unsupported", "ok")


@dataclass(frozen=True, slots=True)
class QuotesProjector:
    """Projects by asking for quotes: one prompt a text, ``parallel`` requests at once."""

    backend: Chat
    source: str
    target: str
    seed: int = 1
    parallel: int = 4
    guidelines: str = ""
    name: str = NAME

    def project(self, source_text: str, target_text: str, spans: Sequence[Span]) -> Projection:
        """Carry the spans of one text over."""
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples: Sequence[Example]) -> list[Projection]:
        """Carry the spans of many texts over; a reply that is no good is a state, not an exception.

        Raises BackendBusy, BackendRefused or BackendBroken where there was no reply at all.
        """
        cuts = [cut(checked(example)) for example in examples]
        with ThreadPoolExecutor(max(1, self.parallel), thread_name_prefix="llm") as pool:
            try:
                return list(pool.map(self._one, cuts))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def prompt(self, example: Example, spans: Sequence[Span]) -> Prompt:
        """What is asked about an example: the phrases by number, both texts as data."""
        return quoting_prompt(
            example.source_text, example.target_text,
            [(span.label, example.source_text[span.start : span.end]) for span in spans],
            source=self.source, target=self.target, guidelines=self.guidelines,
        )  # fmt: skip

    def _one(self, one: Cut) -> Projection:
        spans, failures = one.sorted_out()
        if not spans:
            return Projection((), tuple(failures))
        prompt = self.prompt(one.example, spans)
        reply = self.backend.complete(prompt.messages, schema=prompt.schema, seed=self.seed)
        asked = Asked(
            "ok", reply.text, prompt.hash, reply.tokens_in, reply.tokens_out
        )  # fmt: skip
        made = _placed(one, spans, reply, asked)
        return replace(made, failures=(*failures, *made.failures))


def _placed(one: Cut, spans: Sequence[Span], reply: Reply, asked: Asked) -> Projection:
    """What the reply comes to: the quotes that stand in the translation, and what is wrong else."""
    said = None if reply.refused else refusal(reply.text)
    if reply.refused or said is not None:
        return _nothing(spans, "refused", f"the model declined: {said or 'no reason'}", asked)
    try:
        claimed = quotes(reply.text)
    except ReplyError as error:
        return _nothing(spans, "unparseable", str(error), asked)
    by_number = {str(number): span for number, span in enumerate(spans, start=1)}
    found: list[Span] = []
    failures: list[Failure] = []
    states: list[State] = ["ok"]
    for number, span in by_number.items():
        own = [quote for quote in claimed if quote.label == number]
        given = [quote for quote in own if quote.text.strip()]
        if not given:
            cause = (
                "the model found nothing that translates it" if own else "the reply leaves it out"
            )
            failures.append(Failure(span.key, cause))
            continue
        state, reason, place = _grounded(given, one.example.target_text)
        if place is None:
            failures.append(Failure(span.key, reason))
            states.append(state)
            continue
        found.append(_span(span, place))
    state = min(states, key=_WORST.index)
    return Projection(tuple(found), tuple(failures), asked=replace(asked, state=state))


def _grounded(given: Sequence[Quote], text: str) -> tuple[State, str, Span | None]:
    """The place of a phrase's quote; several quotes for one phrase are several claims."""
    grounded = ground(given, {"text": text}, NAME)
    if len(grounded.spans) == 1 and not grounded.troubles:
        return "ok", "", grounded.spans[0]
    if grounded.troubles:
        state, reason = grounded.troubles[0]
        return state, reason, None
    return "ambiguous", f"the model quotes {len(grounded.spans)} places for it", None


def _span(span: Span, place: Span) -> Span:
    return replace(
        place, label=span.label, field=span.field, key=span.key, source=span.key, method=NAME,
        score=SCORE, attributes=span.attributes,
    )  # fmt: skip


def _nothing(spans: Sequence[Span], state: State, reason: str, asked: Asked) -> Projection:
    failures = tuple(Failure(span.key, reason) for span in spans)
    return Projection((), failures, asked=replace(asked, state=state))
