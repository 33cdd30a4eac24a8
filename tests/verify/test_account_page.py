"""One's own account: tokens made and revoked, leaving a project, being erased."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django_scopes import scope, scopes_disabled
from knox.models import AuthToken

from annotate.models import Membership, Project
from tests import factories as make
from verify.actions import record_judgement
from verify.models import Assignment, Judgement, Rater


@pytest.fixture
def user(project: Project) -> Any:
    return make.make_member(project, name="rae")


@pytest.fixture
def client(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def judged_and_held(project: Project, user: Any) -> Rater:
    """One text judged, with a comment, and the next one held."""
    rater = make.rater_for(project=project, user=user)
    for _ in range(2):
        make.make_task(project)
    said = make.accepted(comment="my name is Rae")
    record_judgement(make.claim(project, rater), rater=rater, submission=said)
    make.claim(project, rater)
    return rater


def test_a_token_is_shown_once_used_and_revoked(client: Client, project: Project) -> None:
    asked = {"name": "nightly", "project": project.pk, "days": 3}
    shown = client.post("/account/token/", asked)
    token = shown.context["made"]
    assert token in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    program = Client(headers={"Authorization": f"Bearer {token}"})
    assert program.get(f"/api/v1/projects/{project.slug}/").status_code == 200
    assert program.get("/api/v1/projects/").status_code == 403
    page = client.get("/account/").content.decode()
    assert "nightly" in page
    assert token not in page
    key = AuthToken.objects.get().token_key
    assert client.post(f"/account/token/{key}/revoke/").status_code == 302
    assert program.get(f"/api/v1/projects/{project.slug}/").status_code == 401


def test_nobody_makes_a_token_for_a_project_of_others(client: Client, project: Project) -> None:
    with scopes_disabled():
        other = make.make_project(slug="others")
    asked = {"name": "x", "project": other.pk, "days": 3}
    assert client.post("/account/token/", asked).status_code == 422
    assert not AuthToken.objects.exists()


def test_nobody_revokes_anothers_token(client: Client, project: Project) -> None:
    row, _text = AuthToken.objects.create(user=make.make_user("ben"))
    assert client.post(f"/account/token/{row.token_key}/revoke/").status_code == 404
    assert AuthToken.objects.exists()


def test_who_leaves_gives_back_seats_and_leaves_judgements(
    client: Client, project: Project, user: Any
) -> None:
    rater = judged_and_held(project, user)
    assert client.post(f"/account/leave/{project.slug}/").status_code == 302
    assert not Membership.objects.filter(user=user).exists()
    assert not Assignment.objects.filter(rater=rater, state="leased").exists()
    assert Judgement.objects.filter(rater=rater).count() == 1
    assert client.get(f"/p/{project.slug}/").status_code == 404
    assert client.post(f"/account/leave/{project.slug}/").status_code == 404


def test_the_last_manager_stays(client: Client, project: Project, user: Any) -> None:
    Membership.objects.filter(project=project).exclude(user=user).delete()
    Membership.objects.filter(project=project, user=user).update(role="manager")
    page = client.post(f"/account/leave/{project.slug}/", follow=True).content.decode()
    assert "needs a manager" in page
    refused = client.post("/account/erase/", {"name": "rae"})
    assert refused.status_code == 422
    assert project.name in refused.content.decode()
    assert get_user_model().objects.filter(pk=user.pk).exists()
    assert Membership.objects.filter(user=user).exists()


def test_an_account_is_erased_after_its_name_was_typed(
    client: Client, project: Project, user: Any
) -> None:
    rater = judged_and_held(project, user)
    make.make_member(project, role="manager", languages=(), name="mia")
    AuthToken.objects.create(user=user)
    assert client.post("/account/erase/", {"name": "Rae?"}).status_code == 422
    answer = client.post("/account/erase/", {"name": " rae "})
    assert answer.status_code == 302
    assert answer["Clear-Site-Data"] == '"storage"'
    assert not get_user_model().objects.filter(username="rae").exists()
    assert not AuthToken.objects.filter(user_id=user.pk).exists()
    assert client.get("/account/").status_code == 302
    rater.refresh_from_db()
    assert rater.user_id is None
    assert [row.comment for row in Judgement.objects.filter(rater=rater)] == [""]
    assert not Assignment.objects.filter(rater=rater, state="leased").exists()


def test_the_last_who_keeps_the_site_stays(db: None) -> None:
    keeper = make.make_user("root")
    keeper.is_staff = True
    keeper.save()
    client = Client()
    client.force_login(keeper)
    refused = client.post("/account/erase/", {"name": "root"})
    assert "somebody else staff" in refused.content.decode()
    make_second = make.make_user("second")
    make_second.is_staff = True
    make_second.save()
    assert client.post("/account/erase/", {"name": "root"}).status_code == 302


def test_what_was_erased_is_gone_from_every_project(client: Client, user: Any) -> None:
    with scopes_disabled():
        second = make.make_project(slug="second")
    make.make_member(second, role="manager", languages=(), name="boss")
    with scope(project=second):
        Membership.objects.create(project=second, user=user, role="reviewer", languages=["es"])
        rater = make.rater_for(project=second, user=user)
    assert client.post("/account/erase/", {"name": "rae"}).status_code == 302
    with scopes_disabled():
        assert Rater.objects.get(pk=rater.pk).user_id is None
        assert not Membership.objects.filter(project=second, role="reviewer").exists()
