"""Tiny models, built by the tests themselves and loaded by path: no weights are downloaded."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_chat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A causal model trained for some seconds to answer every chat with ``tiny.CHAT_REPLY``."""
    tiny = pytest.importorskip("tiny")
    folder = tmp_path_factory.mktemp("tiny-chat")
    tiny.build_chat(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_translator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sequence-to-sequence model with language tokens, trained on ``tiny.PHRASES``."""
    tiny = pytest.importorskip("tiny")
    folder = tmp_path_factory.mktemp("tiny-translator")
    tiny.build_translator(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_tagger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A token classification model with random weights."""
    tiny = pytest.importorskip("tiny")
    folder = tmp_path_factory.mktemp("tiny-tagger")
    tiny.build_tagger(folder)
    return folder


@pytest.fixture(scope="session")
def toy_seq2seq(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text-to-text model that knows the toy language pair, its markers and its labels."""
    models = pytest.importorskip("toy_models")
    folder = tmp_path_factory.mktemp("toy-seq2seq")
    models.build_seq2seq(folder)
    return folder


@pytest.fixture(scope="session")
def toy_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder in which the words of the toy language pair lie near their translations."""
    models = pytest.importorskip("toy_models")
    folder = tmp_path_factory.mktemp("toy-encoder")
    models.build_encoder(folder)
    return folder
