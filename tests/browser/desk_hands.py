"""What the tests of the desk's scripts share: the stand-alone server, an opened desk, and hands."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SERVER = Path(__file__).with_name("desk_page.py")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# What a browser itself logs about answers that a test asked for.
EXPECTED = ("ERR_INTERNET_DISCONNECTED", "status of 4")
#: Where the middle of a code point is drawn on the target, in window pixels.
SPOT = """(at) => {
  const node = document.querySelector('#target .text').firstChild;
  const units = [...node.data].slice(0, at).join('').length;
  const size = [...node.data][at].length;
  const range = document.createRange();
  range.setStart(node, units); range.setEnd(node, units + size);
  const box = range.getClientRects()[0];
  return {x: box.left + box.width / 2, y: box.top + box.height / 2, left: box.left, right: box.right};
}"""
SELECT = """([start, end]) => {
  const node = document.querySelector('#target .text').firstChild;
  const unit = (at) => [...node.data].slice(0, at).join('').length;
  getSelection().setBaseAndExtent(node, unit(start), node, unit(end));
}"""
PAINTED = """(prefix) => [...CSS.highlights].filter(([name]) => name.startsWith(prefix))
  .flatMap(([name, found]) => [...found].map((range) => [name, range.toString()]))"""


#: What the device keeps on a shelf of the desk's store.
KEPT = """(name) => new Promise((resolve, reject) => {
  const opening = indexedDB.open("vouch", 1);
  opening.onerror = () => reject(opening.error);
  opening.onupgradeneeded = () => opening.transaction.abort();
  opening.onsuccess = () => {
    const all = opening.result.transaction(name).objectStore(name).getAll();
    all.onsuccess = () => { opening.result.close(); resolve(all.result); };
  };
})"""


def kept(page: Page, shelf: str) -> list[dict[str, Any]]:
    """The records of ``drafts``, ``outbox``, ``cards`` or ``refused`` on this device."""
    found: list[dict[str, Any]] = page.evaluate(KEPT, shelf)
    return found


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    server = subprocess.Popen([sys.executable, str(SERVER)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    port = server.stdout.readline().strip()
    assert port.isdigit(), "the stand-alone desk did not start"
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait()


@pytest.fixture
def open_desk(site: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a case; afterwards no page may have complained in its console."""
    complaints: list[str] = []
    contexts = []

    def go(
        case: str, path: str = "desk", *, row: bool = True, forbid: str = "", **options: Any
    ) -> Page:
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
        if forbid:
            context.add_init_script(
                f"Object.defineProperty(window, '{forbid}', {{get() {{ throw new Error('forbidden'); }}}})"
            )
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if said.type in {"error", "warning"} else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{site}/{path}/{case}")
        page.wait_for_selector(".span-row" if row else "#work:not([hidden])")
        if case != "many":
            seen(page)
        return page

    yield go
    for context in contexts:
        context.close()
    unwanted = [text for text in complaints if not any(known in text for known in EXPECTED)]
    assert unwanted == []


def seen(page: Page) -> None:
    """Waits until nothing is on its way and the card on screen may be accepted."""
    page.wait_for_selector("body[data-seen]:not([data-sending])", state="attached")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def sent(page: Page, *keys: str) -> dict[str, Any]:
    """What the desk posts to submit when the keys are pressed."""
    with page.expect_request("**/submit") as caught:
        press(page, *keys)
    body: dict[str, Any] = caught.value.post_data_json
    return body


def sent_by(page: Page, deed: Callable[[], None]) -> dict[str, Any]:
    with page.expect_request("**/submit") as caught:
        deed()
    body: dict[str, Any] = caught.value.post_data_json
    return body


def span(body: dict[str, Any], key: str) -> dict[str, Any]:
    return next(found for found in body["spans"] if found.get("key") == key)


def target_text(page: Page) -> str:
    return page.locator("#target .text").evaluate("(shown) => shown.textContent")


def select(page: Page, surface: str) -> tuple[int, int]:
    """Drags the mouse over the first occurrence of a surface; its code points."""
    start = target_text(page).index(surface)
    end = start + len(surface)
    first, last = page.evaluate(SPOT, start), page.evaluate(SPOT, end - 1)
    forward = first["x"] <= last["x"]
    page.mouse.move(first["left"] + 1 if forward else first["right"] - 1, first["y"])
    page.mouse.down()
    page.mouse.move(last["right"] - 1 if forward else last["left"] + 1, last["y"], steps=6)
    page.mouse.up()
    return start, end
