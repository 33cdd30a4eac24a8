"""The errors a backend may raise and the reply of a chat model.

Messages are safe to show and to store: they never hold a key or anything the other side sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable


class BackendError(Exception):
    """Something a backend could not do."""


class BackendBusy(BackendError):
    """Not now: a timeout, a rate limit, a server in trouble. The only error worth a retry.

    ``retry_after`` is the wait in seconds that the server asked for, if it did. ``may_cost`` tells that
    the request was sent and its answer got lost, so that the server may charge for it.
    """

    def __init__(
        self, message: str, retry_after: float | None = None, *, may_cost: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after, self.may_cost = retry_after, may_cost


class BackendRefused(BackendError):
    """Not like this: a wrong key, model or address, or an address we will not call."""


class BackendBroken(BackendError):
    """An answer that is not one: no JSON, nothing in it, too long; or a model that cannot be read."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a chat model said. ``refused``: it or its guard declined. Tokens as it reported them."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0
    refused: bool = False
    model: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One conversation to be answered, as ``Chat.complete`` takes it."""

    messages: Sequence[Mapping[str, str]]
    schema: Mapping[str, Any] | None = None
    seed: int | None = None


class Chat(Protocol):
    """Anything that answers messages; may be called from several threads at once."""

    def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        schema: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> Reply:
        """One reply. Raises BackendBusy, BackendRefused or BackendBroken."""
        ...


@runtime_checkable
class BatchChat(Chat, Protocol):
    """A chat that is quicker with many conversations at a time."""

    def complete_all(self, asked: Sequence[Asked]) -> list[Reply]:
        """A reply to each, in order. Raises BackendBusy, BackendRefused or BackendBroken."""
        ...
