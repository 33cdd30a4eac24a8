"""Keys of the desk that a person changes: taken, refused with a reason, printed, kept, given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from desk_hands import open_desk, press, sent, site, span

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
__all__ = ["open_desk", "site"]


def change(page: Page, command: str, key: str) -> str:
    """Gives a command a key in the open dialog; what the dialog says then."""
    page.locator(f'#key-rows [data-command="{command}"]').click()
    page.keyboard.press(key)
    return page.locator("#keys-said").inner_text()


@pytest.fixture
def page(open_desk: Callable[..., Page]) -> Page:
    page = open_desk("es")
    press(page, "h")
    page.locator('[data-cmd="setKeys"]').click()
    page.wait_for_selector("#set-keys[open]")
    return page


def kept(page: Page, deed: Callable[[], Any]) -> Any:
    with page.expect_request("**/keys") as caught:
        deed()
    return caught.value.post_data_json


def test_a_new_key_works_is_printed_and_is_kept(page: Page) -> None:
    assert kept(page, lambda: change(page, "absent", "m")) == {"absent": "m"}
    assert page.locator("#keys-said").inner_text() == "M from now on: it should not be here"
    page.keyboard.press("Escape")
    assert page.locator('#dock [data-cmd="absent"] kbd').inner_text() == "M"
    body = sent(page, "x", "m", "Enter")
    assert span(body, "t1")["verdict"] == "should_not_be"
    assert [row["verdict"] for row in body["spans"]].count("should_not_be") == 1


def test_a_key_that_is_taken_is_refused_by_its_owners_name(page: Page) -> None:
    said = change(page, "absent", "r")
    assert said == "R is taken by: this span is right. Press another key, or change that one first."
    page.keyboard.press("Escape")
    assert page.locator("#set-keys").get_attribute("open") is not None
    change(page, "absent", "Delete")
    page.keyboard.press("Escape")
    page.wait_for_selector("#set-keys:not([open])", state="attached")
    assert page.locator('#dock [data-cmd="absent"] kbd').inner_text() == "Del"


@pytest.mark.parametrize("key", ["ArrowRight", "3", "Tab", " "])
def test_keys_with_work_of_their_own_are_not_given_away(page: Page, key: str) -> None:
    assert "cannot be given away" in change(page, "absent", key)


def test_keys_of_other_scripts_count_by_their_place(page: Page) -> None:
    page.locator('#key-rows [data-command="absent"]').click()
    arabic = (
        "new KeyboardEvent('keydown', {key: 'ة', code: 'KeyM', bubbles: true, cancelable: true})"
    )
    page.evaluate(f"document.activeElement.dispatchEvent({arabic})")
    assert "M from now on" in page.locator("#keys-said").inner_text()
    page.keyboard.press("Escape")
    page.evaluate(f"document.body.dispatchEvent({arabic})")
    assert span(sent(page, "Enter"), "t1")["verdict"] == "should_not_be"


def test_a_label_makes_way_for_a_command_and_comes_back(page: Page) -> None:
    label = page.locator('#labels [data-label="PER"] kbd')
    change(page, "absent", "p")
    assert label.inner_text() == "⇧P"
    assert kept(page, lambda: page.locator("#usual-keys").click()) == {}
    assert label.inner_text() == "P"
    assert page.locator('#dock [data-cmd="absent"] kbd').inner_text() == "X"
