"""What goes into a labeller and what comes out, whichever method stands behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from annotate.prompts import ChoiceQuestion, LabelChoice
from annotate.readings import Reading

State = Literal["ok", "refused", "unparseable", "ambiguous", "unsupported"]


class FitError(ValueError):
    """The examples cannot be learnt from; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled rendition to learn from: texts by field name and the reading that counts as right."""

    key: str
    language: str
    fields: Mapping[str, str]
    reading: Reading


@dataclass(frozen=True, slots=True)
class LabelTask:
    """A rendition to be labelled: its labelled fields by name, and what may be said about them.

    ``key`` is the item's external id, which decides the fold. Without ``labels`` no spans are asked
    for, without ``questions`` no choices. ``shots`` are decided texts that a language model is shown.
    """

    key: str
    language: str
    fields: Mapping[str, str]
    labels: tuple[LabelChoice, ...] = ()
    questions: tuple[ChoiceQuestion, ...] = ()
    shots: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Labelled:
    """How one try at a task ended: a state, a reading where there is one, and how it came about.

    Only ``ok`` is a vote; in any other state ``reading`` holds what could be understood, if anything,
    and ``reason`` says in words what was wrong. Token counts are those the backend reported.
    """

    state: State
    reading: Reading | None = None
    reason: str = ""
    raw_reply: str = ""
    prompt_hash: str = ""
    option_order: tuple[str, ...] | None = None
    seed: int | None = None
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class FittedLabeller:
    """Learnt parameters as one safetensors file, and how well they did on held-back examples."""

    artifact: bytes
    metrics: Mapping[str, Any] = field(default_factory=dict)
    fitted_on: int = 0


class Labeller(Protocol):
    """Anything that labels; ``ballot`` counts from 1 and changes nothing in a deterministic one."""

    def label(self, tasks: Sequence[LabelTask], *, ballot: int = 1) -> list[Labelled]:
        """One result per task, in order. Raises BackendBusy when the work should be tried later."""
        ...


def unanswerable(task: LabelTask) -> Labelled | None:
    """The ``unsupported`` result for a task that a span labeller cannot do, or None if it can."""
    if task.labels and not task.questions:
        return None
    missing = "choice questions" if task.questions else "a task without span labels"
    return Labelled("unsupported", reason=f"this labeller marks spans only and cannot do {missing}")


def settled(defaults: Mapping[str, Any], settings: Mapping[str, Any] | None) -> dict[str, Any]:
    """The defaults under the settings; a setting left empty (None or "") is not one."""
    given = {name: value for name, value in (settings or {}).items() if value not in (None, "")}
    return {**defaults, **given}
