"""Signing in and out, changing a password, and joining by invite link."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django_scopes import scopes_disabled

from annotate.actions import projects as deeds
from annotate.models import Membership

PASSWORD = "a-long-and-odd-one"


def link(project, role="reviewer", languages=("es",)):
    token = deeds.invite_token(project, role=role, languages=list(languages))
    return reverse("annotate:join", args=[token])


def member(project, name):
    with scopes_disabled():
        return Membership.objects.filter(project=project, user__username=name).first()


def test_signing_in_and_out(people):
    client = Client()
    page = client.post(reverse("account_login"), {"login": "manager", "password": "pass"})
    assert page.url == reverse("annotate:projects")
    assert client.get(reverse("annotate:projects")).status_code == 200
    assert client.post(reverse("account_logout")).url == reverse("account_login")
    assert client.get(reverse("annotate:projects")).status_code == 302
    wrong = client.post(reverse("account_login"), {"login": "manager", "password": "wrong"})
    assert wrong.status_code == 200
    assert b"are not correct" in wrong.content


def test_the_first_run_says_how_the_first_account_is_made(db):
    page = Client().get(reverse("account_login"))
    assert b"createsuperuser" in page.content


def test_with_accounts_the_hint_is_gone(people):
    assert b"createsuperuser" not in Client().get(reverse("account_login")).content


def test_changing_a_password(people, manager):
    new = {"old_password": "pass", "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert manager.post(reverse("account_change_password"), new).status_code == 302
    people.manager.refresh_from_db()
    assert people.manager.check_password(PASSWORD)
    assert manager.get(reverse("annotate:projects")).status_code == 200


def test_a_stranger_makes_an_account_and_joins(project):
    client = Client()
    page = client.get(link(project))
    assert b"News" in page.content
    assert b"Spanish" in page.content
    assert b'<nav class="tabs"' not in page.content
    answer = client.post(
        link(project), {"username": "amina", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert answer.url == reverse("annotate:project", args=["news"])
    assert get_user_model().objects.get(username="amina").email == ""
    assert (member(project, "amina").role, member(project, "amina").languages) == (
        "reviewer", ["es"],
    )  # fmt: skip
    assert client.get(answer.url).status_code == 200


def test_a_bad_account_makes_nothing(project):
    answer = Client().post(
        link(project), {"username": "manager", "password1": "x", "password2": "y"}
    )
    assert answer.status_code == 200
    assert b"already exists" in answer.content
    assert get_user_model().objects.filter(username="manager").count() == 1


def test_someone_signed_in_joins_with_one_click(project, people, stranger):
    assert b"Join as stranger" in stranger.get(link(project)).content
    assert member(project, "stranger") is None
    stranger.post(link(project, "adjudicator", ["ar"]))
    assert member(project, "stranger").role == "adjudicator"


def test_a_member_gains_and_loses_nothing(project, reviewer, manager):
    reviewer.post(link(project, "reviewer", ["ar"]))
    assert member(project, "reviewer").languages == ["ar", "es"]
    manager.post(link(project, "reviewer", ["ar"]))
    assert member(project, "manager").role == "manager"


@pytest.mark.parametrize("broken", ["void", "cut", "old"])
def test_links_that_do_not_hold_say_why(project, broken, monkeypatch):
    address = link(project)
    if broken == "void":
        deeds.void_invites(project)
    elif broken == "cut":
        address = address[:-6] + "/"
    else:
        monkeypatch.setattr(deeds, "INVITE_DAYS", -1)
    page = Client().get(address)
    words = {"void": b"withdrawn", "cut": b"not whole", "old": b"older than 30 days"}
    assert page.status_code == 410
    assert words[broken] in page.content
    assert Client().post(address, {"username": "x"}).status_code == 410
