"""The labellers there are: what each is called, what it needs, and how to get one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipeline.label.contract import Example, FittedLabeller, Labeller

if TYPE_CHECKING:
    from pipeline.backends.openai_chat import ChatBackend


@dataclass(frozen=True, slots=True)
class Entry:
    """A labelling method: its module, and whether it is fitted on data or asks a backend."""

    name: str
    module: str
    title: str
    fitted: bool


# Those that run a transformers model of their own.
RUNNING = ("tokens", "texts", "zero_shot", "generation")
LABELLERS: Mapping[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry("gazetteer", "pipeline.label.gazetteer", "Names the labelled data already has", True),
        Entry(
            "classifier", "pipeline.label.classifier", "Small network trained on this data", True
        ),
        *(
            Entry(name, "pipeline.label.modelled", title, False)
            for name, title in (
                ("tokens", "Token classifier run by a worker"),
                ("texts", "Text classifier run by a worker"),
                ("zero_shot", "Inference model run by a worker, without training"),
                ("generation", "Language model run by a worker"),
            )
        ),
        Entry("llm", "pipeline.label.llm", "Language model behind an OpenAI-compatible API", False),
    )
}


def entry(name: str) -> Entry:
    """The entry of this name. Raises KeyError that lists the names there are."""
    if name not in LABELLERS:
        raise KeyError(f"no labeller {name!r}; there are {', '.join(LABELLERS)}")
    return LABELLERS[name]


def fit(
    name: str, examples: Sequence[Example], settings: Mapping[str, Any] | None = None
) -> FittedLabeller:
    """Fit the labeller of this name. Raises FitError (data), KeyError (name), TypeError (not fitted)."""
    found = entry(name)
    if not found.fitted:
        raise TypeError(f"labeller {name!r} is not fitted on data")
    made: FittedLabeller = import_module(found.module).fit(examples, settings)
    return made


def load(name: str, artifact: bytes) -> Labeller:
    """The fitted labeller from its artifact. Raises ArtifactError, KeyError or TypeError."""
    found = entry(name)
    if not found.fitted:
        raise TypeError(f"labeller {name!r} has no artifact; use asking()")
    labeller: Labeller = import_module(found.module).load(artifact)
    return labeller


def asking(name: str, backend: ChatBackend, settings: Mapping[str, Any] | None = None) -> Labeller:
    """The labeller of this name that asks ``backend``. Raises KeyError or TypeError."""
    found = entry(name)
    if found.fitted:
        raise TypeError(f"labeller {name!r} asks no backend; use load()")
    labeller: Labeller = import_module(found.module).asking(backend, settings or {})
    return labeller


def running(name: str, settings: Mapping[str, Any], *, fetch: bool = False) -> Labeller:
    """The labeller of this name on a local model. Raises BackendRefused or BackendBroken."""
    from pipeline.label import modelled

    return modelled.running(name, settings, fetch=fetch)
