"""Questions as people meet them: a preset's project on the real server, judged in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from desk_hands import seen, select
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from playwright.sync_api import expect

from annotate.actions.concepts import NewConcept, save_concepts
from annotate.actions.projects import create_project
from annotate.models import Project, Question
from tests import factories as make
from verify.models import Assignment, Judgement

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CANDIDATES = [{"key": "c1", "text": "Vive en Dakar.", "by": "outline"},
              {"key": "c2", "text": "Ella vive en Dakar.", "by": "translation"}]  # fmt: skip


@pytest.fixture
def project(live_server: Any) -> Project:
    """Error spans with a score, and then which of two is better and what a mark stands for."""
    project = create_project(name="Asked", source="en", targets=["es"], preset="esa")
    with scope(project=project):
        Question.objects.create(
            project=project, key="better", kind="pick", wording={"en": "Which is better?"},
            options=[{"key": "tie", "wording": {"en": "no difference"}, "fixed": True}],
            settings={"from": "candidates"}, position=8,
        )  # fmt: skip
        Question.objects.create(
            project=project, key="entity", kind="link", scope="span", wording={"en": "What is it?"},
            position=9,
        )  # fmt: skip
        save_concepts(project, rows=[NewConcept("Q3718", {"en": "Dakar"}, {"ar": ["داكار"]})])
        make.make_seats(make.make_rendition(
            project, inputs={"candidates": CANDIDATES}, source_spans=(),
        ))  # fmt: skip
    return project


def test_marks_a_score_a_pick_and_a_link_reach_the_database(
    browser_page: Page, project: Project, live_server: Any
) -> None:
    client = Client()
    client.force_login(make.make_member(project))
    cookie = {
        "name": "sessionid",
        "value": client.cookies["sessionid"].value,
        "url": live_server.url,
    }
    browser_page.context.add_cookies([cookie])
    page = browser_page
    page.goto(reverse("verify:desk", args=[project.slug]))
    page.wait_for_selector("#questions:not([hidden])")
    seen(page)
    select(page, "Dakar")
    page.keyboard.press("f")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text(
        "Still to answer: How good is the translation as a whole?"
    )
    page.locator("#questions input[type=range]").fill("66")
    page.get_by_role("radio", name="Ella vive en Dakar.").check()
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("Still to answer: What is it?")
    page.get_by_role("combobox").fill("داك")
    page.get_by_role("option", name="Dakar").click()
    with page.expect_response(lambda answer: answer.url.endswith("/submit/")) as caught:
        page.keyboard.press("Enter")
    assert caught.value.status == 200, caught.value.text()
    expect(page.locator("#nothing")).to_be_visible()
    with scope(project=project):
        judgement = Judgement.objects.get()
        reading, seat = judgement.reading, Assignment.objects.get()
        assert reading is not None
        span = reading.spans.get()
        assert (span.surface, span.attributes) == ("Dakar", {"severity": "major"})
        assert reading.answers == [
            ["score", "rendition", 66], ["better", "rendition", "c2"], ["entity", f"span:{span.key}", "Q3718"],
        ]  # fmt: skip
        assert sorted(seat.shown["options"]["better"]) == ["c1", "c2", "tie"]
        assert seat.shown["options"]["better"][-1] == "tie"
