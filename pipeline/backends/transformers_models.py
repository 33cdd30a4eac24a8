"""Models on this machine: loaded safely through transformers; sequence-to-sequence generation.

Only safetensors weights of known architectures are loaded, never code that comes with a model, and
nothing is fetched unless the caller says so. A model is loaded once per process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.backends.base import BackendBroken, BackendRefused

TOKEN_CLASSIFIERS = frozenset(
    ("albert", "bert", "camembert", "deberta-v2", "distilbert", "electra", "modernbert", "roberta",
     "xlm-roberta", "xlm-roberta-xl")
)  # fmt: skip
TRANSLATORS = frozenset(("m2m_100", "marian", "mbart", "mt5", "t5", "umt5"))
PRECISIONS = ("float32", "bfloat16", "float16")
_MOST_CONFIG = 2_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model comes from: a folder or a hub name with a pinned revision, and whether to fetch.

    ``device`` is the first GPU where there is one, else the processor, unless it is named.
    ``precision`` is bfloat16 on a GPU and float32 on a processor, unless it is named.
    """

    name: str
    revision: str = ""
    fetch: bool = False
    device: str = ""
    precision: str = ""


@cache
def translator(source: Source) -> Seq2Seq:
    """The sequence-to-sequence model. Raises BackendRefused or BackendBroken."""
    from transformers import AutoModelForSeq2SeqLM

    return Seq2Seq(*loaded(source, AutoModelForSeq2SeqLM, TRANSLATORS))


class Seq2Seq:
    """Turns texts into texts, in batches, by beam search without sampling."""

    def __init__(self, model: Any, tokenizer: Any, device: str) -> None:
        self.model, self.tokenizer, self.device = model, tokenizer, device

    def number_of(self, token: str) -> int | None:
        """The number of a token of the vocabulary, such as a language's, or None."""
        number = self.tokenizer.convert_tokens_to_ids(token)
        unknown = number is None or number == self.tokenizer.unk_token_id
        return None if unknown else int(number)

    def generate(
        self,
        texts: Sequence[str],
        *,
        first: int | None = None,
        begin_with: int | None = None,
        beams: int = 4,
        batch: int = 8,
    ) -> list[tuple[str, int, int]]:
        """For each text the text generated from it, and the tokens read and written.

        ``first`` is put before the input, in place of what the tokenizer would put there; the output
        is forced to start with ``begin_with``. Texts of like length are done together.
        """
        order = sorted(range(len(texts)), key=lambda at: (len(texts[at]), at))
        made: dict[int, tuple[str, int, int]] = {}
        for start in range(0, len(order), batch):
            some = order[start : start + batch]
            rows = [self.framed(texts[at], first) for at in some]
            made.update(zip(some, self._batch(rows, begin_with, beams), strict=True))
        return [made[at] for at in range(len(texts))]

    def propose(self, texts: Sequence[str], *, most: int, batch: int = 8) -> list[list[str]]:
        """For each text the ``most`` likeliest outputs by beam search, likeliest first.

        Tags that the vocabulary knows as tokens of their own are kept.
        """
        import torch

        made: list[list[str]] = []
        for start in range(0, len(texts), batch):
            rows = [self.framed(text, None) for text in texts[start : start + batch]]
            inputs = self.tokenizer.pad({"input_ids": rows}, return_tensors="pt").to(self.device)
            with torch.inference_mode():
                output = self.model.generate(
                    input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"],
                    num_beams=most, num_return_sequences=most, do_sample=False,
                    max_new_tokens=min(128, max(map(len, rows)) + 8),
                ).cpu()  # fmt: skip
            said = self.tokenizer.batch_decode(output, skip_special_tokens=True)
            made += [said[at : at + most] for at in range(0, len(said), most)]
        return made

    def framed(self, text: str, first: int | None) -> list[int]:
        """The tokens of an input: ``first`` before it, in place of what the tokenizer would put."""
        most = room(self.model, self.tokenizer)
        if first is None:
            return list(self.tokenizer(text, truncation=True, max_length=most).input_ids)
        plain = self.tokenizer(text, add_special_tokens=False).input_ids[: most - 2]
        return [first, *plain, self.tokenizer.eos_token_id]

    def _batch(
        self, rows: list[list[int]], begin_with: int | None, beams: int
    ) -> list[tuple[str, int, int]]:
        import torch

        inputs = self.tokenizer.pad({"input_ids": rows}, return_tensors="pt").to(self.device)
        longest = max(len(row) for row in rows)
        options: dict[str, Any] = {} if begin_with is None else {"forced_bos_token_id": begin_with}
        with torch.inference_mode():
            output = self.model.generate(
                input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"],
                num_beams=beams, do_sample=False,
                # Twice the input and some: enough for any script, and an end for a model in a loop.
                max_new_tokens=min(2 * longest + 24, room(self.model, self.tokenizer)),
                **options,
            ).cpu()  # fmt: skip
        texts = self.tokenizer.batch_decode(output, skip_special_tokens=True)
        padding = self.tokenizer.pad_token_id
        written = (output != padding).sum(dim=1).tolist()
        return [
            (text.strip(), len(row), int(count))
            for text, row, count in zip(texts, rows, written, strict=True)
        ]


