"""Judge: a language model that rates what a text is labelled with, or the text, on a project's scale.

It writes feedback before the level (Kim et al. 2024, Prometheus; CIA, arXiv 2410.13394). It never
votes: what it says is set against people's ratings of the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from annotate.prompts import Prompt, Scale, judge_prompt, prompt_hash
from annotate.readings import Answer, Reading
from pipeline.backends.base import Asked, BatchChat, Chat, Reply
from pipeline.label.contract import Labelled, State
from pipeline.label.replies import ReplyError, refusal, values

# Where the model may be: behind an address, or on a worker.
BACKENDS = ("llm", "generation")
# When ratings of a text end differently, it ends as the first of these that occurred.
_WORST: tuple[State, ...] = ("refused", "unparseable", "ok")


@dataclass(frozen=True, slots=True)
class RatingTask:
    """A rendition to be rated: its texts and its source's by field name, and what was put on it.

    ``inputs`` are texts that belong to the item, such as a criterion or a reference answer.
    """

    key: str
    language: str
    fields: Mapping[str, str]
    scales: tuple[Scale, ...]
    reading: Reading = field(default_factory=Reading)
    source: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judge:
    """Rates with one prompt per scale; ``parallel`` requests run at once."""

    backend: Chat
    seed: int = 1
    parallel: int = 4
    guidelines: str = ""

    def rate(self, tasks: Sequence[RatingTask]) -> list[Labelled]:
        """One result per task; a reply that is no good is a state, never an exception.

        Raises BackendBusy, BackendRefused or BackendBroken where there was no reply at all.
        """
        prompts = [[self._prompt(task, scale) for scale in task.scales] for task in tasks]
        asked = [Asked(p.messages, p.schema, self.seed) for own in prompts for p in own]
        replies = iter(self._replies(asked))
        return [
            _rated(task, own, [next(replies) for _ in own], self.seed)
            for task, own in zip(tasks, prompts, strict=True)
        ]

    def _replies(self, asked: Sequence[Asked]) -> list[Reply]:
        if isinstance(self.backend, BatchChat):
            return self.backend.complete_all(asked)
        with ThreadPoolExecutor(max(1, self.parallel), thread_name_prefix="judge") as pool:
            return list(
                pool.map(
                    lambda one: self.backend.complete(
                        one.messages, schema=one.schema, seed=one.seed
                    ),
                    asked,
                )
            )

    def _prompt(self, task: RatingTask, scale: Scale) -> Prompt:
        labels = described(task.reading) if scale.target == "basis" else None
        return judge_prompt(
            task.fields, scale, language=task.language, labels=labels, source=task.source,
            inputs=task.inputs, guidelines=self.guidelines,
        )  # fmt: skip


def described(reading: Reading) -> str:
    """A reading as a judge is shown it: a line for each span, relation and answer."""
    surfaces = {span.key: span.surface for span in reading.spans}
    lines = [f"{span.label}: {span.surface or '(missing)'}" for span in reading.voted()]
    lines += [
        f"{surfaces.get(r.head, r.head)} - {r.label} - {surfaces.get(r.tail, r.tail)}"
        for r in reading.relations
    ]
    lines += [f"{answer.question}: {answer.value}" for answer in reading.answers]
    return "\n".join(lines) or "nothing is labelled"


def level(reply: str, scale: Scale) -> float:
    """The level that a reply gives. Raises ReplyError where there is none, or none of the scale."""
    for value in values(reply):
        if not isinstance(value, dict) or "answer" not in value:
            continue
        try:
            given = float(value["answer"])
        except (TypeError, ValueError):
            break
        if isinstance(value["answer"], bool) or not math.isfinite(given):
            break
        if given in scale.levels if scale.levels else scale.low <= given <= scale.high:
            return int(given) if given.is_integer() else given
        raise ReplyError(f"{scale.key}: {value['answer']!r} is no level of the scale")
    raise ReplyError(f'{scale.key}: the reply holds no JSON object with a level as "answer"')


def _rated(
    task: RatingTask, prompts: Sequence[Prompt], replies: Sequence[Reply], seed: int
) -> Labelled:
    if not task.scales:
        return Labelled("unsupported", reason="there is nothing to rate this rendition by")
    states: list[State] = []
    reasons: list[str] = []
    answers: list[Answer] = []
    for scale, reply in zip(task.scales, replies, strict=True):
        said = None if reply.refused else refusal(reply.text)
        if reply.refused or said is not None:
            states.append("refused")
            reasons.append(f"{scale.key}: the model declined: {said or 'no reason'}")
            continue
        try:
            answers.append(Answer(scale.key, scale.target, level(reply.text, scale)))
            states.append("ok")
        except ReplyError as error:
            states.append("unparseable")
            reasons.append(str(error))
    messages = [message for prompt in prompts for message in prompt.messages]
    return Labelled(
        min(states, key=_WORST.index), Reading(tuple(answers)) if answers else None,
        "; ".join(reasons), "\n\n".join(reply.text for reply in replies), prompt_hash(messages),
        None, seed, sum(r.tokens_in for r in replies), sum(r.tokens_out for r in replies),
    )  # fmt: skip


def asking(backend: Chat, settings: Mapping[str, Any]) -> Judge:
    """The judge that asks ``backend``. Settings: ``seed``, ``parallel``, ``guidelines``."""
    return Judge(
        backend, int(settings.get("seed") or 1), int(settings.get("parallel") or 4),
        str(settings.get("guidelines") or ""),
    )  # fmt: skip
