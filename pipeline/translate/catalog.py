"""The translators there are: what each is called, what it runs on, and how to get one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.backends.base import Chat
from pipeline.translate.contract import Translator
from pipeline.translate.protected import SelectiveTranslator


@dataclass(frozen=True, slots=True)
class Entry:
    """A translation method, and whether it asks a chat backend or runs a model on this machine."""

    name: str
    title: str
    asks: bool


TRANSLATORS: Mapping[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry("seq2seq", "Translation model on this machine (NLLB, M2M-100, OPUS-MT)", False),
        Entry("apertium", "The program Apertium on this machine, where it is installed", False),
        Entry("llm", "Language model behind an OpenAI-compatible API", True),
    )
}


def entry(name: str) -> Entry:
    """The entry of this name. Raises KeyError that lists the names there are."""
    if name not in TRANSLATORS:
        raise KeyError(f"no translator {name!r}; there are {', '.join(TRANSLATORS)}")
    return TRANSLATORS[name]


def asking(backend: Chat, settings: Mapping[str, Any] | None = None) -> Translator:
    """The translator that asks ``backend``. Settings: ``parallel``, ``guidelines``, ``protected``."""
    from pipeline.translate.llm import LlmTranslator

    chosen = settings or {}
    made = LlmTranslator(
        backend,
        parallel=int(chosen.get("parallel", 4)),
        guidelines=str(chosen.get("guidelines", "")),
    )
    return SelectiveTranslator(made, _terms(chosen))


def program(settings: Mapping[str, Any] | None = None) -> Translator:
    """The translator that runs the program Apertium. Settings: ``mode``, ``protected``."""
    from pipeline.translate.apertium import ApertiumTranslator

    chosen = settings or {}
    return SelectiveTranslator(ApertiumTranslator(str(chosen.get("mode") or "")), _terms(chosen))


def running(settings: Mapping[str, Any], *, fetch: bool = False) -> Translator:
    """The translator that runs a local model; the web process must not call its ``translate``.

    Settings: ``model`` (folder or hub name), ``revision`` (commit), ``device``, ``precision``,
    ``beams``, ``batch``, ``protected``.
    ``fetch`` allows downloading, with a pinned revision only. Raises KeyError without a model.
    """
    from pipeline.backends.transformers_models import Source
    from pipeline.translate.seq2seq import Seq2SeqTranslator

    if not settings.get("model"):
        raise KeyError("the translator needs a setting 'model': a folder or a name on the hub")
    source = Source(
        str(settings["model"]),
        str(settings.get("revision", "")),
        fetch,
        str(settings.get("device", "")),
        str(settings.get("precision", "")),
    )
    made = Seq2SeqTranslator(
        source, beams=int(settings.get("beams", 4)), batch=int(settings.get("batch", 8))
    )
    return SelectiveTranslator(made, _terms(settings))


def _terms(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The words that stay as they are: the setting ``protected``, parted by commas or lines."""
    words = re.split(r"[,\n]", str(settings.get("protected", "")))
    return tuple(word.strip() for word in words if word.strip())
