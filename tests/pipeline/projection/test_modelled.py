"""The methods that run models, on a toy language pair: each finds spans with names it never saw.

The models are trained here, stored, and read by the code that reads real ones. Each method is also run
without its own idea, and has to do clearly worse.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import toy

from pipeline.backends.base import BackendBroken, BackendRefused
from pipeline.backends.encoders import encoder
from pipeline.backends.scoring import numbers
from pipeline.backends.transformers_models import Source
from pipeline.projection import modelled
from pipeline.projection.constrained import template
from pipeline.projection.contract import Projection
from pipeline.projection.cutting import cut
from pipeline.projection.markers import BRACKETS, inserted, read

# Training takes seconds of computing, which may be minutes where others compute too.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
ENOUGH, CLEARLY = 0.95, 0.2


@pytest.fixture(scope="module")
def rows():
    return [toy.example(row) for row in toy.sentences(40, seed=999)]


@pytest.fixture(scope="module")
def examples(rows):
    return [example for example, _ in rows]


@pytest.fixture(scope="module")
def golds(rows):
    return [gold for _, gold in rows]


@pytest.fixture(scope="module")
def running(request):
    """A projector by name, on the trained models; each is trained when it is first asked for."""

    def make(name, **settings):
        trained = "toy_encoder" if name == "encoder" else "toy_seq2seq"
        model = str(request.getfixturevalue(trained))
        chosen = {"model": model, "proposer": model, "proposals": 10, **settings}
        return modelled.running(name, chosen, source="en", target="sw")

    return make


@pytest.fixture
def told(record_property):
    """Keeps a method's F1 with and without its idea in the report of the run, for the bench."""

    def tell(name, score, without):
        record_property(name, score)
        record_property(f"without {name}", without)
        return without

    return tell


def settled(projections, golds):
    """The F1, after checks that hold for every projection."""
    for made in projections:
        for span in made.spans:
            assert 0 <= span.score <= 1
            assert span.surface
        keys = [span.key for span in made.spans]
        assert len(keys) == len(set(keys))
    return toy.span_f1(projections, golds)


class Places:
    """In place of hidden states: where in the text a word stands, and nothing else."""

    def vectors(self, texts, *, layer, batch=16):
        found = []
        for _, tokens in texts:
            angle = np.linspace(0, np.pi / 2, len(tokens))
            found.append(np.stack([np.cos(angle), np.sin(angle)], axis=1))
        return found


@pytest.mark.parametrize("matching", ["argmax", "itermax", "softmax"])
def test_an_encoder_aligns_and_its_hidden_states_are_what_does_it(
    matching, running, examples, golds, told
):
    projector = running("encoder", layer=1, matching=matching)
    made = projector.project_all(examples)
    score = settled(made, golds)
    assert score >= (0.8 if matching == "softmax" else ENOUGH)
    blind = replace(projector, encoder=Places()).project_all(examples)
    without = toy.span_f1(blind, golds)
    if matching != "softmax":
        told(f"encoder ({matching})", score, without)
    assert without <= score - CLEARLY


def test_an_encoder_without_that_layer_is_refused(running, examples):
    with pytest.raises(BackendRefused, match="layers 0 to 2, not 8"):
        running("encoder").project_all(examples[:1])


def test_markers_are_translated_and_found_again(running, examples, golds, told):
    projector = running("markers")
    made = projector.project_all(examples)
    score = settled(made, golds)
    assert score >= ENOUGH
    blind = [_proportional(example) for example in examples]
    assert told("markers", score, toy.span_f1(blind, golds)) <= score - CLEARLY


def _proportional(example):
    """What is left without markers: a span stands as far along as in the source."""
    ratio = len(example.target_text) / len(example.source_text)
    one = cut(example)
    spans = []
    for span in example.spans:
        middle = (span.start + span.end) / 2 * ratio
        token = min(one.target, key=lambda t: abs((t.start + t.end) / 2 - middle))
        spans.append(replace(span, start=token.start, end=token.end, source=span.key))
    return Projection(tuple(spans))


def test_constrained_decoding_finds_spans_in_a_text_that_never_changes(
    running, examples, golds, told
):
    projector = running("constrained")
    made = projector.project_all(examples)
    score = settled(made, golds)
    assert score >= ENOUGH
    for example, projection in zip(examples, made, strict=True):
        for span in projection.spans:
            marked = inserted(example.target_text, [span], BRACKETS)
            text, places = read(marked, 1, BRACKETS)
            assert text.encode() == example.target_text.encode()
            assert places == [(span.start, span.end)]
    # Without the constraint the model writes a translation of its own, in which places are others.
    free = running("markers")
    texts = [(e.source_text, [span]) for e in examples for span in e.spans]
    own = iter(free.translate(texts))
    unbound = [Projection(tuple(s for span in e.spans for s in next(own).spans)) for e in examples]
    assert told("constrained", score, toy.span_f1(unbound, golds)) <= score - CLEARLY


