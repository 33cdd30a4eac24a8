"""Trains the tiny models of the toy language pair: a translator that knows markers, and an encoder."""

from __future__ import annotations

import random
from pathlib import Path

import torch
import toy
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    BertConfig,
    BertModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"


def tokenizer() -> PreTrainedTokenizerFast:
    """Whole common words, syllables for names."""
    words = [*toy.SMALL, "[", "]", *toy.STRAIGHT, *toy.TURNED, *toy.NOUNS, *toy.KINDS, "None"]
    words += [w for row in (toy.STRAIGHT | toy.TURNED).values() for w in row]
    words += [*toy.NOUNS.values(), *toy.KINDS.values(), "##" + toy.ENDING]
    parts = [form for one in toy.SYLLABLES for form in (one.capitalize(), "##" + one)]
    special = [PAD, END, UNKNOWN]
    vocabulary = {token: n for n, token in enumerate(dict.fromkeys([*special, *words, *parts]))}
    raw = Tokenizer(models.WordPiece(vocabulary, unk_token=UNKNOWN))
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()]
    )
    raw.decoder = decoders.WordPiece(cleanup=False)
    raw.add_special_tokens([toy.SOURCE, toy.TARGET])
    tags = [form.format(label) for label in toy.LABELS for form in ("<{}>", "</{}>")]
    raw.add_tokens([AddedToken(tag, normalized=False) for tag in tags])
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token=PAD, eos_token=END, unk_token=UNKNOWN,
        model_max_length=128,
    )  # fmt: skip


class Lessons:
    """Endless training batches for the text-to-text model, from a seed: one kind a batch."""

    def __init__(self, own: PreTrainedTokenizerFast, seed: int) -> None:
        self.own, self.dice = own, random.Random(seed)

    def phrase(self) -> tuple[list[int], list[int]]:
        """A span into the other language, or as it is."""
        row = toy.sentence(self.dice)
        _, here, there = self.dice.choice(row.spans)
        texts = {
            toy.SOURCE: " ".join(row.source[slice(*here)]),
            toy.TARGET: " ".join(row.target[slice(*there)]),
        }
        one, two = self.dice.choice(list(texts)), self.dice.choice(list(texts))
        return self.framed(texts[one], texts[two], one, two)

    def marked(self) -> tuple[list[int], list[int]]:
        """A sentence with a marked span, or, now and then, without."""
        row = toy.sentence(self.dice)
        _, here, there = self.dice.choice(row.spans)
        one, two = toy.marked(row.source, here), toy.marked(row.target, there)
        if self.dice.random() < 0.15:
            one, two = " ".join(row.source), " ".join(row.target)
        return self.framed(one, two, toy.SOURCE, toy.TARGET)

    def proposal(self) -> tuple[list[int], list[int]]:
        """The span of a label in a target sentence."""
        row = toy.sentence(self.dice)
        label, _, there = self.dice.choice(row.spans)
        said = " ".join(row.target[slice(*there)])
        asked = f"<{label}>None</{label}> {' '.join(row.target)}"
        return self.ids(asked), self.ids(f"<{label}>{said}</{label}>")

    def framed(self, one: str, two: str, source: str, target: str) -> tuple[list[int], list[int]]:
        number = self.own.convert_tokens_to_ids
        return [number(source), *self.ids(one)], [number(target), *self.ids(two)]

    def ids(self, text: str) -> list[int]:
        return [*self.own(text, add_special_tokens=False).input_ids, self.own.eos_token_id]

    def batch(self, kind: str, size: int) -> dict[str, torch.Tensor]:
        rows = [getattr(self, kind)() for _ in range(size)]
        inputs = self.own.pad({"input_ids": [a for a, _ in rows]}, return_tensors="pt")
        wanted = self.own.pad({"input_ids": [b for _, b in rows]}, return_tensors="pt")
        labels = wanted.input_ids.masked_fill(wanted.attention_mask == 0, -100)
        return {"input_ids": inputs.input_ids, "attention_mask": inputs.attention_mask,
                "labels": labels}  # fmt: skip


def build_seq2seq(
    folder: Path, steps: int = 1200, size: int = 48, report=None, layers=(2, 1), rate=6e-3
) -> None:
    """Train the text-to-text model: translation with and without markers, phrases, proposals."""
    torch.manual_seed(7)
    own = tokenizer()
    model = T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(own), d_model=64, d_kv=16, num_heads=4, d_ff=128, num_layers=layers[0],
            num_decoder_layers=layers[1], dropout_rate=0.0, relative_attention_num_buckets=16,
            relative_attention_max_distance=24, pad_token_id=0, eos_token_id=1,
            decoder_start_token_id=0, feed_forward_proj="relu",
        )
    )  # fmt: skip
    lessons = Lessons(own, 11)
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0, fused=True)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps, pct_start=0.1)
    for step in range(steps):
        # Phrases first: they teach to copy, at little cost.
        kinds = ["phrase"] if step < steps // 5 else ["phrase", "marked", "marked", "proposal"]
        kind = kinds[step % len(kinds)]
        loss = model(**lessons.batch(kind, 64 if kind == "phrase" else size)).loss
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        pace.step()
        if report and step % 50 < len(kinds):
            report(f"{step + 1} {kind}", float(loss.detach()))
    model.save_pretrained(folder)
    own.save_pretrained(folder)


def build_encoder(folder: Path, steps: int = 150, size: int = 24, report=None) -> None:
    """Train an encoder until translated words have like hidden states: contrast on known links."""
    torch.manual_seed(9)
    own, dice = tokenizer(), random.Random(13)
    model = BertModel(
        BertConfig(
            vocab_size=len(own), hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
            intermediate_size=128, max_position_embeddings=128, hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0, pad_token_id=0,
        ),
        add_pooling_layer=False,
    )  # fmt: skip
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, fused=True)
    for step in range(steps):
        rows = [toy.sentence(dice) for _ in range(size)]
        loss = _contrast(
            _words(model, own, [row.source for row in rows]),
            _words(model, own, [row.target for row in rows]),
            [row.links for row in rows],
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if report and step % 25 == 24:
            report(step + 1, float(loss.detach()))
    model.save_pretrained(folder)
    own.save_pretrained(folder)


def _words(model: BertModel, own: PreTrainedTokenizerFast, rows) -> list[torch.Tensor]:
    """One unit vector per word: the mean of its pieces."""
    inputs = own([list(row) for row in rows], is_split_into_words=True, padding=True,
                 return_tensors="pt", return_token_type_ids=False)  # fmt: skip
    states = model(**inputs).last_hidden_state
    found = []
    for at, row in enumerate(rows):
        numbers = inputs.word_ids(at)
        pool = torch.zeros(len(row), len(numbers))
        for column, number in enumerate(numbers):
            if number is not None:
                pool[number, column] = 1.0
        found.append(torch.nn.functional.normalize(pool @ states[at], dim=-1))
    return found


def _contrast(here, there, links) -> torch.Tensor:
    """Each linked pair against every other word of the two sentences, in both directions."""
    losses = []
    for a, b, pairs in zip(here, there, links, strict=True):
        alike = 10 * a @ b.T
        one, other = (torch.tensor(side) for side in zip(*pairs, strict=True))
        losses.append(torch.nn.functional.cross_entropy(alike[one], other))
        losses.append(torch.nn.functional.cross_entropy(alike.T[other], one))
    return torch.stack(losses).mean()
