"""Builds the tiny models of the tests, and serves one over the chat completions protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BertConfig,
    BertForTokenClassification,
    M2M100Config,
    M2M100ForConditionalGeneration,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
)

CHAT_REPLY = '{"spans": [{"field": "text", "label": "LOC", "quote": "Lima", "occurrence": 1}]}'
TEMPLATE = "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}\n{% endfor %}<answer>"
PHRASES = (
    ("good morning", "buenos días", "habari za asubuhi"),
    ("thank you", "gracias", "asante"),
    ("the river is wide", "el río es ancho", "mto ni mpana"),
    ("two children sleep", "dos niños duermen", "watoto wawili wamelala"),
)
LANGUAGES = ("eng_Latn", "spa_Latn", "swh_Latn")


def byte_tokenizer(texts: list[str], extra: tuple[str, ...] = ()) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer trained on the texts."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = ["<pad>", "<s>", "</s>", "<unk>", *extra]
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )  # fmt: skip
    raw.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        unk_token="<unk>", additional_special_tokens=list(extra),
    )  # fmt: skip


def build_chat(folder: Path) -> None:
    """Train a causal model until it knows its one reply by heart, whatever stood before.

    It sees 64 tokens back, so that what it learnt on short contexts holds on long ones.
    """
    contexts = [f"<user>{word} [[end]]\n<answer>" for word in ("Lima", "a b c", "x1 y2", "…")]
    tokenizer = byte_tokenizer([CHAT_REPLY, *contexts])
    tokenizer.chat_template = TEMPLATE
    torch.manual_seed(3)
    model = MistralForCausalLM(
        MistralConfig(
            vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=4,
            max_position_embeddings=4096, sliding_window=64, pad_token_id=0, bos_token_id=1,
            eos_token_id=2,
        )
    )  # fmt: skip
    reply = tokenizer(CHAT_REPLY + "</s>").input_ids
    _train(model, [tokenizer(context).input_ids for context in contexts], reply)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _train(model: MistralForCausalLM, contexts: list[list[int]], reply: list[int]) -> None:
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    dice = torch.Generator().manual_seed(4)
    for step in range(160):
        # Random words before the reply, at random length: only the answer mark is to matter.
        size = int(torch.randint(1, 160, (1,), generator=dice))
        noise = torch.randint(4, model.config.vocab_size, (size,), generator=dice).tolist()
        before = noise + contexts[step % len(contexts)]
        row = torch.tensor([before + reply])
        wanted = row.clone()
        wanted[:, : len(before)] = -100
        optimiser.zero_grad()
        model(input_ids=row, labels=wanted).loss.backward()
        optimiser.step()


def build_translator(folder: Path) -> None:
    """Train an M2M model on the phrases, in NLLB's form: language token, text, end."""
    tokenizer = byte_tokenizer([part for row in PHRASES for part in row], LANGUAGES)
    torch.manual_seed(5)
    model = M2M100ForConditionalGeneration(
        M2M100Config(
            vocab_size=len(tokenizer), d_model=48, encoder_layers=1, decoder_layers=1,
            encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=96,
            decoder_ffn_dim=96, max_position_embeddings=128, dropout=0.0, attention_dropout=0.0,
            encoder_layerdrop=0.0, decoder_layerdrop=0.0, pad_token_id=0, bos_token_id=1,
            eos_token_id=2, decoder_start_token_id=2,
        )
    )  # fmt: skip
    pairs = [
        (_framed(tokenizer, "eng_Latn", row[0]), _framed(tokenizer, LANGUAGES[at], row[at]))
        for row in PHRASES
        for at in (1, 2)
    ]
    inputs = tokenizer.pad({"input_ids": [source for source, _ in pairs]}, return_tensors="pt")
    wanted = tokenizer.pad({"input_ids": [target for _, target in pairs]}, return_tensors="pt")
    labels = wanted.input_ids.masked_fill(wanted.attention_mask == 0, -100)
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(120):
        optimiser.zero_grad()
        model(**inputs, labels=labels).loss.backward()
        optimiser.step()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _framed(tokenizer: PreTrainedTokenizerFast, language: str, text: str) -> list[int]:
    mark = tokenizer.convert_tokens_to_ids(language)
    return [mark, *tokenizer(text, add_special_tokens=False).input_ids, 2]


def build_tagger(folder: Path) -> None:
    """A token classifier with labels O, B-PER, I-PER and random weights."""
    tokenizer = byte_tokenizer(["Ana Okafor arrived in Lima"])
    torch.manual_seed(6)
    names = ["O", "B-PER", "I-PER"]
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=128, id2label=dict(enumerate(names)),
        label2id={name: at for at, name in enumerate(names)},
    )  # fmt: skip
    BertForTokenClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the causal model in the folder; yields the base URL. Every reply is generated."""
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            text = tokenizer.apply_chat_template(
                asked["messages"], tokenize=False, add_generation_prompt=True
            )
            rows = tokenizer(text, return_tensors="pt", return_token_type_ids=False)
            with lock, torch.inference_mode():
                made = model.generate(**rows, max_new_tokens=asked["max_tokens"], do_sample=False)
            new = made[0, rows.input_ids.shape[1] :]
            reply = tokenizer.decode(new, skip_special_tokens=True)
            body = json.dumps(
                {
                    "model": asked["model"],
                    "choices": [{"finish_reason": "stop", "message": {"content": reply}}],
                    "usage": {
                        "prompt_tokens": rows.input_ids.shape[1],
                        "completion_tokens": len(new),
                    },
                }
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
