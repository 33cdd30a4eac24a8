"""Local models: loaded only if safe, once, and read to offsets in code points."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline.backends.base import BackendBroken, BackendRefused
from pipeline.backends.classifiers import Piece, pieces, token_classifier
from pipeline.backends.transformers_models import Source, translator


def changed(folder: Path, tmp_path: Path, **config: object) -> Source:
    """A copy of the model with these entries in its config.json."""
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    file = copy / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | config))
    return Source(str(copy))


def test_pieces_lie_in_the_text_and_batches_change_nothing(tiny_tagger: Path) -> None:
    model = token_classifier(Source(str(tiny_tagger)))
    texts = ["Ana Okafor arrived in Lima", "", "😊 habari", "x" * 3000]
    found = model.find(texts, batch=2)
    assert [[(p.label, p.start, p.end) for p in one] for one in found] == [
        [(p.label, p.start, p.end) for p in model.find([text])[0]] for text in texts
    ]
    assert any(found)
    for text, one in zip(texts, found, strict=True):
        for piece in one:
            surface = text[piece.start : piece.end]
            assert surface == surface.strip() != ""
            assert piece.label == "PER"


def test_a_model_is_loaded_once(tiny_tagger: Path) -> None:
    assert token_classifier(Source(str(tiny_tagger))) is token_classifier(Source(str(tiny_tagger)))


def test_joining_pieces() -> None:
    text = " Ana Okafor met Bo"
    tagged = [
        ("B-PER", 0, 4, 0.9),
        ("I-PER", 4, 11, 0.8),
        ("O", 11, 15, 1.0),
        ("I-PER", 15, 18, 0.7),
    ]
    assert pieces(text, tagged) == [Piece("PER", 1, 11, 0.8), Piece("PER", 16, 18, 0.7)]
    assert pieces("ab", [("B-X", 0, 1, 0.5), ("B-X", 1, 2, 0.5)]) == [
        Piece("X", 0, 1, 0.5),
        Piece("X", 1, 2, 0.5),
    ]
    assert pieces("ab", [("X", 0, 1, 0.5), ("Y", 1, 2, 0.4)]) == [
        Piece("X", 0, 1, 0.5),
        Piece("Y", 1, 2, 0.4),
    ]


def test_code_that_comes_with_a_model_is_refused(tiny_tagger: Path, tmp_path: Path) -> None:
    source = changed(tiny_tagger, tmp_path, auto_map={"AutoModel": "evil.Model"})
    (tmp_path / "copy" / "evil.py").write_text("raise SystemExit('ran')")
    with pytest.raises(BackendRefused, match="code of its own"):
        token_classifier(source)


def test_an_unknown_architecture_is_refused(tiny_tagger: Path, tmp_path: Path) -> None:
    with pytest.raises(BackendRefused, match="'evil'"):
        token_classifier(changed(tiny_tagger, tmp_path, model_type="evil"))
    with pytest.raises(BackendRefused, match="'bert'"):
        translator(Source(str(tiny_tagger)))


def test_pickled_weights_are_not_read(tiny_tagger: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny_tagger, tmp_path / "copy"))
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(BackendBroken, match="safetensors"):
        token_classifier(Source(str(copy)))


def test_broken_config_and_missing_model_are_named(tiny_tagger: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny_tagger, tmp_path / "copy"))
    (copy / "config.json").write_text("{")
    with pytest.raises(BackendBroken, match="config"):
        token_classifier(Source(str(copy)))
    with pytest.raises(BackendBroken, match="this machine only"):
        token_classifier(Source("nobody/no-such-model"))


def test_fetching_needs_a_pinned_revision() -> None:
    with pytest.raises(BackendRefused, match="pinned revision"):
        translator(Source("nobody/no-such-model", fetch=True))
