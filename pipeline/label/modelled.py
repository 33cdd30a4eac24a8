"""The labellers that run a transformers model on the worker's machine.

Models are any hub name or folder that the transformers library reads: safetensors weights only, no
code of their own, nothing fetched unless the caller allows it and names a commit. ``tokens`` marks
spans with a token classifier, ``texts`` answers questions with a text classifier, ``zero_shot`` with a
model of natural language inference (Yin, Hay and Roth 2019), ``generation`` asks a generating model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annotate.prompts import ChoiceQuestion, LabelChoice
from annotate.readings import Answer, Reading
from annotate.spans import Span
from pipeline.backends.base import BackendRefused
from pipeline.label.contract import Labelled, Labeller, LabelTask, unanswerable

if TYPE_CHECKING:
    from pipeline.backends.base import Chat
    from pipeline.backends.classifiers import TextClassifier, TokenClassifier
    from pipeline.backends.transformers_models import Source

RUNNING: tuple[str, ...] = ("tokens", "texts", "zero_shot", "generation")
HYPOTHESIS = "This text is about {}."
Floats = NDArray[np.float64]


def running(name: str, settings: Mapping[str, Any], *, fetch: bool = False) -> Labeller:
    """The labeller of this name on a local model.

    Settings of all: ``model`` (folder or hub name), ``revision`` (commit), ``device``, ``precision``,
    ``batch``. ``tokens`` and ``texts``: ``label_map`` (``theirs=ours``, parted by commas or lines).
    ``zero_shot``: ``hypothesis``, with ``{}`` for an option's name. ``generation``: ``max_tokens``,
    ``temperature``, ``seed``, ``guidelines``. ``fetch`` allows downloading, with a pinned revision only.
    Raises BackendRefused or BackendBroken for settings or a model that will not do.
    """
    source, size = _source(settings, fetch), int(settings.get("batch") or 16)
    if name == "generation":
        from pipeline.label.llm import asking

        return asking(local_chat(settings, fetch=fetch), settings)
    from pipeline.backends.classifiers import text_classifier, token_classifier

    names = renamed(str(settings.get("label_map") or ""))
    if name == "tokens":
        return TokenLabeller(token_classifier(source), names, size)
    if name == "texts":
        return TextLabeller(text_classifier(source), names, size)
    if name == "zero_shot":
        template = str(settings.get("hypothesis") or HYPOTHESIS)
        if template.count("{}") != 1:
            raise BackendRefused(f"the hypothesis needs {{}} once, for the option: {template!r}")
        return ZeroShotLabeller(text_classifier(source), template, size)
    raise BackendRefused(f"unknown labeller {name!r}; use one of {', '.join(RUNNING)}")


def _source(settings: Mapping[str, Any], fetch: bool) -> Source:
    from pipeline.backends.transformers_models import Source

    if not settings.get("model"):
        raise BackendRefused("the labeller needs a setting 'model': a folder or a name on the hub")
    return Source(
        str(settings["model"]), str(settings.get("revision") or ""), fetch,
        str(settings.get("device") or ""), str(settings.get("precision") or ""),
    )  # fmt: skip


def local_chat(settings: Mapping[str, Any], *, fetch: bool = False) -> Chat:
    """The generating model that settings name, in place of a model server."""
    from pipeline.backends.generators import LocalChat

    return LocalChat(
        _source(settings, fetch), max_tokens=int(settings.get("max_tokens") or 512),
        temperature=float(settings.get("temperature") or 0.0),
        batch=int(settings.get("batch") or 8),
    )  # fmt: skip


def renamed(text: str) -> dict[str, str]:
    """What a model calls a label, in lower case, and what the project calls it.

    Raises BackendRefused for a part that is no ``theirs=ours``.

    >>> renamed("PERSON=PER, location = LOC")
    {'person': 'PER', 'location': 'LOC'}
    """
    found: dict[str, str] = {}
    for part in filter(str.strip, re.split(r"[,\n]", text)):
        theirs, is_pair, ours = (piece.strip() for piece in part.partition("="))
        if not is_pair or not theirs or not ours:
            raise BackendRefused(f"the names of labels: {part.strip()!r} is not theirs=ours")
        found[theirs.casefold()] = ours
    return found


def matched(
    theirs: Sequence[str], ours: Sequence[LabelChoice], names: Mapping[str, str]
) -> dict[str, str]:
    """Of a model's labels those that the project has, by key or name, whatever their case."""
    keys = {choice.name.casefold(): choice.key for choice in ours if choice.name}
    keys |= {choice.key.casefold(): choice.key for choice in ours}
    found = {name: names.get(name.casefold(), name).casefold() for name in theirs}
    return {name: keys[wanted] for name, wanted in found.items() if wanted in keys}


@dataclass(frozen=True, slots=True)
class TokenLabeller:
    """Marks what a token classifier finds; ``names`` are its labels' names here."""

    model: TokenClassifier
    names: Mapping[str, str]
    batch: int = 16

    def label(self, tasks: Sequence[LabelTask], *, ballot: int = 1) -> list[Labelled]:
        """One result per task. Raises BackendRefused where no label of the model is the project's."""
        able = [task for task in tasks if unanswerable(task) is None]
        known = {labels: self._known(labels) for labels in {task.labels for task in able}}
        places = [(at, name) for at, task in enumerate(able) for name in task.fields]
        found = self.model.find([able[at].fields[name] for at, name in places], batch=self.batch)
        spans: list[list[Span]] = [[] for _ in able]
        for (at, name), own in zip(places, found, strict=True):
            ours = known[able[at].labels]
            for one in own:
                if one.label in ours:
                    surface = able[at].fields[name][one.start : one.end]
                    spans[at].append(
                        Span(ours[one.label], one.start, one.end, name, surface,
                             key=f"s{len(spans[at]) + 1}", method="tokens", score=one.score)
                    )  # fmt: skip
        results = iter(Labelled("ok", Reading(spans=tuple(own))) for own in spans)
        return [unanswerable(task) or next(results) for task in tasks]

    def _known(self, labels: tuple[LabelChoice, ...]) -> dict[str, str]:
        theirs = sorted(self.model.labels)
        known = matched(theirs, labels, self.names)
        if not known:
            ours = ", ".join(label.key for label in labels)
            raise BackendRefused(
                f"the model marks {', '.join(theirs)}, the project {ours}: say which is which in "
                "the names of labels"
            )
        return known


