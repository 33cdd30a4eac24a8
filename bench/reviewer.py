"""A simulated reviewer: asks for cards and submits judgements as the page does, over one connection."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

CSRF = "a" * 32


class Refused(Exception):
    """The server answered with another status than 200."""


class Reviewer:
    """One signed-in person. Times are seconds from sending to having read the answer.

    With ``ahead`` they hold so many cards ready behind the one at hand, as the page does.
    """

    def __init__(self, url: str, session: str, slug: str, ahead: int = 0) -> None:
        self.ahead, self.queue = ahead, list[dict[str, Any]]()
        self.address = urlsplit(url).netloc
        self.path = f"/p/{slug}/review"
        self.headers = {
            "Cookie": f"sessionid={session}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "Content-Type": "application/json",
            "Referer": url,
        }
        self.connection = http.client.HTTPConnection(self.address, timeout=60)

    def next(self) -> tuple[float, dict[str, Any] | None]:
        """The card at hand, or the next."""
        if self.ahead:
            body = json.dumps({"wanted": self.ahead + 1}).encode()
            seconds, answer = self._ask("POST", "ahead/", body)
            self.queue = answer["cards"]
            return seconds, self._take()
        seconds, body = self._ask("GET", "next/", None)
        return seconds, body["card"]

    def submit(
        self, card: dict[str, Any], *, body: bytes | None = None
    ) -> tuple[float, dict[str, Any] | None]:
        """Call every span right, and get the next card."""
        seconds, answer = self._ask("POST", "submit/", body or self.judgement(card))
        if self.ahead:
            self.queue += answer["cards"]
            return seconds, self._take()
        return seconds, answer["card"]

    def _take(self) -> dict[str, Any] | None:
        return self.queue.pop(0) if self.queue else None

    def judgement(self, card: dict[str, Any]) -> bytes:
        """What the page would send."""
        spans = [
            {**span, "shown": span["key"], "verdict": "right", "cause": ""}
            for span in card["spans"]
        ]
        have = [one["seat"] for one in self.queue]
        ready = {"ahead": {"wanted": self.ahead + 1, "have": have}} if self.ahead else {}
        return json.dumps({
            **ready, "seat": card["seat"], "client_id": str(uuid.uuid4()), "outcome": "answered",
            "spans": spans, "answers": [], "comment": "", "shown_at": "2026-01-31T12:00:00.000Z",
            "first_input_at": None, "hidden_seconds": 0.0,
        }).encode()  # fmt: skip

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[float, dict[str, Any]]:
        began = time.perf_counter()
        self.connection.request(method, f"{self.path}/{path}", body, self.headers)
        response = self.connection.getresponse()
        data = response.read()
        seconds = time.perf_counter() - began
        if response.status != 200:
            raise Refused(f"{response.status} {data[:300]!r}")
        return seconds, json.loads(data)

    def again(self) -> None:
        """Open a new connection, after the old one broke."""
        self.connection.close()
        self.connection = http.client.HTTPConnection(self.address, timeout=60)