def test_branch_and_bound_finds_what_trying_everything_finds(running, examples):
    projector = running("constrained")
    marks = tuple(numbers(projector.model, form) for form in ("[", "]"))
    for example in examples[:3]:
        shape = template(projector.model, cut(example))
        for span in example.spans:
            text = inserted(example.source_text, [span], BRACKETS)
            source = projector.model.framed(text, projector.frame.first)
            places = [(a, b) for a in shape.opens for b in shape.closes if a < b]
            outputs = [shape.with_marks(marks, shape.opens[a], shape.closes[b]) for a, b in places]
            plain = [piece.number for piece in shape.pieces]
            for output in outputs:
                assert [n for n in output if n not in (marks[0][0], marks[1][0])] == plain
            rows = projector.score([(source, output) for output in outputs], marks[1])
            totals = dict(zip(places, [float(row.tokens.sum()) for row in rows], strict=True))
            ((found, _),) = projector.search_all([(source, shape)])
            best = max(found, key=found.get)
            assert found[best] == pytest.approx(max(totals.values()), abs=1e-3)
            assert len(found) < len(totals) / 2


class Equal:
    """In place of a translation model: all proposals are as good."""

    def similarities(self, pairs):
        return [1.0 for _ in pairs]


def test_t_projection_ranks_what_it_proposes(running, examples, golds, told):
    projector = running("t_projection")
    made = projector.project_all(examples)
    score = settled(made, golds)
    assert score >= ENOUGH
    assert any(span.rank > 1 for projection in made for span in projection.spans)
    blind = replace(projector, ranker=Equal()).project_all(examples)
    assert told("t_projection", score, toy.span_f1(blind, golds)) <= score - CLEARLY


def test_a_text_alone_is_done_as_among_others(running, examples):
    for name in ("markers", "constrained", "t_projection"):
        projector = running(name)
        some = projector.project_all(examples[:3])
        one = examples[1]
        alone = projector.project(one.source_text, one.target_text, one.spans)
        assert [(s.source, s.start, s.end) for s in alone.best()] == [
            (s.source, s.start, s.end) for s in some[1].best()
        ]


@pytest.mark.parametrize("name", modelled.RUNNING)
def test_a_model_that_is_not_named_or_not_there_is_refused(name, tmp_path):
    with pytest.raises(BackendRefused, match="needs a setting 'model'"):
        modelled.running(name, {}, source="en", target="sw")
    with pytest.raises(BackendBroken, match="looked for on this machine only"):
        modelled.running(name, {"model": str(tmp_path)}, source="en", target="sw")
    pinned = {"model": "someone/some-model"}
    with pytest.raises(BackendRefused, match="pinned revision"):
        modelled.running(name, pinned, source="en", target="sw", fetch=True)


def test_weights_that_could_hold_code_are_not_read(toy_encoder, tmp_path):
    import shutil

    import torch

    for path in toy_encoder.iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(BackendBroken, match="safetensors weights"):
        modelled.running("encoder", {"model": str(tmp_path)}, source="en", target="sw")


def test_unknown_settings_are_named(running):
    with pytest.raises(BackendRefused, match="unknown matching 'best'"):
        running("encoder", matching="best")
    with pytest.raises(BackendRefused, match="unknown markers 'stars'"):
        running("markers", markers="stars")
    with pytest.raises(BackendRefused, match="does not know the language"):
        modelled.running("markers", {"model": running("markers").model.model.name_or_path},
                         source="en", target="de")  # fmt: skip


def test_layers_above_the_wanted_one_are_not_missed(toy_encoder, examples):
    from transformers import AutoModel, AutoTokenizer

    texts = [(example.source_text, cut(example).source) for example in examples[:4]]
    model = encoder(Source(str(toy_encoder)))
    first = model.vectors(texts, layer=1)
    last = model.vectors(texts, layer=-1)
    whole = AutoModel.from_pretrained(toy_encoder).eval()
    tokenizer = AutoTokenizer.from_pretrained(toy_encoder)
    for number, (text, tokens) in enumerate(texts):
        read = tokenizer(text, return_tensors="pt", return_offsets_mapping=True)
        places = read.pop("offset_mapping")[0].tolist()
        with torch.inference_mode():
            states = whole(**read, output_hidden_states=True).hidden_states
        for layer, found in ((1, first), (2, last)):
            for token, vector in zip(tokens, found[number], strict=True):
                own = [n for n, (a, b) in enumerate(places) if a < token.end and token.start < b]
                np.testing.assert_allclose(
                    vector, states[layer][0, own].mean(dim=0).numpy(), atol=1e-4
                )
