"""Seq2seq: translates with a model on this machine (NLLB, M2M-100, mBART-50, OPUS-MT)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.backends.base import BackendRefused
from pipeline.backends.transformers_models import Seq2Seq, Source, translator
from pipeline.translate.checks import flags, usual_ratio
from pipeline.translate.contract import Translated
from pipeline.translate.languages import names


class Seq2SeqTranslator:
    """Translates with one local model; ``beams`` and ``batch`` trade time for quality and memory."""

    def __init__(self, source: Source, *, beams: int = 4, batch: int = 8) -> None:
        self._source, self._beams, self._batch = source, beams, batch

    def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[Translated]:
        """One result per text; empty texts stay empty. Raises BackendRefused for unknown languages."""
        model = translator(self._source)
        frame = framing(model, self._source.name, source, target)
        wanted = [text for text in texts if text.strip()]
        made = iter(
            model.generate(
                [frame.prefix + text for text in wanted], first=frame.first,
                begin_with=frame.begin_with,
                beams=self._beams, batch=self._batch,
            )
        )  # fmt: skip
        rows = [(text, *(next(made) if text.strip() else ("", 0, 0))) for text in texts]
        ratio = usual_ratio([(text, reply) for text, reply, _, _ in rows])
        return [
            Translated("ok", reply, reply, read, written, flags(text, reply, ratio=ratio))
            if reply
            else Translated("empty", "", "", read, written)
            for text, reply, read, written in rows
        ]


@dataclass(frozen=True, slots=True)
class Frame:
    """How a model is told the languages: token before the input, token the output starts with, text
    before the input.
    """

    first: int | None = None
    begin_with: int | None = None
    prefix: str = ""


def framing(model: Seq2Seq, name: str, source: str, target: str) -> Frame:
    """How the model called ``name`` is told a pair of BCP-47 tags.

    Raises BackendRefused for a language that it does not know.
    """
    theirs = [known for known in names(target) if model.number_of(known) is not None]
    ours = [known for known in names(source) if model.number_of(known) is not None]
    spoken = [known for known in theirs if not known.startswith(">>")]
    if spoken:
        said = [known for known in ours if not known.startswith(">>")]
        if not said:
            raise BackendRefused(f"{name} does not know the language {source}")
        return Frame(model.number_of(said[0]), model.number_of(spoken[0]))
    if theirs:
        return Frame(prefix=f"{theirs[0]} ")
    if any(
        model.number_of(known) is not None for tag in ("en", "fr", "es") for known in names(tag)
    ):
        raise BackendRefused(f"{name} does not know the language {target}")
    # A model without language tokens serves one pair; which one only its owner can say.
    return Frame()
