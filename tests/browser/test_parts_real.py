"""The desk's dock, dialogs and words: brought along once, kept on the device, found again if lost."""

from __future__ import annotations

import pytest
from desk_hands import press, seen
from test_desk_real import SignIn, project, sign_in, task

from annotate.models import Project

__all__ = ["project", "sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

IN_THE_PAGE = "Looks right"
KEPT = (
    "() => localStorage.getItem('vouch:parts') !== null && document.cookie.includes('desk_parts=')"
)


def test_a_later_page_comes_without_them_and_has_them_all_the_same(
    sign_in: SignIn, project: Project
) -> None:
    task(project)
    page = sign_in()
    page.wait_for_selector("#work:not([hidden])")
    page.wait_for_function(KEPT)
    first = page.request.get("/p/desk/review/?shell=1").text()
    assert IN_THE_PAGE in first  # what opens without network is whole
    again = page.reload()
    assert again is not None
    assert IN_THE_PAGE not in again.text()
    page.wait_for_selector("#work:not([hidden])")
    seen(page)
    assert page.inner_text("#accept-word") == IN_THE_PAGE
    press(page, "h")
    page.wait_for_selector("#show-keys[open]")


def test_a_device_that_lost_them_fetches_them(sign_in: SignIn, project: Project) -> None:
    task(project)
    page = sign_in()
    page.wait_for_selector("#work:not([hidden])")
    page.wait_for_function(KEPT)
    page.evaluate("localStorage.removeItem('vouch:parts')")
    with page.expect_response("**/desk-parts/"):
        page.reload()
    page.wait_for_selector("#work:not([hidden])")
    assert page.inner_text("#accept-word") == IN_THE_PAGE


def test_another_language_brings_its_own(sign_in: SignIn, project: Project) -> None:
    task(project)
    page = sign_in()
    page.wait_for_selector("#work:not([hidden])")
    page.wait_for_function(KEPT)
    page.click(".tongues summary")
    page.click(".tongues button[value=es]")
    page.wait_for_selector("#work:not([hidden])")
    assert page.inner_text("#accept-word") not in ("", IN_THE_PAGE)
