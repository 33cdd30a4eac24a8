"""A chat backend that talks to the local test server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from pipeline.backends.openai_chat import ChatBackend

KEY = "sk-sentinel-0123456789"


@pytest.fixture
def waits() -> list[float]:
    """The seconds the backend wanted to wait between its tries."""
    return []


@pytest.fixture
def chat(httpserver: HTTPServer, waits: list[float]) -> Iterator[Callable[..., ChatBackend]]:
    """Makes backends for the local server, which stands on the allow list."""
    made: list[ChatBackend] = []

    def make(**options: Any) -> ChatBackend:
        settings: dict[str, Any] = {
            "allow": frozenset({f"localhost:{httpserver.port}"}),
            "timeout": 3.0,
            "sleep": waits.append,
        } | options
        made.append(ChatBackend(httpserver.url_for("/v1"), "tiny", KEY, **settings))
        return made[-1]

    yield make
    for backend in made:
        backend.close()
