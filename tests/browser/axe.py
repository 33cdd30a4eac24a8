"""What axe-core finds wrong with a page, in the light and in the dark."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = Path(__file__).with_name("vendor") / "axe-core-4.10.3"
SHA384 = "17w4i/EfU4m8vRTTBQs69gAb/fjBpQi0/OOcQTspZXbRlDA0OcGoZX3ZUxQpgTYL"
RUN = """async (only) => {
  const options = only ? { runOnly: only } : {};
  const found = await axe.run(document, { ...options, resultTypes: ["violations"] });
  return found.violations.flatMap((one) => one.nodes.map((node) =>
    `${one.id}: ${node.target.join(" ")} ${node.any.concat(node.all, node.none)[0]?.message ?? ""}`));
}"""


@cache
def script() -> str:
    """The vendored script, if it is what its makers published."""
    content = (FOLDER / "axe.min.js").read_bytes()
    assert base64.b64encode(hashlib.sha384(content).digest()).decode() == SHA384
    return content.decode()


def faults(page: Page) -> list[str]:
    """Every violation on the page as it stands; in the dark only colours can differ."""
    page.evaluate(script())
    # Without motion, so that no colour is caught half-way from light to dark.
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = page.evaluate(RUN, None)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += [f"dark {one}" for one in page.evaluate(RUN, ["color-contrast"])]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return found
