"""The system's Chromium for benches that measure the real page."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-quic",
)  # fmt: skip


@contextmanager
def browser() -> Iterator[Any]:
    """A running Chromium: ``VOUCH_CHROMIUM``, else the first on the path; ends the bench without."""
    path = os.environ.get("VOUCH_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        sys.exit("no Chromium: install one, or name it in VOUCH_CHROMIUM")
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, beside which Django refuses its database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield found
        finally:
            found.close()


def signed_in(found: Any, url: str, session: str, **options: Any) -> Any:
    """A browser context of its own, empty cache, that holds the session."""
    context = found.new_context(base_url=url, **options)
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    return context


def timeout_error() -> type[Exception]:
    """What a wait raises that was in vain."""
    from playwright.sync_api import TimeoutError

    return TimeoutError
