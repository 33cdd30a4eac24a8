"""Trains the tiny models of the toy language pair: a translator that knows markers, and an encoder."""

from __future__ import annotations

import random
from itertools import chain
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


Words = list[str]
Links = list[tuple[int, int]]


class Lessons:
    """Endless training batches for the text-to-text model, from a seed: one kind a batch.

    Each lesson is source words, target words, and the links between them.
    """

    def __init__(self, own: PreTrainedTokenizerFast, seed: int) -> None:
        self.own, self.dice = own, random.Random(seed)
        self.known: dict[str, list[int]] = {END: [own.eos_token_id]}

    def phrase(self) -> tuple[Words, Words, Links]:
        """A span into the other language, or as it is."""
        row = toy.sentence(self.dice)
        _, here, there = self.dice.choice(row.spans)
        words = {toy.SOURCE: row.source[slice(*here)], toy.TARGET: row.target[slice(*there)]}
        one, two = self.dice.choice(list(words)), self.dice.choice(list(words))
        links = [(a - here[0] + 1, b - there[0] + 1) for a, b in row.links if b in range(*there)]
        if one == two:
            links = [(n + 1, n + 1) for n in range(len(words[one]))]
        elif one == toy.TARGET:
            links = [(b, a) for a, b in links]
        return [one, *words[one]], [two, *words[two]], [link for link in links if min(link) > 0]

    def marked(self) -> tuple[Words, Words, Links]:
        """A sentence with a marked span, or, now and then, without."""
        row = toy.sentence(self.dice)
        _, here, there = self.dice.choice(row.spans)
        if self.dice.random() < 0.15:
            links = [(a + 1, b + 1) for a, b in row.links]
            return [toy.SOURCE, *row.source], [toy.TARGET, *row.target], links
        one, two = (toy.marked(*side).split() for side in ((row.source, here), (row.target, there)))
        moved = [(_moved(a, here), _moved(b, there)) for a, b in row.links]
        links = [*moved, (here[0], there[0]), (here[1] + 1, there[1] + 1)]
        links = [(a + 1, b + 1) for a, b in links]
        return [toy.SOURCE, *one], [toy.TARGET, *two], links

    def proposal(self) -> tuple[Words, Words, Links]:
        """The spans of a label in a target sentence, in order."""
        row = toy.sentence(self.dice)
        label = self.dice.choice(toy.LABELS)
        places = sorted(there for known, _, there in row.spans if known == label)
        said: Words = []
        links: Links = []
        for place in places:
            said.append(f"<{label}>")
            links += [(n + 3 * len(places), n - place[0] + len(said)) for n in range(*place)]
            said += [*row.target[slice(*place)], f"</{label}>"]
        asked = [f"<{label}>", "None", f"</{label}>"] * len(places)
        return [*asked, *row.target], said, links

    def ids(self, words: Words) -> list[list[int]]:
        for word in words:
            if word not in self.known:
                self.known[word] = self.own(word, add_special_tokens=False).input_ids
        return [self.known[word] for word in words]

    def batch(self, kind: str, size: int) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """Inputs and labels, and where each output token should look (all 0: anywhere)."""
        rows = [getattr(self, kind)() for _ in range(size)]
        sides = [[self.ids([*row[n], END]) for row in rows] for n in (0, 1)]
        here, there = (max(sum(map(len, row)) for row in side) for side in sides)
        inputs, labels = torch.zeros(size, here, dtype=int), torch.full((size, there), -100)
        look = torch.zeros(size, there, here)
        for n, (one, two, (_, _, links)) in enumerate(zip(*sides, rows, strict=True)):
            inputs[n, : sum(map(len, one))] = torch.tensor([*chain(*one)])
            labels[n, : sum(map(len, two))] = torch.tensor([*chain(*two)])
            for a, b in links:
                start, first = sum(map(len, one[:a])), sum(map(len, two[:b]))
                for k in range(min(len(one[a]), len(two[b]))):
                    look[n, first + k, start + k] = 1.0
        mask = (inputs != 0).long()
        return {"input_ids": inputs, "attention_mask": mask, "labels": labels}, look


def _moved(number: int, place: tuple[int, int]) -> int:
    """Where a word stands once there are brackets around ``place``."""
    return number + (number >= place[0]) + (number >= place[1])


def build_seq2seq(
    folder: Path,
    steps: int = 700,
    size: int = 24,
    report=None,
    layers=(2, 2),
    rate=4e-3,
    boost=15.0,
) -> None:
    """Train the text-to-text model: translation with and without markers, phrases, proposals.

    Known word links guide its attention (Garg et al. 2019), so that it learns in seconds to copy.
    """
    torch.manual_seed(7)
    own = tokenizer()
    model = T5ForConditionalGeneration._from_config(
        T5Config(
            vocab_size=len(own), d_model=64, d_kv=16, num_heads=4, d_ff=128, num_layers=layers[0],
            num_decoder_layers=layers[1], dropout_rate=0.0, relative_attention_num_buckets=16,
            relative_attention_max_distance=24, pad_token_id=0, eos_token_id=1,
            decoder_start_token_id=0, feed_forward_proj="relu",
        ),
        attn_implementation="eager",
    )  # fmt: skip
    lessons = Lessons(own, 11)
    # Attention by place is sharp only once these few numbers are large: they take longer steps.
    near = [p for name, p in model.named_parameters() if "relative_attention_bias" in name]
    others = [p for name, p in model.named_parameters() if "relative_attention_bias" not in name]
    groups = [{"params": others, "lr": rate}, {"params": near, "lr": boost * rate}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.0, fused=True)
    rates = [group["lr"] for group in groups]
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, steps, pct_start=0.1)
    kinds = ["phrase", "marked", "marked", "proposal"]
    for step in range(steps):
        kind = kinds[step % len(kinds)]
        batch, look = lessons.batch(kind, 64 if kind == "phrase" else size)
        made = model(**batch, output_attentions=True)
        seen = (made.cross_attentions[-1].mean(dim=1) * look).sum(dim=-1)
        guided = -torch.log(seen[look.any(dim=-1)] + 1e-6).mean()
        optimiser.zero_grad()
        (made.loss + 0.5 * guided).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        pace.step()
        if report and step % 40 < len(kinds):
            report(f"{step + 1} {kind}", float(made.loss.detach()), float(guided.detach()))
    model.save_pretrained(folder)
    own.save_pretrained(folder)


def build_encoder(folder: Path, steps: int = 60, size: int = 24, report=None) -> None:
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
