"""What the desk sends, keeps and takes back; adjudication; the weight of the page."""

# Fixtures come from the shared module by name.
# ruff: noqa: F401, F811

from __future__ import annotations

import gzip
import json
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
from desk_hands import (
    kept,
    open_desk,
    press,
    seen,
    sent,
    sent_by,
    site,
    span,
)
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


def test_the_token_goes_with_every_request(open_desk: Callable[..., Page], site: str) -> None:
    page = open_desk("hi")
    with page.expect_response("**/submit"):
        press(page, "Enter")
    with urllib.request.urlopen(f"{site}/recorded") as answer:
        assert json.load(answer)[-1]["token"] == "token"


def test_undo_takes_back_one_step_at_a_time_and_then_what_was_sent(
    open_desk: Callable[..., Page],
) -> None:
    page = open_desk("hi")
    press(page, "]", "j", "x", "u")
    expect(page.locator(".span-row.removed")).to_have_count(0)
    press(page, "u")
    expect(page.locator(".span-row .state").first).to_have_text("proposed")
    assert sent(page, "Enter")["seat"] == 1
    seen(page)
    with page.expect_response("**/undo"):
        press(page, "u")
    expect(page.locator(".span-row .state").first).to_have_text("✓ right")
    seen(page)
    assert sent(page, "Enter")["seat"] == 1


def test_report_and_skip_ask_why(open_desk: Callable[..., Page]) -> None:
    page = open_desk("es")
    press(page, "!")
    expect(page.locator("#ask-report")).to_be_visible()
    page.locator("#report-comment").fill("half of it is Catalan")
    body = sent_by(page, lambda: page.get_by_role("button", name="another language").click())
    assert (body["outcome"], body["comment"]) == (
        "reported",
        "wrong_language: half of it is Catalan",
    )
    seen(page)
    press(page, "q")
    with page.expect_request("**/sync") as caught:
        press(page, "2")
    (skipped,) = caught.value.post_data_json["sent"]
    assert (skipped["seat"], skipped["skip"]) == (2, "not_my_subject")


def test_without_network_the_judgement_is_kept_and_sent_once_it_is_back(
    open_desk: Callable[..., Page],
) -> None:
    page = open_desk("es")
    press(page, "j", "x")
    expect(page.locator("#saved")).to_have_text("draft kept")
    page.context.set_offline(True)
    expect(page.locator("#net")).to_be_visible()
    first = sent(page, "Enter")
    expect(page.locator("#saved")).to_have_text("1 waiting to be sent")
    assert [item["body"]["client_id"] for item in kept(page, "outbox")] == [first["client_id"]]
    press(page, "x")
    expect(page.locator(".span-row.removed")).to_have_count(1)
    with page.expect_request("**/submit") as caught:
        page.context.set_offline(False)
    again = caught.value.post_data_json
    assert (again["client_id"], again["spans"]) == (first["client_id"], first["spans"])
    expect(page.locator("#saved")).to_have_text("saved ✓")
    expect(page.locator("#net")).to_be_hidden()
    seen(page)
    assert kept(page, "outbox") == kept(page, "drafts") == []


def test_what_has_not_left_the_device_is_taken_back_there(open_desk: Callable[..., Page]) -> None:
    page = open_desk("es")
    press(page, "j", "x")
    page.context.set_offline(True)
    sent(page, "Enter")
    expect(page.locator("#saved")).to_have_text("1 waiting to be sent")
    press(page, "u")
    seen(page)
    expect(page.locator(".span-row.removed")).to_have_count(1)
    # It may have arrived without our hearing of it: that is taken back first, under its own id.
    waiting = kept(page, "outbox")
    assert [sorted(item["body"]) for item in waiting] == [["undo"]]


def test_a_draft_survives_a_reload_with_its_client_id(open_desk: Callable[..., Page]) -> None:
    page = open_desk("es")
    press(page, "j", "l")
    expect(page.locator("#saved")).to_have_text("draft kept")
    (draft,) = kept(page, "drafts")
    page.reload()
    expect(page.locator("#said")).to_have_text("Your draft was brought back.")
    seen(page)
    body = sent(page, "Enter")
    assert (span(body, "t2")["label"], body["client_id"]) == ("LOC", draft["client_id"])


def test_a_device_that_keeps_nothing_says_so_and_still_sends(
    open_desk: Callable[..., Page],
) -> None:
    page = open_desk("es", forbid="indexedDB")
    press(page, "j", "l")
    expect(page.locator("#saved")).to_contain_text("this device keeps nothing")
    assert span(sent(page, "Enter"), "t2")["label"] == "LOC"
    expect(page.locator("#saved")).to_have_text("saved ✓")


@pytest.mark.parametrize(
    ("status", "said", "button"),
    [
        (409, "no longer yours", "Go on with the next"),
        (422, "Nothing of yours is lost", None),
        (403, "signed out", "Send again"),
    ],
)
def test_a_refusal_says_what_to_do_and_keeps_the_draft(
    open_desk: Callable[..., Page], site: str, status: int, said: str, button: str | None
) -> None:
    page = open_desk("es")
    urlopen(f"{site}/refuse/{status}").close()
    press(page, "j", "l", "Enter")
    expect(page.locator("#messages .notice")).to_contain_text(said)
    expect(page.locator("#saved")).to_have_attribute("data-state", "kept")
    assert len(kept(page, "drafts")) == 1
    if button == "Send again":
        body = sent_by(page, lambda: page.get_by_role("button", name=button).click())
        assert span(body, "t2")["label"] == "LOC"
    elif button:
        page.get_by_role("button", name=button).click()
        expect(page.locator("#messages .notice")).to_have_count(0)
    else:
        expect(page.locator("#messages")).to_contain_text("unknown label")
        assert span(sent(page, "Enter"), "t2")["label"] == "LOC"


def test_adjudication_takes_a_reading_and_puts_it_right(open_desk: Callable[..., Page]) -> None:
    page = open_desk("es", path="adjudicate")
    expect(page.locator(".reading li.differs")).to_have_count(2)
    # The page loads anew after a decision; left in the middle of that, it would never close.
    with page.expect_navigation():
        body = sent(page, "2", "j", "Alt+]", "Enter")
    assert body["chosen"] == 1
    found = [(one["label"], one["surface"]) for one in body["spans"]]
    assert found == [
        ("PER", "Amina Diallo"),
        ("LOC", "Parlamento Europeo"),
        ("LOC", "Estrasburgo"),
        ("DATE", "4 de mayo de 2021"),
    ]


def test_the_first_visit_is_light(site: str, browser: Browser) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/desk/es")
    page.wait_for_load_state("networkidle")
    page.close()
    # Fetched again from here: a browser may have let go of a body by the time it is asked for it.
    sizes = {url: len(gzip.compress(urlopen(url).read())) for url in asked}
    assert len(sizes) <= 8, sorted(sizes)
    assert sum(sizes.values()) <= 50_000
    assert all(url.startswith(site) for url in sizes)
