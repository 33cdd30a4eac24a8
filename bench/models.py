"""Bench: how fast the methods that run a model are, on whatever device is here.

    .venv/bin/python bench/models.py --json

Models have the shape of real ones and random weights, so only speed is told. They are stored and read
as a real model is, and the product's own translator and projectors run them on sentences of random
words. A model with random weights never ends a translation, so every one is as long as it may get;
``words_per_second`` counts what was written, and a trained model does more sentences in that time. For
the same reason constrained decoding tries as many markers as its budget allows.

``compute`` and ``memory`` are shares of the device's limit, which is measured first: multiplications
done, and weights read once per call, against what a matrix product and a copy reach. The higher of the
two is how near the method comes to what the device can do. ``peak_gb`` is the memory it took.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    MT5Config,
    MT5ForConditionalGeneration,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from annotate.spans import Span
from pipeline.backends.encoders import encoder
from pipeline.backends.transformers_models import Source, translator
from pipeline.projection import modelled
from pipeline.projection.contract import Example
from pipeline.translate.seq2seq import Seq2SeqTranslator

WORDS = 28
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>", "[", "]", "eng_Latn", "spa_Latn")


@dataclass(frozen=True, slots=True)
class Shape:
    """A model to be: its vocabulary's size and how it is built."""

    vocabulary: int
    build: Callable[[int], Any]


def _nllb(vocabulary: int, width: int = 1024, layers: int = 12, inner: int = 4096) -> Any:
    return M2M100ForConditionalGeneration(
        M2M100Config(
            vocab_size=vocabulary, d_model=width, encoder_layers=layers, decoder_layers=layers,
            encoder_ffn_dim=inner, decoder_ffn_dim=inner, encoder_attention_heads=16,
            decoder_attention_heads=16, max_position_embeddings=1024, decoder_start_token_id=2,
            bos_token_id=0, pad_token_id=1, eos_token_id=2,
        )
    )  # fmt: skip


def _mt5(vocabulary: int, width: int = 1024, layers: int = 24, inner: int = 2816) -> Any:
    return MT5ForConditionalGeneration(
        MT5Config(
            vocab_size=vocabulary, d_model=width, d_ff=inner, num_layers=layers, num_heads=16,
            d_kv=width // 16, decoder_start_token_id=1, pad_token_id=1, eos_token_id=2,
        )
    )  # fmt: skip


def _xlmr(vocabulary: int, width: int = 1024, layers: int = 24, inner: int = 4096) -> Any:
    return XLMRobertaModel(
        XLMRobertaConfig(
            vocab_size=vocabulary, hidden_size=width, num_hidden_layers=layers,
            num_attention_heads=16, intermediate_size=inner, max_position_embeddings=514,
            pad_token_id=1,
        )
    )  # fmt: skip


SHAPES = {
    "nllb-600m": Shape(256_206, _nllb),
    "mt5-large": Shape(250_112, _mt5),
    "xlm-r-large": Shape(250_002, _xlmr),
    "tiny-nllb": Shape(500, lambda size: _nllb(size, 32, 1, 64)),
    "tiny-xlm-r": Shape(500, lambda size: _xlmr(size, 32, 8, 64)),
}
REAL = (
    ("translate", "nllb-600m"), ("translate", "mt5-large"), ("encoder", "xlm-r-large"),
    ("constrained", "nllb-600m"),
)  # fmt: skip


class Work:
    """What a model is asked to do meanwhile, counted where its layers are called."""

    def __init__(self, model: Any) -> None:
        self.operations = self.bytes = 0.0
        self._hooks = []
        lists = [(n, m) for n, m in model.named_modules() if isinstance(m, torch.nn.ModuleList)]
        for name, stack in lists:
            if not any(name.startswith(f"{other}.") for other, _ in lists):
                for layer in stack:
                    self._watch(layer)
        head = getattr(model, "lm_head", None)
        if head is not None:
            self._hooks.append(head.register_forward_hook(self._headed))

    def _watch(self, layer: Any) -> None:
        size = sum(p.numel() for p in layer.parameters())
        weight = sum(p.numel() * p.element_size() for p in layer.parameters())

        def called(_module: Any, given: Any, kept: Any) -> None:
            states = given[0] if given else kept["hidden_states"]
            self.operations += 2.0 * size * states.shape[0] * states.shape[1]
            self.bytes += weight

        self._hooks.append(layer.register_forward_pre_hook(called, with_kwargs=True))

    def _headed(self, module: Any, given: Any, _output: Any) -> None:
        states = given[0]
        self.operations += 2.0 * module.weight.numel() * states.numel() / states.shape[-1]
        self.bytes += module.weight.numel() * module.weight.element_size()

    def close(self) -> None:
        for hook in self._hooks:
            hook.remove()


@contextmanager
def stored(name: str) -> Iterator[Path]:
    """A folder with the model of this shape, random weights and a tokenizer of whole words."""
    shape = SHAPES[name]
    torch.manual_seed(1)
    words = [*SPECIAL, *(f"w{n}" for n in range(shape.vocabulary - len(SPECIAL)))]
    own = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>"))
    own.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    own.post_processor = processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", 2)])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=own, bos_token="<s>", eos_token="</s>", pad_token="<pad>",
        unk_token="<unk>", model_max_length=512, additional_special_tokens=list(SPECIAL[7:]),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        with torch.device(device()):
            model = shape.build(shape.vocabulary)
        if device() == "cuda":
            model = model.to(torch.bfloat16)
        model.save_pretrained(folder)
        fast.save_pretrained(folder)
        del model
        yield Path(folder)