def loaded(source: Source, factory: Any, known: frozenset[str]) -> tuple[Any, Any, str]:
    """Model, tokenizer and device. Checks before anything of the model is read."""
    import torch
    from transformers import AutoTokenizer

    options = _options(source)
    kind = _kind(source, options)
    if kind not in known:
        kinds = ", ".join(sorted(known))
        raise BackendRefused(f"{source.name} is of type {kind!r}; supported are {kinds}")
    device = source.device or ("cuda" if torch.cuda.is_available() else "cpu")
    precision = source.precision or ("bfloat16" if device.startswith("cuda") else "float32")
    if precision not in PRECISIONS:
        raise BackendRefused(f"unknown precision {precision!r}; use one of {', '.join(PRECISIONS)}")
    numbers = getattr(torch, precision)
    model = _read(
        source,
        lambda: factory.from_pretrained(
            source.name, use_safetensors=True, dtype=numbers, **options
        ),
    )
    tokenizer = _read(source, lambda: AutoTokenizer.from_pretrained(source.name, **options))
    if device.startswith("cuda"):
        # It plans anew for every length of text, which takes longer than the attention itself.
        torch.backends.cuda.enable_cudnn_sdp(False)
    return model.eval().to(device), tokenizer, device


def kind_of(source: Source) -> str:
    """The architecture that a model's configuration names. Raises BackendRefused or BackendBroken."""
    return _kind(source, _options(source))


def _options(source: Source) -> dict[str, Any]:
    is_folder = Path(source.name).is_dir()
    if source.fetch and not is_folder and not source.revision:
        raise BackendRefused(f"{source.name} needs a pinned revision (a commit) to be fetched")
    return {
        "trust_remote_code": False,
        "local_files_only": is_folder or not source.fetch,
    } | ({"revision": source.revision} if source.revision and not is_folder else {})


def _kind(source: Source, options: dict[str, Any]) -> str:
    """Read config.json as plain JSON: whatever else it asks for, nothing in it is obeyed yet."""
    from transformers.utils import cached_file

    path = _read(source, lambda: cached_file(source.name, "config.json", **_fetching(options)))
    if path is None:
        raise BackendBroken(_lacking(source, "there is no config.json"))
    config_file = Path(str(path))
    if config_file.stat().st_size > _MOST_CONFIG:
        raise BackendRefused(f"the config.json of {source.name} is too large to be one")
    try:
        config = json.loads(config_file.read_text("utf-8"))
        kind, code = config.get("model_type"), config.get("auto_map")
    except (ValueError, AttributeError):
        raise BackendBroken(f"the config.json of {source.name} cannot be read") from None
    if code:
        raise BackendRefused(f"{source.name} brings code of its own, which is never run")
    return str(kind)


def _fetching(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "trust_remote_code"}


def _read(source: Source, load: Callable[[], Any]) -> Any:
    try:
        return load()
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise BackendBroken(_lacking(source, type(error).__name__)) from error


def _lacking(source: Source, cause: str) -> str:
    hint = "" if source.fetch else "; it is looked for on this machine only"
    return (
        f"{source.name} cannot be loaded ({cause}): "
        f"it needs config.json, a tokenizer and safetensors weights{hint}"
    )


def room(model: Any, tokenizer: Any) -> int:
    """Tokens a text may have: what model and tokenizer both allow, at most 1024."""
    config = model.config
    positions = getattr(config, "max_position_embeddings", None) or 1024
    # Some architectures keep the first two positions for themselves.
    own = 2 if getattr(config, "model_type", "") in ("roberta", "xlm-roberta", "camembert") else 0
    return int(min(positions - own, tokenizer.model_max_length, 1024))
