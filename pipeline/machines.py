"""From an annotator's row to a working machine: artifacts loaded, secrets read at the time of use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage

from annotate.actions.versions import make_version
from annotate.models import Annotator, AnnotatorVersion, Label, Project, Question, Run
from annotate.prompts import ChoiceQuestion, LabelChoice
from pipeline.backends.base import BackendRefused, Chat
from pipeline.backends.metered import MeteredChat
from pipeline.backends.openai_chat import ChatBackend
from pipeline.label import catalog as labellers
from pipeline.label import judge as judges
from pipeline.label.contract import Labeller
from pipeline.label.judge import Judge
from pipeline.label.modelled import local_chat
from pipeline.metering import Meter
from pipeline.projection import catalog as projectors
from pipeline.projection import modelled
from pipeline.projection.answers import AnswersProjector
from pipeline.projection.contract import Projector
from pipeline.translate import catalog as translators

FITTED_LABELLERS = frozenset(name for name, entry in labellers.LABELLERS.items() if entry.fitted)
FITTED_PROJECTORS = frozenset(projectors.FITTED)
CHAT_SETTINGS = ("timeout", "max_tokens", "temperature", "seed", "structured")


def current_version(annotator: Annotator) -> AnnotatorVersion:
    """The version of an annotator that is not fitted: made anew when its settings changed."""
    return make_version(annotator)


def ensure_versions(project: Project) -> None:
    """See that each annotator which needs no fit has a version of its present settings."""
    for annotator in Annotator.objects.filter(project=project, is_enabled=True):
        kind, backend = annotator.kind, annotator.backend
        fitted = (kind == "labeller" and backend in FITTED_LABELLERS) or (
            kind == "projector" and backend in projectors.FITTED
        )
        if kind in ("labeller", "projector", "translator", "judge") and not fitted:
            make_version(annotator)


def queue_of(run: Run) -> str:
    """Where a run's batches go: model servers to ``llm``, local models to ``gpu``."""
    backend = run.annotator.backend if run.annotator else ""
    if backend in modelled.RUNNING or backend in labellers.RUNNING:
        return "gpu"
    return {"llm": "llm", "seq2seq": "gpu"}.get(backend, "default")


def secret(reference: str) -> str:
    """What a reference (``env:NAME`` or ``file:PATH``) leads to, read now and kept nowhere.

    Raises BackendRefused naming the reference, never the secret.
    """
    if not reference:
        return ""
    kind, _, name = reference.partition(":")
    if kind == "env" and os.environ.get(name):
        return os.environ[name]
    if kind == "file" and Path(name).is_file():
        return Path(name).read_text(encoding="utf-8").strip()
    raise BackendRefused(f"The secret {reference!r} is not set on the worker's machine.")


def chat(version: AnnotatorVersion) -> Any:
    """The endpoint that a version's settings name, its calls counted and held to all limits."""
    chosen = version.settings
    if not chosen.get("base_url") or not chosen.get("model"):
        raise BackendRefused(f"{version.annotator.name} needs a base_url and a model.")
    options: Mapping[str, Any] = {
        key: chosen[key] for key in CHAT_SETTINGS if chosen.get(key) not in (None, "")
    }
    backend = ChatBackend(
        chosen["base_url"],
        chosen["model"],
        secret(version.annotator.secret_reference),
        allow=settings.ENDPOINT_ALLOW,
        tries=1,
        **options,
    )
    # A call is taken for lost when a whole request and what is done around it cannot take longer.
    meter = Meter(version, backend.host, seconds=float(chosen.get("timeout") or 60.0) + 60.0)
    return MeteredChat(backend, meter, max_tokens=int(chosen.get("max_tokens") or 1024))


def labeller(version: AnnotatorVersion) -> Labeller:
    """The labeller of a version; fitted ones are kept loaded."""
    if version.annotator.backend in FITTED_LABELLERS:
        return _fitted_labeller(version.annotator.backend, version.artifact.name)
    if version.annotator.backend in labellers.RUNNING:
        fetch = settings.MODEL_DOWNLOADS
        return labellers.running(version.annotator.backend, version.settings, fetch=fetch)
    return labellers.asking(version.annotator.backend, chat(version), version.settings)


def judge(version: AnnotatorVersion) -> Judge:
    """The judge of a version: a language model behind an endpoint or on this machine."""
    if version.annotator.backend == "generation":
        backend: Chat = local_chat(version.settings, fetch=settings.MODEL_DOWNLOADS)
    else:
        backend = chat(version)
    return judges.asking(backend, version.settings)


@lru_cache(maxsize=16)
def _fitted_labeller(backend: str, name: str) -> Labeller:
    return labellers.load(backend, _artifact(name))


def projector(version: AnnotatorVersion, source: str, target: str) -> Projector:
    """The projector of a version for a language pair; fitted ones and models are kept loaded.

    One of no known method carries answers only. Raises BackendRefused for settings that will not do.
    """
    backend = version.annotator.backend
    if backend in projectors.FITTED:
        return _fitted_projector(version.artifact.name)
    if backend in modelled.ASKING:
        return modelled.asking(chat(version), version.settings, source=source, target=target)
    if backend in modelled.RUNNING:
        fetch = settings.MODEL_DOWNLOADS
        return modelled.running(
            backend, version.settings, source=source, target=target, fetch=fetch
        )
    return AnswersProjector()


@lru_cache(maxsize=16)
def _fitted_projector(name: str) -> Projector:
    return projectors.restore(_artifact(name))


def translator(version: AnnotatorVersion) -> Any:
    """The translator of a version."""
    backend = version.annotator.backend
    if backend == "llm":
        return translators.asking(chat(version), version.settings)
    if backend == "apertium":
        return translators.program(version.settings)
    return translators.running(version.settings, fetch=settings.MODEL_DOWNLOADS)


def _artifact(name: str) -> bytes:
    with default_storage.open(name) as stored:
        return bytes(stored.read())


def label_choices(project: Project, language: str) -> tuple[LabelChoice, ...]:
    """The span labels as a prompt lists them, when spans are asked for."""
    if not Question.objects.filter(project=project, kind=Question.Kind.SPANS).exists():
        return ()
    return tuple(
        LabelChoice(label.key, label.name_in(language), label.definition)
        for label in Label.objects.filter(project=project, kind=Label.Kind.SPAN)
    )


def question_choices(project: Project, language: str) -> tuple[ChoiceQuestion, ...]:
    """The choice questions about a rendition as a prompt asks them."""
    rows = Question.objects.filter(
        project=project, kind=Question.Kind.CHOICE, scope=Question.Scope.RENDITION
    )
    return tuple(
        ChoiceQuestion(
            row.key,
            row.wording_in(language),
            tuple(
                LabelChoice(option["key"], option_wording(option, language))
                for option in row.options
            ),
        )
        for row in rows
    )


def option_wording(option: Mapping[str, Any], language: str) -> str:
    """What an option says in a language, else in English, else its key."""
    wording = option.get("wording") or {}
    if isinstance(wording, str):
        return wording
    return str(wording.get(language) or wording.get("en") or option["key"])
