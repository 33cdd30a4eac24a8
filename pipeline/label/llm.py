"""LLM: asks a language model for labels and takes from its reply only what the text bears out.

Every ballot shows labels and options in another order and brings its own seed, since the order alone
moves a model's answers (Pezeshkpour and Hruschka 2023).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from annotate.prompts import ChoiceQuestion, Prompt, choice_prompt, prompt_hash, span_prompt
from annotate.readings import Answer, Reading
from annotate.spans import Span
from pipeline.backends.base import Asked, BatchChat, Chat, Reply
from pipeline.label.contract import Labelled, LabelTask, State, settled
from pipeline.label.grounding import ground, occurrences
from pipeline.label.replies import ReplyError, choice, evidence, quotes, refusal
from pipeline.label.shots import choice_shots, span_shots

DEFAULTS: Mapping[str, Any] = {
    "seed": 1, "parallel": 4, "guidelines": "", "opposite": False, "evidence": False,
}  # fmt: skip
# Tasks whose prompts a model of this machine gets at once.
_TOGETHER = 32
# When parts of a task end differently, the task ends as the first of these that occurred.
_WORST: tuple[State, ...] = ("refused", "unparseable", "ambiguous", "unsupported", "ok")


def asking(backend: Chat, settings: Mapping[str, Any]) -> LlmLabeller:
    """The labeller that asks ``backend``.

    Settings: ``seed``, ``parallel`` (requests at once), ``guidelines`` (added to every prompt),
    ``opposite`` (every second ballot asks which options do not hold), ``evidence`` (an answer counts
    only with a quote that stands in the text).
    """
    return LlmLabeller(backend, settings)


@dataclass(frozen=True, slots=True)
class _Form:
    """How questions are put on a ballot."""

    opposite: bool = False
    evidence: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """One prompt's outcome: spans or an answer, and how the reply came about."""

    state: State
    reason: str
    spans: tuple[Span, ...]
    answers: tuple[Answer, ...]
    prompt: Prompt
    raw: str
    tokens_in: int
    tokens_out: int


class LlmLabeller:
    """Labels with a language model: one prompt for the spans of a task, one per question."""

    def __init__(self, backend: Chat, settings: Mapping[str, Any] | None = None) -> None:
        self.settings = settled(DEFAULTS, settings)
        self._backend = backend

    def label(self, tasks: Sequence[LabelTask], *, ballot: int = 1) -> list[Labelled]:
        """One result per task; a reply that is no good is a state, never an exception.

        Raises BackendBusy, BackendRefused or BackendBroken where there was no reply at all.
        """
        return list(self.each(tasks, ballot=ballot))

    def each(self, tasks: Sequence[LabelTask], *, ballot: int = 1) -> Iterator[Labelled]:
        """The same, one by one as they come in, in order; several requests run at once."""
        if isinstance(self._backend, BatchChat):
            yield from self._together(self._backend, tasks, ballot)
            return
        workers = max(1, int(self.settings["parallel"]))
        with ThreadPoolExecutor(workers, thread_name_prefix="llm") as pool:
            try:
                yield from pool.map(lambda task: self._one(task, ballot), tasks)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _together(
        self, backend: BatchChat, tasks: Sequence[LabelTask], ballot: int
    ) -> Iterator[Labelled]:
        """All prompts of some tasks at once."""
        seed, form = self._seed(ballot), self._form(ballot)
        for start in range(0, len(tasks), _TOGETHER):
            some = tasks[start : start + _TOGETHER]
            asked = [self._prompts(task, ballot) for task in some]
            replies = iter(
                backend.complete_all(
                    [Asked(p.messages, p.schema, seed) for own in asked for p, _ in own]
                )
            )
            for task, own in zip(some, asked, strict=True):
                yield _joined([_read(p, next(replies), task, q, form) for p, q in own], task, seed)

    def _one(self, task: LabelTask, ballot: int) -> Labelled:
        seed, form = self._seed(ballot), self._form(ballot)
        parts = [
            _read(
                prompt, self._backend.complete(prompt.messages, schema=prompt.schema, seed=seed),
                task, question, form,
            )
            for prompt, question in self._prompts(task, ballot)
        ]  # fmt: skip
        return _joined(parts, task, seed)

    def _seed(self, ballot: int) -> int:
        return int(self.settings["seed"]) + ballot - 1

    def _prompts(self, task: LabelTask, ballot: int) -> list[tuple[Prompt, ChoiceQuestion | None]]:
        """What is asked of a task: its spans, and each of its questions."""
        form = self._form(ballot)
        # Turned round, a question keeps its order: a lean to the first option would else hide itself.
        turn = (ballot - 1) // 2 if self.settings["opposite"] else ballot - 1
        shift = _shift(task.key) + turn
        guidelines = str(self.settings["guidelines"])
        asked: list[tuple[Prompt, ChoiceQuestion | None]] = []
        if task.labels:
            prompt = span_prompt(
                task.fields, task.labels, language=task.language, rotate=shift,
                guidelines=guidelines, shots=span_shots(task.shots, task.labels),
            )  # fmt: skip
            asked.append((prompt, None))
        for question in task.questions:
            prompt = choice_prompt(
                task.fields, question, language=task.language, rotate=shift, guidelines=guidelines,
                # What people decided says nothing of the words they decided by.
                shots=() if form.evidence
                else choice_shots(task.shots, question, opposite=form.opposite),
                opposite=form.opposite, evidence=form.evidence,
            )  # fmt: skip
            asked.append((prompt, question))
        return asked

    def _form(self, ballot: int) -> _Form:
        is_opposite = bool(self.settings["opposite"]) and ballot % 2 == 0
        return _Form(is_opposite, bool(self.settings["evidence"]))


