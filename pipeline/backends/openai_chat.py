"""Chat with a language model behind any endpoint that speaks OpenAI's chat completions protocol."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from pipeline.backends.base import BackendBroken, BackendBusy, BackendRefused, Reply
from pipeline.backends.transport import GuardedTransport, Resolve

_LONGEST_WAIT = 10.0
_MODERATED = ("content_filter", "content_policy_violation", "responsible_ai_policy_violation")

# The library insists on a key; local servers want none.
NO_KEY = "none"
# What is shorter guards nothing, and may be part of any word.
LEAST_KEY = 8


class ChatBackend:
    """One model at one endpoint; safe to use from several threads.

    ``base_url`` ends where ``/chat/completions`` is added; ``timeout`` bounds one request in seconds;
    ``allow`` lists hosts (``host`` or ``host:port``) that may be private or without https; ``tries``
    bounds how often one call is sent while the endpoint is busy. The key is kept out of every text.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str = "",
        *,
        allow: frozenset[str] = frozenset(),
        timeout: float = 60.0,
        max_tokens: int = 1024,
        temperature: float = 0.0,
        seed: int | None = None,
        tries: int = 2,
        structured: bool = True,
        resolver: Resolve | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.host, self.model = _host(base_url), model
        self._max_tokens, self._temperature, self._seed = max_tokens, temperature, seed
        self._tries, self._structured, self._sleep = max(1, tries), structured, sleep
        transport = GuardedTransport(allow, seconds=timeout, resolver=resolver)
        self._client = openai.OpenAI(
            base_url=base_url,
            api_key=api_key or NO_KEY,
            max_retries=0,
            timeout=timeout,
            http_client=httpx2.Client(transport=transport, follow_redirects=False, trust_env=False),
        )

    def __repr__(self) -> str:
        return f"ChatBackend({self.host}, {self.model})"

    def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        schema: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> Reply:
        """One reply to the messages, in the form of ``schema`` where the endpoint can enforce it.

        ``seed`` overrides the backend's. Raises BackendBusy (after bounded tries), BackendRefused or
        BackendBroken; a model that declines is a Reply with ``refused`` set, not an error.
        """
        for attempt in range(self._tries):
            try:
                return self._ask(messages, schema, self._seed if seed is None else seed)
            except BackendBusy as busy:
                wait = busy.retry_after if busy.retry_after is not None else 0.5 * 2**attempt
                if attempt + 1 == self._tries or wait > _LONGEST_WAIT:
                    raise
                self._sleep(wait)
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(
        self,
        messages: Sequence[Mapping[str, str]],
        schema: Mapping[str, Any] | None,
        seed: int | None,
    ) -> Reply:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [dict(message) for message in messages],
            "max_tokens": self._max_tokens,
            "temperature": self._temperature,
        }
        if seed is not None:
            body["seed"] = seed
        if schema and self._structured:
            form = {"name": "answer", "schema": dict(schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        try:
            raw = self._client.chat.completions.with_raw_response.create(**body)
        except openai.APIStatusError as error:
            return self._status(error)
        except openai.APITimeoutError:
            raise BackendBusy(f"{self.host} did not answer in time", may_cost=True) from None
        except openai.APIConnectionError:
            raise BackendBusy(f"{self.host} cannot be reached") from None
        except openai.OpenAIError:
            raise BackendBroken(f"{self.host} could not be asked") from None
        return self._reply(raw.content)

    def _status(self, error: openai.APIStatusError) -> Reply:
        """A refusal by the endpoint's content guard, or the error that the status stands for."""
        status = error.status_code
        if status in (408, 409, 425, 429) or status >= 500:
            wait = _seconds(error.response.headers.get("retry-after"))
            raise BackendBusy(f"{self.host} is busy (HTTP {status})", wait) from None
        if status == 400 and error.code in _MODERATED:
            return Reply("", refused=True, model=self.model)
        cause = {
            400: "does not accept the request; check model and settings",
            401: "does not accept the key",
            402: "wants payment first",
            403: "does not allow this key to use the model",
            404: f"knows no model {self.model!r} at this address",
            413: "finds the text too long",
        }.get(status, "does not take the request")
        raise BackendRefused(f"{self.host} {cause} (HTTP {status})") from None

    def _reply(self, content: bytes) -> Reply:
        """Read the completion ourselves: servers differ in what they leave out."""
        try:
            body = json.loads(content)
            choice = body["choices"][0]
            message = choice["message"]
            text = message.get("content") or ""
            if isinstance(text, list):
                text = "".join(part.get("text") or "" for part in text)
            usage = body.get("usage") or {}
            return Reply(
                text=self._told(str(text)),
                tokens_in=int(usage.get("prompt_tokens") or 0),
                tokens_out=int(usage.get("completion_tokens") or 0),
                refused=bool(message.get("refusal"))
                or choice.get("finish_reason") == "content_filter",
                model=self._told(str(body.get("model") or self.model)),
            )
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            raise BackendBroken(
                f"{self.host} answered with something that is not a chat completion"
            ) from None

    def _told(self, text: str) -> str:
        """What is kept of a reply: an endpoint that says the key back does not get it stored."""
        key = self._client.api_key
        return _storable(text.replace(key, "…") if len(key) >= LEAST_KEY else text)


def _host(base_url: str) -> str:
    """The host and port of an endpoint. Raises BackendRefused for what is no plain http address."""
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BackendRefused("the endpoint's address is not a URL") from None
    if parts.scheme not in ("http", "https") or not host:
        raise BackendRefused("the endpoint's address must start with https://")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise BackendRefused(
            "the endpoint's address must hold no user name, key, query or fragment"
        )
    return f"{host}:{port}" if port else host


def _storable(text: str) -> str:
    """The text with what no database takes (NUL, half surrogate pairs) shown as U+FFFD."""
    whole = text.replace("\0", "\ufffd").encode("utf-16-le", "surrogatepass")
    return whole.decode("utf-16-le", "replace")


def _seconds(value: str | None) -> float | None:
    """A Retry-After header in seconds; dates and nonsense count as none given."""
    try:
        wait = float(value or "")
    except ValueError:
        return None
    return wait if 0 <= wait < 86400 else None