def device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def sentences(count: int, vocabulary: int, seed: int = 1) -> list[str]:
    """Sentences of random words, about as long as those of news."""
    draw = random.Random(seed)
    highest = vocabulary - len(SPECIAL) - 1
    lengths = [min(90, max(4, round(draw.lognormvariate(3.2, 0.5)))) for _ in range(count)]
    return [" ".join(f"w{draw.randint(0, highest)}" for _ in range(n)) for n in lengths]


def limits() -> tuple[float, float]:
    """Operations and bytes per second that a large product and a copy reach here."""
    kind, size = (torch.bfloat16, 8192) if device() == "cuda" else (torch.float32, 1024)
    one = torch.randn(size, size, dtype=kind, device=device())
    large = torch.empty(2**30 if device() == "cuda" else 2**26, dtype=torch.uint8, device=device())
    product = _fastest(lambda: one @ one)
    copy = _fastest(large.clone)
    return 2.0 * size**3 / product, 2.0 * large.numel() / copy


def _fastest(deed: Callable[[], Any], times: int = 8) -> float:
    return min(_timed(deed)[0] for _ in range(times))


def _timed(deed: Callable[[], Any]) -> tuple[float, Any]:
    _wait()
    began = time.perf_counter()
    result = deed()
    _wait()
    return time.perf_counter() - began, result


def _wait() -> None:
    if device() == "cuda":
        torch.cuda.synchronize()


def translating(folder: Path, count: int, batch: int, vocabulary: int) -> tuple[Any, Any]:
    """The model, and the deed of translating so many sentences, which tells the words written."""
    source = Source(str(folder))
    texts = sentences(count, vocabulary)
    machine = Seq2SeqTranslator(source, beams=4, batch=batch)

    def deed() -> int:
        made = machine.translate(texts, source="en", target="es")
        return sum(row.tokens_out for row in made)

    return translator(source).model, deed


def projecting(
    method: str, folder: Path, count: int, batch: int, vocabulary: int
) -> tuple[Any, Any]:
    """The model, and the deed of carrying two spans of each sentence, which tells the words read."""
    examples = [
        Example(one, other, _two_spans(one))
        for one, other in zip(
            sentences(count, vocabulary), sentences(count, vocabulary, 2), strict=True
        )
    ]
    settings = {"model": str(folder), "batch": batch}
    projector = modelled.running(method, settings, source="en", target="es")
    source = Source(str(folder))
    model = encoder(source).model if method == "encoder" else translator(source).model

    def deed() -> int:
        projector.project_all(examples)
        return sum(len(e.target_text.split()) for e in examples)

    return model, deed


def _two_spans(text: str) -> tuple[Span, ...]:
    words = text.split()
    begin = len(words[0]) + 1
    return (
        Span("PER", 0, len(words[0]), key="a"),
        Span("LOC", begin, begin + len(words[1]) + 1 + len(words[2]), key="b"),
    )


def measure(method: str, name: str, count: int, batch: int) -> dict[str, Any]:
    """One line: a method on a model of this shape."""
    operations, copied = limits()
    with stored(name) as folder:
        vocabulary = SHAPES[name].vocabulary
        build = translating if method == "translate" else (lambda *rest: projecting(method, *rest))
        build(folder, max(2, count // 20), batch, vocabulary)[1]()  # warms up
        model, deed = build(folder, count, batch, vocabulary)
        if device() == "cuda":
            torch.cuda.reset_peak_memory_stats()
        work = Work(model)
        seconds, words = _timed(deed)
        work.close()
    translator.cache_clear()
    encoder.cache_clear()
    return {
        "method": method, "shape": name,
        "parameters": sum(p.numel() for p in model.parameters()),
        "precision": str(next(model.parameters()).dtype).removeprefix("torch."),
        "sentences": count, "batch": batch, "seconds": round(seconds, 2),
        "sentences_per_second": round(count / seconds, 2),
        "words_per_second": round(words / seconds, 1),
        "compute": round(work.operations / seconds / operations, 3),
        "memory": round(work.bytes / seconds / copied, 3),
        "peak_gb": round(torch.cuda.max_memory_allocated() / 2**30, 1) if device() == "cuda" else 0,
        "device": torch.cuda.get_device_name() if device() == "cuda" else "cpu",
    }  # fmt: skip


def main() -> None:
    """One line per method and shape."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=256)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--only", help="a method: translate, encoder or constrained")
    parser.add_argument("--tiny", action="store_true", help="tiny models, to see that it runs")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    real = [row for row in REAL if chosen.only in (None, row[0])]
    for method, name in real:
        shape = ("tiny-xlm-r" if method == "encoder" else "tiny-nllb") if chosen.tiny else name
        row = measure(method, shape, chosen.sentences, chosen.batch)
        print(json.dumps(row) if chosen.json else row, flush=True)


if __name__ == "__main__":
    main()