def _read(
    prompt: Prompt, reply: Reply, task: LabelTask, question: ChoiceQuestion | None, form: _Form
) -> _Part:
    part = _Part("ok", "", (), (), prompt, reply.text, reply.tokens_in, reply.tokens_out)
    said = None if reply.refused else refusal(reply.text)
    if reply.refused or said is not None:
        return replace(part, state="refused", reason=f"the model declined: {said or 'no reason'}")
    try:
        if question is None:
            return _with_spans(part, task)
        return _supported(_with_answer(part, question, form), task, form)
    except ReplyError as error:
        return replace(part, state="unparseable", reason=str(error))


def _with_spans(part: _Part, task: LabelTask) -> _Part:
    claimed = quotes(part.raw)
    allowed = {label.key for label in task.labels}
    unknown = sorted({quote.label for quote in claimed} - allowed)
    found = ground([quote for quote in claimed if quote.label in allowed], task.fields)
    troubles = list(found.troubles)
    if unknown:
        named = ", ".join(repr(label[:40]) for label in unknown[:5])
        troubles.append(("unsupported", f"no label of this project: {named}"))
    state: State = min((kind for kind, _ in troubles), key=_WORST.index, default="ok")
    reason = "; ".join(cause for _, cause in troubles[:5])
    return replace(part, state=state, reason=reason, spans=found.spans)


def _supported(part: _Part, task: LabelTask, form: _Form) -> _Part:
    """The part, unless it should rest on words of the text and does not."""
    if not form.evidence or part.state != "ok":
        return part
    quote = evidence(part.raw)
    if any(occurrences(quote, text) for text in task.fields.values()):
        return part
    reason = f"the evidence {quote[:60]!r} is not in the text"
    return replace(part, state="unsupported", reason=reason, answers=())


def _with_answer(part: _Part, question: ChoiceQuestion, form: _Form) -> _Part:
    given = choice(part.raw, question)
    keys = {option.key: None for option in question.options}
    unknown = [one for one in given if one not in keys]
    if unknown:
        reason = f"{question.key}: no option {unknown[0][:60]!r}"
        return replace(part, state="unsupported", reason=reason)
    if form.opposite:
        given = [key for key in keys if key not in given]
    if question.kind == "choice" and len(given) != 1:
        state: State = "ambiguous" if given else "unparseable"
        return replace(
            part, state=state, reason=f"{question.key}: {len(given)} answers instead of one"
        )
    value: Any = given[0] if question.kind == "choice" else sorted(given)
    return replace(part, answers=(Answer(question.key, question.target, value),))


def _joined(parts: Sequence[_Part], task: LabelTask, seed: int) -> Labelled:
    """The result of a task from those of its prompts."""
    if not parts:
        return Labelled("unsupported", reason="there is nothing to ask about this rendition")
    state = min((part.state for part in parts), key=_WORST.index)
    spans = tuple(span for part in parts for span in part.spans)
    answers = tuple(answer for part in parts for answer in part.answers)
    understood = state == "ok" or bool(spans or answers)
    several = len(parts) > 1
    names = (["spans"] if task.labels else []) + [question.key for question in task.questions]
    order = tuple(
        f"{name}:{option}" if several else option
        for name, part in zip(names, parts, strict=True)
        for option in part.prompt.option_order
    )
    messages = [message for part in parts for message in part.prompt.messages]
    return Labelled(
        state=state,
        reading=Reading(answers, spans) if understood else None,
        reason="; ".join(part.reason for part in parts if part.reason),
        raw_reply="\n\n".join(part.raw for part in parts),
        prompt_hash=prompt_hash(messages),
        option_order=order,
        seed=seed,
        tokens_in=sum(part.tokens_in for part in parts),
        tokens_out=sum(part.tokens_out for part in parts),
    )


def _shift(key: str) -> int:
    """A number of the item's own, so that over the items, too, each option comes first as often."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest(), "big")
