"""Scoring: how likely a sequence-to-sequence model finds a given output, token by token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.backends.base import BackendBroken
from pipeline.backends.transformers_models import Seq2Seq

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Piece:
    """A token of the model's vocabulary and the stretch of the text that it writes."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scored:
    """Log probabilities of an output's tokens, its end last, and of ``watched`` ones at each place."""

    tokens: Floats
    watched: Floats


def pieces(model: Seq2Seq, text: str) -> list[Piece]:
    """The text as an output of the model. Raises BackendBroken where offsets are not known."""
    if not model.tokenizer.is_fast:
        raise BackendBroken("the tokenizer of this model does not tell offsets; use another model")
    rows = model.tokenizer(
        text_target=text, add_special_tokens=False, return_offsets_mapping=True
    )  # fmt: skip
    return [
        Piece(int(number), start, end)
        for number, (start, end) in zip(rows["input_ids"], rows["offset_mapping"], strict=True)
    ]


def numbers(model: Seq2Seq, text: str) -> list[int]:
    """The vocabulary numbers of an output, without the special ones around it."""
    return [int(n) for n in model.tokenizer(text_target=text, add_special_tokens=False).input_ids]


def score(
    model: Seq2Seq,
    rows: Sequence[tuple[Sequence[int], Sequence[int]]],
    *,
    begin_with: int | None = None,
    watch: Sequence[int] = (),
    batch: int = 32,
) -> list[Scored]:
    """Log probabilities of each (framed input, output) pair by teacher forcing.

    ``begin_with`` is the token that every output is forced to start with; it is not counted. Inputs
    that occur more than once in a batch are read once.
    """
    found: dict[int, Scored] = {}
    order = sorted(range(len(rows)), key=lambda at: (tuple(rows[at][0]), len(rows[at][1]), at))
    for start in range(0, len(order), batch):
        some = order[start : start + batch]
        made = _batch(model, [rows[at] for at in some], begin_with, list(watch))
        found.update(zip(some, made, strict=True))
    return [found[at] for at in range(len(rows))]


def _batch(
    model: Seq2Seq,
    rows: Sequence[tuple[Sequence[int], Sequence[int]]],
    begin_with: int | None,
    watch: list[int],
) -> list[Scored]:
    import torch

    inputs = [tuple(source) for source, _ in rows]
    unique = list(dict.fromkeys(inputs))
    read = model.tokenizer.pad({"input_ids": [list(row) for row in unique]}, return_tensors="pt")
    which = torch.tensor([unique.index(row) for row in inputs], device=model.device)
    end = int(model.tokenizer.eos_token_id)
    lead = [] if begin_with is None else [begin_with]
    wanted = [[*lead, *output, end] for _, output in rows]
    longest = max(map(len, wanted))
    padding = int(model.tokenizer.pad_token_id)
    labels = torch.tensor(
        [[*row, *[padding] * (longest - len(row))] for row in wanted], device=model.device
    )
    first = torch.full((len(rows), 1), _first(model), device=model.device)
    with torch.inference_mode():
        ids, mask = (read[name].to(model.device) for name in ("input_ids", "attention_mask"))
        states = model.model.get_encoder()(input_ids=ids, attention_mask=mask).last_hidden_state
        logits = model.model(
            encoder_outputs=(states[which],), attention_mask=mask[which],
            decoder_input_ids=torch.cat([first, labels[:, :-1]], dim=1),
        ).logits  # fmt: skip
        sure = logits.log_softmax(dim=-1, dtype=torch.float32)
        # Only the values asked for leave the device: whole rows are as wide as the vocabulary.
        chosen = sure.gather(2, labels[:, :, None])[:, :, 0].double().cpu().numpy()
        seen = sure[:, :, watch].double().cpu().numpy()
    skip = len(lead)
    return [
        Scored(chosen[n, skip : len(row)], seen[n, skip : len(row)]) for n, row in enumerate(wanted)
    ]


def _first(model: Seq2Seq) -> int:
    """The token that the decoder starts from."""
    places: list[Any] = [model.model.generation_config, model.model.config]
    for place in places:
        number = getattr(place, "decoder_start_token_id", None)
        if number is not None:
            return int(number)
    raise BackendBroken("the model's configuration names no decoder_start_token_id")
