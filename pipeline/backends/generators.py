"""Generators: chat with a language model on this machine, many prompts at a time."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pipeline.backends.base import Asked, Reply
from pipeline.backends.transformers_models import TRANSLATORS, Source, loaded

DECODERS = frozenset(
    ("bloom", "cohere", "cohere2", "falcon", "gemma", "gemma2", "gemma3_text", "gpt2", "gpt_neox",
     "granite", "llama", "mistral", "mixtral", "olmo2", "olmo3", "phi", "phi3", "qwen2", "qwen3",
     "smollm3")
)  # fmt: skip
# Text-to-text models that follow instructions; the others of their kind only translate.
INSTRUCTED = TRANSLATORS & {"t5", "mt5", "umt5"}
_MOST_READ = 8192


@cache
def generator(source: Source) -> Generator:
    """The generating model. Raises BackendRefused or BackendBroken."""
    from transformers import AutoModelForCausalLM

    return Generator(*loaded(source, AutoModelForCausalLM, DECODERS))


@cache
def instructed(source: Source) -> Generator:
    """The text-to-text model that follows instructions. Raises BackendRefused or BackendBroken."""
    from transformers import AutoModelForSeq2SeqLM

    return Generator(*loaded(source, AutoModelForSeq2SeqLM, INSTRUCTED))


class Generator:
    """A loaded model; one call runs at a time."""

    def __init__(self, model: Any, tokenizer: Any, device: str) -> None:
        self._model, self._tokenizer, self._device = model, tokenizer, device
        self._lock = threading.Lock()
        self._is_decoder = not model.config.is_encoder_decoder
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token

    def framed(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """The tokens of a conversation, by the model's own template where it has one."""
        plain = [dict(message) for message in messages]
        if self._tokenizer.chat_template:
            text = self._tokenizer.apply_chat_template(
                plain, tokenize=False, add_generation_prompt=True
            )
            return list(self._tokenizer(text, add_special_tokens=False).input_ids)
        text = "\n\n".join(message["content"] for message in plain) + "\n"
        return list(self._tokenizer(text).input_ids)

    def room(self) -> int:
        """Tokens that a conversation and its reply may have together."""
        positions = getattr(self._model.config, "max_position_embeddings", None) or _MOST_READ
        return int(min(positions, self._tokenizer.model_max_length, _MOST_READ))

    def write(
        self, rows: Sequence[list[int]], *, most: int, temperature: float, seed: int
    ) -> list[tuple[str, int]]:
        """What follows each row, and how many tokens that was; ``temperature`` 0 takes the likeliest."""
        import torch

        options: dict[str, Any] = {"do_sample": False}
        if temperature > 0:
            options = {"do_sample": True, "temperature": temperature}
        with self._lock:
            inputs = self._tokenizer.pad(
                {"input_ids": list(rows)}, return_tensors="pt",
                padding_side="left" if self._is_decoder else "right",
            ).to(self._device)  # fmt: skip
            torch.manual_seed(seed)
            with torch.inference_mode():
                made = self._model.generate(
                    input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"],
                    max_new_tokens=most, pad_token_id=self._tokenizer.pad_token_id, **options,
                ).cpu()  # fmt: skip
        if self._is_decoder:
            made = made[:, inputs["input_ids"].shape[1] :]
        written = (made != self._tokenizer.pad_token_id).sum(dim=1).tolist()
        texts = self._tokenizer.batch_decode(made, skip_special_tokens=True)
        return [(text.strip(), int(count)) for text, count in zip(texts, written, strict=True)]


class LocalChat:
    """A model of this machine in place of a model server; prompts of like length are done together."""

    def __init__(
        self, source: Source, *, max_tokens: int = 512, temperature: float = 0.0, batch: int = 8
    ) -> None:
        self._source, self._most = source, max_tokens
        self._temperature, self._size = temperature, batch

    def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        schema: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> Reply:
        """One reply; no ``schema`` is enforced. Raises BackendRefused or BackendBroken."""
        return self.complete_all([Asked(messages, schema, seed)])[0]

    def complete_all(self, asked: Sequence[Asked]) -> list[Reply]:
        """A reply to each, in order. A conversation too long for the model is declined, not cut."""
        model = self._loaded()
        rows = [model.framed(one.messages) for one in asked]
        replies = {
            at: Reply(_too_long(len(row), model.room() - self._most), len(row))
            for at, row in enumerate(rows)
            if len(row) + self._most > model.room()
        }
        order = sorted(set(range(len(rows))) - set(replies), key=lambda at: (len(rows[at]), at))
        for start in range(0, len(order), self._size):
            some = order[start : start + self._size]
            made = model.write(
                [rows[at] for at in some], most=self._most, temperature=self._temperature,
                seed=asked[some[0]].seed or 0,
            )  # fmt: skip
            for at, (text, count) in zip(some, made, strict=True):
                replies[at] = Reply(text, len(rows[at]), count, model=self._source.name)
        return [replies[at] for at in range(len(rows))]

    def _loaded(self) -> Generator:
        from pipeline.backends.transformers_models import kind_of

        find = instructed if kind_of(self._source) in INSTRUCTED else generator
        return find(self._source)


def _too_long(size: int, most: int) -> str:
    return json.dumps({"refused": f"the prompt has {size} tokens; the model reads {most}"})
