"""Nobody judges before they agreed to what the project asks, nor after it was changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from annotate.actions.setup import create_from_setup, setup_of
from annotate.guidelines import fingerprint
from annotate.models import Membership, Project
from tests import factories as make
from verify.models import Assignment

pytestmark = pytest.mark.django_db
TEXT = "# Who asks\n\nThe **Institute**. Answers are published."


@pytest.fixture
def asking() -> Project:
    """A project that asks for consent, with a text to judge."""
    project = make.make_project(slug="news")
    project.consent = TEXT
    project.save()
    with scope(project=project):
        make.make_task(project)
    return project


def person(project: Project, **fields: Any) -> tuple[Client, Any]:
    client, user = Client(), make.make_member(project, **fields)
    client.force_login(user)
    return client, user


def agree(client: Client, text: str = TEXT, goal: str = "") -> Any:
    where = reverse("annotate:consent", args=["news"])
    return client.post(f"{where}?next={goal}", {"fingerprint": fingerprint(text)})


def test_the_desk_opens_after_consent(asking: Project) -> None:
    client, user = person(asking)
    desk = reverse("verify:desk", args=["news"])
    sent = client.get(desk)
    assert sent.url == f"{reverse('annotate:consent', args=['news'])}?next=%2Fp%2Fnews%2Freview%2F"
    page = client.get(sent.url).content.decode()
    assert "<strong>Institute</strong>" in page
    with scope(project=asking):
        assert Assignment.objects.get().state == "open"
    assert agree(client, goal=desk).url == desk
    assert client.get(desk).status_code == 200
    with scopes_disabled():
        member = Membership.objects.get(user=user)
    assert member.consent == fingerprint(TEXT)
    assert member.consented_at is not None
    assert "You agreed to this on" in client.get(sent.url).content.decode()


def test_no_other_way_in_forgets_to_ask(asking: Project) -> None:
    client, _user = person(asking)
    nothing = client.post(
        reverse("verify:submit", args=["news"]), json.dumps({}), content_type="application/json"
    )
    assert nothing.status_code == 403
    assert "Agree first" in nothing.json()["error"]
    claimed = client.post("/api/v1/projects/news/claim/", {}, content_type="application/json")
    assert claimed.status_code == 403
    assert "Agree first" in claimed.json()["detail"]
    with scope(project=asking):
        assert Assignment.objects.get().state == "open"


def test_a_changed_text_is_agreed_to_anew(asking: Project) -> None:
    client, _user = person(asking)
    agree(client)
    asking.consent = "Answers are sold."
    asking.save()
    desk = reverse("verify:desk", args=["news"])
    assert client.get(desk).status_code == 302
    stale = agree(client)
    assert b"was changed meanwhile" in stale.content
    assert client.get(desk).status_code == 302
    agree(client, "Answers are sold.")
    assert client.get(desk).status_code == 200


def test_managers_agree_too_and_strangers_see_nothing(asking: Project) -> None:
    manager, _user = person(asking, role="manager")
    assert manager.get(reverse("verify:desk", args=["news"])).status_code == 302
    assert manager.get(reverse("annotate:project", args=["news"])).status_code == 200
    stranger = Client()
    stranger.force_login(make.make_user())
    assert stranger.get(reverse("annotate:consent", args=["news"])).status_code == 404
    assert agree(manager, goal="https://elsewhere.example/").url == "/p/news/"


def test_a_project_that_asks_for_nothing_does_not_ask() -> None:
    project = make.make_project(slug="news")
    client, _user = person(project)
    assert client.get(reverse("verify:desk", args=["news"])).status_code == 200
    page = client.get(reverse("annotate:consent", args=["news"])).content.decode()
    assert "agree to nothing" in page


def test_the_text_travels_in_the_setup(asking: Project) -> None:
    made = create_from_setup(setup_of(asking), by=make.make_user(), name="Again")
    assert made.consent == TEXT
