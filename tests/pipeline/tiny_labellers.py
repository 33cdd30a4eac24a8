"""Trains the tiny labelling models of the tests until they really do their task on unseen words."""

from __future__ import annotations

import random
from pathlib import Path

import torch
import toy
import toy_models
from tokenizers.processors import TemplateProcessing
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertForTokenClassification,
    PreTrainedTokenizerFast,
)

TAGS = ("O", "B-PERSON", "I-PERSON", "B-LOCATION", "I-LOCATION", "B-OBJ", "I-OBJ")
THEIRS = {"PER": "PERSON", "LOC": "LOCATION", "OBJ": "OBJ"}
# A text's topic is what its object is: the model must look past the other words.
TOPICS = {"water": ("boat", "rope"), "music": ("drum",), "home": ("lamp", "door", "map")}
ENTAILMENT = ("contradiction", "neutral", "entailment")


def _tokenizer() -> PreTrainedTokenizerFast:
    """The toy pair's, with a mark before and between texts, where a classifier gathers what it saw."""
    own = toy_models.tokenizer()
    own.backend_tokenizer.post_processor = TemplateProcessing(
        single="</s> $A </s>", pair="</s> $A </s> $B:1 </s>:1",
        special_tokens=[("</s>", own.eos_token_id)],
    )  # fmt: skip
    return own


def _config(own: PreTrainedTokenizerFast, names: tuple[str, ...], **more: object) -> BertConfig:
    # Weights this large at the start are what lets so small a model learn to compare words.
    return BertConfig(
        vocab_size=len(own), hidden_size=64, num_hidden_layers=1, num_attention_heads=4,
        intermediate_size=128, max_position_embeddings=128, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0, pad_token_id=0, initializer_range=0.1, id2label=dict(enumerate(names)),
        label2id={name: at for at, name in enumerate(names)}, **more,
    )  # fmt: skip


def build_tagger(folder: Path, steps: int = 150, size: int = 24) -> None:
    """A token classifier that marks people, places and objects in toy sentences."""
    torch.manual_seed(21)
    own, dice = _tokenizer(), random.Random(22)
    model = BertForTokenClassification(_config(own, TAGS))
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(steps):
        rows = [toy.sentence(dice) for _ in range(size)]
        inputs = own([list(row.source) for row in rows], is_split_into_words=True, padding=True,
                     return_tensors="pt", return_token_type_ids=False)  # fmt: skip
        labels = torch.full_like(inputs.input_ids, -100)
        for at, row in enumerate(rows):
            tags = ["O"] * len(row.source)
            for label, (first, end), _ in row.spans:
                for n in range(first, end):
                    tags[n] = f"{'B' if n == first else 'I'}-{THEIRS[label]}"
            last = None
            for column, number in enumerate(inputs.word_ids(at)):
                if number is not None:
                    tag = tags[number]
                    # Later pieces of a word continue what its first began.
                    tag = f"I{tag[1:]}" if number == last and tag[0] == "B" else tag
                    labels[at, column] = TAGS.index(tag)
                last = number
        optimiser.zero_grad()
        model(**inputs, labels=labels).loss.backward()
        optimiser.step()
    _save(model, own, folder)


def topic(row: toy.Sentence) -> str:
    """What a toy sentence is about."""
    return next(name for name, nouns in TOPICS.items() if set(nouns) & set(row.source))


def build_classifier(
    folder: Path, steps: int = 80, size: int = 32, *, several: bool = False
) -> None:
    """A text classifier of the topics; with ``several`` each topic is decided by itself."""
    torch.manual_seed(23)
    own, dice = _tokenizer(), random.Random(24)
    names = tuple(TOPICS)
    kind = "multi_label_classification" if several else "single_label_classification"
    model = BertForSequenceClassification(_config(own, names, problem_type=kind))
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(steps):
        rows = [toy.sentence(dice) for _ in range(size)]
        found = [names.index(topic(row)) for row in rows]
        labels = torch.tensor(found)
        if several:
            labels = torch.nn.functional.one_hot(labels, len(names)).float()
        inputs = own([" ".join(row.source) for row in rows], padding=True, return_tensors="pt",
                     return_token_type_ids=False)  # fmt: skip
        optimiser.zero_grad()
        model(**inputs, labels=labels).loss.backward()
        optimiser.step()
    _save(model, own, folder)


def build_inference(folder: Path, most: int = 4000, size: int = 16, enough: float = 0.01) -> None:
    """A model of inference: ``with the NOUN .`` follows from sentences with the noun.

    It learns all at once, sooner or later by the processor's rounding, so it is trained until its
    mean loss is ``enough``, not for so many steps.
    """
    torch.manual_seed(25)
    own, dice = _tokenizer(), random.Random(26)
    model = BertForSequenceClassification(_config(own, ENTAILMENT))
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    pace = torch.optim.lr_scheduler.LinearLR(optimiser, 0.01, total_iters=100)
    mean = 1.0
    for _ in range(most):
        rows = [toy.sentence(dice) for _ in range(size)]
        nouns = [next(noun for noun in toy.NOUNS if noun in row.source) for row in rows]
        wrong = [dice.choice([one for one in toy.NOUNS if one != noun]) for noun in nouns]
        texts = [" ".join(row.source) for row in rows]
        inputs = own(texts * 2, [f"with the {one} ." for one in nouns + wrong],
                     padding=True, return_tensors="pt")  # fmt: skip
        optimiser.zero_grad()
        loss = model(**inputs, labels=torch.tensor([2] * size + [0] * size)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        pace.step()
        mean = 0.95 * mean + 0.05 * float(loss.detach())
        if mean < enough:
            break
    _save(model, own, folder)


def _save(model: BertForTokenClassification | BertForSequenceClassification,
          own: PreTrainedTokenizerFast, folder: Path) -> None:  # fmt: skip
    model.save_pretrained(folder)
    own.save_pretrained(folder)
