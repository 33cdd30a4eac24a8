"""Metered: a chat model whose every call is let through, counted and paced by a gate.

The most that a call can cost is known before it is sent: no tokeniser makes more tokens of a text than it
has bytes, and the reply has at most ``max_tokens``.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.backends.base import BackendBroken, BackendBusy, Chat, Reply

# What a server adds around a message, and around the whole, in tokens.
AROUND = 16
# Code points of a token that is longer than nearly all.
LONGEST_TOKEN = 32
LONGEST_WAIT = 20.0


@dataclass(frozen=True, slots=True)
class Took:
    """What a call took: tokens, and characters as code points."""

    tokens_in: int
    tokens_out: int
    characters_in: int
    characters_out: int


class Gate(Protocol):
    """Who decides about calls; from several threads at once."""

    def admit(self, most: Took) -> int:
        """A number for a call that may take ``most``, after waiting for its turn.

        Raises BackendRefused where it may not be made, BackendBusy where its turn is far off.
        """
        ...

    def settle(self, call: int, took: Took) -> None:
        """Count what a call took."""
        ...

    def release(self, call: int) -> None:
        """Forget a call that came to nothing."""
        ...

    def pause(self, seconds: float) -> None:
        """Nobody calls the server for so long."""
        ...

    def left(self, request: str) -> Reply | None:
        """The reply to the same request that was paid for in work that then failed; given once."""
        ...

    def keep(self, request: str, reply: Reply) -> None:
        """Hold a reply until the work that it was for is saved."""
        ...


class MeteredChat:
    """``backend`` behind a gate. ``tries`` bounds how often a call is sent to a busy server."""

    def __init__(
        self,
        backend: Chat,
        gate: Gate,
        *,
        max_tokens: int = 1024,
        tries: int = 3,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._backend, self._gate = backend, gate
        self._max_tokens, self._tries, self._sleep = max_tokens, max(1, tries), sleep

    def __repr__(self) -> str:
        return f"MeteredChat({self._backend!r})"

    def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        schema: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> Reply:
        """One reply, paid for once. Raises BackendBusy, BackendRefused or BackendBroken."""
        request = digest(messages, schema, seed)
        reply = self._gate.left(request)
        if reply is None:
            reply = self._asked(messages, schema, seed)
        self._gate.keep(request, reply)
        return reply

    def _asked(
        self,
        messages: Sequence[Mapping[str, str]],
        schema: Mapping[str, Any] | None,
        seed: int | None,
    ) -> Reply:
        most = bound(messages, schema, self._max_tokens)
        for attempt in range(self._tries):
            call = self._gate.admit(most)
            try:
                reply = self._backend.complete(messages, schema=schema, seed=seed)
            except BackendBusy as busy:
                # A server that was too slow may have worked, and will say so on its bill.
                if busy.may_cost:
                    self._gate.settle(call, most)
                else:
                    self._gate.release(call)
                self._back_off(busy, attempt)
            except BackendBroken:
                self._gate.settle(call, most)
                raise
            except BaseException:
                self._gate.release(call)
                raise
            else:
                self._gate.settle(call, took(messages, reply))
                return reply
        raise AssertionError("unreachable")

    def _back_off(self, busy: BackendBusy, attempt: int) -> None:
        """Wait before the next try: as long as the server asked for, else twice as long each time, with
        chance in it so that workers do not come back all at once. Raises the error after the last.
        """
        if busy.retry_after is not None:
            self._gate.pause(busy.retry_after)
        if attempt + 1 == self._tries or (busy.retry_after or 0.0) > LONGEST_WAIT:
            raise busy
        if busy.retry_after is None:
            self._sleep(0.5 * 2**attempt * (0.5 + random.random()))


def digest(
    messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any] | None, seed: int | None
) -> str:
    """What tells one request from another."""
    whole = json.dumps([[dict(m) for m in messages], schema, seed], sort_keys=True)
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def bound(
    messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any] | None, max_tokens: int
) -> Took:
    """The most that a call can take."""
    form = len(json.dumps(schema)) if schema else 0
    size = sum(len(m["content"].encode("utf-8", "surrogatepass")) + AROUND for m in messages)
    return Took(
        size + form + AROUND, max_tokens, _read(messages) + form, max_tokens * LONGEST_TOKEN
    )


def took(messages: Sequence[Mapping[str, str]], reply: Reply) -> Took:
    """What a call took by the server's own count; by size, at three bytes a token, where it has none."""
    size = sum(len(m["content"].encode("utf-8", "surrogatepass")) for m in messages)
    written = len(reply.text.encode("utf-8", "surrogatepass"))
    return Took(
        reply.tokens_in or size // 3 + 1,
        reply.tokens_out or (written // 3 + 1 if written else 0),
        _read(messages),
        len(reply.text),
    )


def _read(messages: Sequence[Mapping[str, str]]) -> int:
    return sum(len(message["content"]) for message in messages)
