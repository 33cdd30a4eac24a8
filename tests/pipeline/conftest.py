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
