"""Bench: what the review desk weighs on the wire and when it is ready, in a real Chromium.

    .venv/bin/python bench/page_weight.py --json

gunicorn over loopback, production settings, gathered static files. A first visit has an empty cache;
the repeat visit opens the same address again in the same browser. ``bytes`` came over the wire for it,
headers included (``sent_bytes`` went the other way); ``requests`` are those that the cache did not
answer, the icon's among them, but not the look ahead, which begins when the page has stood a while: a
slow machine would count it and a fast one not. ``ready_ms`` is from the start of the navigation until
the card's spans are on screen. ``origins`` counts the origins that were contacted: 1 is the site
alone. Bytes and requests are those of the heaviest of the visits, the time is their median.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent))

import chromium
import filling
import scratch

LIMITS = {
    "first": {"bytes": 80_000, "requests": 8, "ready_ms": 400.0, "origins": 1},
    "repeat": {"bytes": 5_000, "origins": 1},
}
AHEAD = "/ahead/"
# Notes when the first span of the list is drawn, however the page gets there.
WATCH = """new MutationObserver((_, watcher) => {
  if (!document.querySelector('.span-row[data-row]')) return;
  window.readyAt = performance.now();
  watcher.disconnect();
}).observe(document, {childList: true, subtree: true})"""


class Wire:
    """Counts what a page sends and receives over the network."""

    def __init__(self, page: Any) -> None:
        self.received = self.sent = 0
        self.requests: set[str] = set()
        self.cached: set[str] = set()
        self.later: set[str] = set()
        self.origins: set[str] = set()
        session = page.context.new_cdp_session(page)
        for event, deed in (
            ("requestWillBeSent", self._asked), ("requestWillBeSentExtraInfo", self._headers),
            ("requestServedFromCache", lambda e: self.cached.add(e["requestId"])),
            ("responseReceived", self._answered), ("loadingFinished", self._finished),
        ):  # fmt: skip
            session.on(f"Network.{event}", deed)
        session.send("Network.enable")

    def _asked(self, event: dict[str, Any]) -> None:
        address = urlsplit(event["request"]["url"])
        if address.path.endswith(AHEAD):
            self.later.add(event["requestId"])
        elif address.scheme in ("http", "https"):
            self.requests.add(event["requestId"])
            self.origins.add(f"{address.scheme}://{address.netloc}")

    def _headers(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self.later:
            return
        # Name, colon, space, value, line end; the request line and the empty line come to some 60.
        self.sent += sum(len(k) + len(v) + 4 for k, v in event["headers"].items()) + 60

    def _answered(self, event: dict[str, Any]) -> None:
        answer = event["response"]
        if answer.get("fromDiskCache") or answer.get("fromPrefetchCache"):
            self.cached.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] not in self.cached | self.later:
            self.received += int(event["encodedDataLength"])

    def figures(self, ready: float) -> dict[str, Any]:
        """Of one visit."""
        return {
            "bytes": self.received, "sent_bytes": self.sent,
            "requests": len(self.requests - self.cached), "ready_ms": ready,
            "origins": len(self.origins),
        }  # fmt: skip


def visit(context: Any, path: str) -> dict[str, Any]:
    """Open a page in a context and wait until it is ready and nothing is under way."""
    page = context.new_page()
    page.add_init_script(WATCH)
    wire = Wire(page)
    page.goto(path, wait_until="networkidle")
    page.wait_for_function("window.readyAt")
    figures = wire.figures(page.evaluate("window.readyAt"))
    page.close()
    return figures


def measure(site: Any, visits: int) -> list[dict[str, Any]]:
    """First and repeat visits of several people, each with a browser cache of their own."""
    filled = filling.fill(max(visits * 2, 20))
    people = filling.people(filled, visits + 1)
    path = f"/p/{filled.project.slug}/review/"
    found: dict[str, list[dict[str, Any]]] = {"first": [], "repeat": []}
    with chromium.browser() as browser:
        for number, user in enumerate(people):
            context = chromium.signed_in(browser, site.url, filling.sign_in(user))
            pair = [visit(context, path), visit(context, path)]
            context.close()
            if number:  # the first person warms the server up
                found["first"].append(pair[0])
                found["repeat"].append(pair[1])
    return [_row(kind, rows) for kind, rows in found.items()]


def _row(kind: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "page": "review desk",
        "visit": kind,
        "bytes": max(row["bytes"] for row in rows),
        "sent_bytes": max(row["sent_bytes"] for row in rows),
        "requests": max(row["requests"] for row in rows),
        "ready_ms": round(statistics.median(row["ready_ms"] for row in rows), 1),
        "origins": max(row["origins"] for row in rows),
        "visits": len(rows),
        "load": round(os.getloadavg()[0], 1),
        "limits": LIMITS[kind],
    }


def main() -> None:
    """A line for the first visit and one for the repeat."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with scratch.served() as site:
        site.setup_django()
        rows = measure(site, chosen.visits)
        from django.db import connections

        connections.close_all()
    for row in rows:
        if chosen.json:
            print(json.dumps(row), flush=True)
        else:
            print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
