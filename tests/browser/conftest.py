"""A Chromium of the system, driven against the live server."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.core.signals import request_finished, request_started

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Seconds that a test's end waits for answers under way.
PATIENCE = 20.0
# A test browser talks to the live server and to nobody else.
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


def find_chromium() -> str | None:
    """`VOUCH_CHROMIUM`, else the first known name on PATH."""
    chosen = os.environ.get("VOUCH_CHROMIUM")
    return chosen or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this process; without one they skip, or fail if required."""
    path = find_chromium()
    if path is None:
        reason = "no Chromium: install one, or name it in VOUCH_CHROMIUM"
        if os.environ.get("VOUCH_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, beside which Django refuses its database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def live_server(live_server: Any, transactional_db: None) -> Iterator[Any]:
    """The live server; the test ends when it has answered whatever pages still asked for.

    A page asks ahead by itself. A request that outlives its test would meet the emptying of the
    database: one of the two fails, or rows of this test are found by the next.
    """
    begun: list[None] = []
    ended: list[None] = []

    def begin(**_: Any) -> None:
        begun.append(None)

    def end(**_: Any) -> None:
        ended.append(None)

    request_started.connect(begin, weak=False)
    request_finished.connect(end, weak=False)
    yield live_server
    until = time.monotonic() + PATIENCE
    while len(begun) > len(ended) and time.monotonic() < until:
        time.sleep(0.01)
    request_started.disconnect(begin)
    request_finished.disconnect(end)


@pytest.fixture
def browser_page(browser: Browser, live_server: Any) -> Iterator[Page]:
    """A fresh, signed-out page; relative addresses go to the live server.

    The test fails when a script of ours threw or the content security policy refused something.
    """
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda message: (
            faults.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    yield page
    context.close()
    assert not faults, f"the page reported: {faults}"