@dataclass(frozen=True, slots=True)
class _Said:
    """The chosen options, each option's share, and why there is no answer, if there is none."""

    chosen: tuple[str, ...]
    shares: Mapping[str, float]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class TextLabeller:
    """Answers with a text classifier whose labels are the options of a question."""

    model: TextClassifier
    names: Mapping[str, str]
    batch: int = 16

    def label(self, tasks: Sequence[LabelTask], *, ballot: int = 1) -> list[Labelled]:
        """One result per task; the shares of the options stand in ``raw_reply``, as JSON."""
        return _all_answered(tasks, self._answers)

    def _answers(self, texts: Sequence[str], questions: Sequence[ChoiceQuestion]) -> list[_Said]:
        """The likeliest label, or where several may hold, all that are likelier than not."""
        logits = self.model.logits(texts, batch=self.batch)
        shares = _sigmoid(logits) if self.model.is_multi else _softmax(logits)
        return [self._said(own, question) for own, question in zip(shares, questions, strict=True)]

    def _said(self, own: Floats, question: ChoiceQuestion) -> _Said:
        known = matched(self.model.labels, question.options, self.names)
        if not known:
            return _Said((), {}, f"the model tells {', '.join(self.model.labels)}, no option here")
        best = self.model.labels[int(own.argmax())]
        shares = {known[name]: float(own[at])
                  for at, name in enumerate(self.model.labels) if name in known}  # fmt: skip
        if question.kind == "choices":
            return _Said(tuple(key for key, share in shares.items() if share > 0.5), shares)
        if best not in known:
            return _Said((), shares, f"the model says {best!r}, which is no option")
        return _Said((known[best],), shares)


@dataclass(frozen=True, slots=True)
class ZeroShotLabeller:
    """Answers by which option's hypothesis follows from the text; a call per text and option."""

    model: TextClassifier
    hypothesis: str = HYPOTHESIS
    batch: int = 16

    def label(self, tasks: Sequence[LabelTask], *, ballot: int = 1) -> list[Labelled]:
        """One result per task; the shares of the options stand in ``raw_reply``, as JSON."""
        return _all_answered(tasks, self._answers)

    def _answers(self, texts: Sequence[str], questions: Sequence[ChoiceQuestion]) -> list[_Said]:
        """Of a choice the option that follows most, of choices each that follows rather than not."""
        follows, against = self.model.entailment()
        rows = [
            (text, self.hypothesis.replace("{}", option.name or option.key))
            for text, question in zip(texts, questions, strict=True)
            for option in question.options
        ]
        logits = self.model.logits([a for a, _ in rows], [b for _, b in rows], batch=self.batch)
        found: list[_Said] = []
        at = 0
        for question in questions:
            own = logits[at : at + len(question.options)]
            at += len(question.options)
            keys = [option.key for option in question.options]
            if question.kind == "choices":
                shares = _softmax(own[:, [against, follows]])[:, 1]
                chosen = tuple(k for k, share in zip(keys, shares, strict=True) if share > 0.5)
            else:
                shares = _softmax(own[:, follows][None, :])[0]
                chosen = (keys[int(shares.argmax())],)
            found.append(_Said(chosen, dict(zip(keys, map(float, shares), strict=True))))
        return found


def _all_answered(
    tasks: Sequence[LabelTask],
    answers: Callable[[Sequence[str], Sequence[ChoiceQuestion]], list[_Said]],
) -> list[Labelled]:
    """All questions of all tasks put to ``answers`` at once, each with its task's text."""
    asked = [(at, q) for at, task in enumerate(tasks) for q in task.questions if not task.labels]
    texts = ["\n".join(tasks[at].fields.values()) for at, _ in asked]
    given: dict[int, list[tuple[ChoiceQuestion, _Said]]] = {at: [] for at in range(len(tasks))}
    for (at, question), said in zip(asked, answers(texts, [q for _, q in asked]), strict=True):
        given[at].append((question, said))
    return [_answered(task, given[at]) for at, task in enumerate(tasks)]


def _answered(task: LabelTask, given: Sequence[tuple[ChoiceQuestion, _Said]]) -> Labelled:
    if task.labels or not task.questions:
        missing = "marks" if task.labels else "a task without choice questions"
        return Labelled("unsupported", reason=f"this labeller answers only and cannot do {missing}")
    answers = tuple(
        Answer(question.key, question.target,
               said.chosen[0] if question.kind == "choice" else sorted(said.chosen))
        for question, said in given if not said.fault
    )  # fmt: skip
    faults = [f"{question.key}: {said.fault}" for question, said in given if said.fault]
    shares = {q.key: {key: round(share, 4) for key, share in said.shares.items()}
              for q, said in given}  # fmt: skip
    return Labelled(
        "unsupported" if faults else "ok", Reading(answers) if answers else None, "; ".join(faults),
        json.dumps(shares, ensure_ascii=False),
    )  # fmt: skip


def _softmax(logits: Floats) -> Floats:
    grown = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=-1, keepdims=True))


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-logits)))
