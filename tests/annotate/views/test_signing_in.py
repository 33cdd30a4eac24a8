"""Signing in with a second step, from several places, by an outside account, and too often."""

from __future__ import annotations

import base64
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from annotate import middleware
from tests.oidc_server import oidc_server

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_guessed() -> None:
    cache.clear()


def sign_in(client: Client, name: str = "manager", password: str = "pass", **more: str) -> Any:
    return client.post(reverse("account_login"), {"login": name, "password": password, **more})


def opens(client: Client) -> bool:
    return client.get(reverse("annotate:projects")).status_code == 200


def code_of(secret: str, ahead: int = 0) -> str:
    """What an app shows now, or `ahead` turns later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def turn_on(client: Client) -> tuple[str, list[str]]:
    """Turn the second step on; its secret and the spare codes."""
    asked = client.get(reverse("mfa_activate_totp"))
    assert asked.url.startswith(reverse("account_reauthenticate"))
    client.post(asked.url, {"password": "pass"})
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    assert "<svg" in page
    assert 'src="data:' not in page
    secret = re.search(r'<code class="wrap">(\w+)<', page)
    assert secret is not None
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret[1])})
    assert answer.url == reverse("mfa_view_recovery_codes")
    page = client.get(answer.url).content.decode()
    return secret[1], re.findall(r"<li><code>(\d+)</code>", page)


def test_a_name_is_known_in_any_case(people: Any) -> None:
    client = Client()
    assert sign_in(client, "Manager").url == reverse("annotate:projects")
    assert opens(client)


def test_a_password_alone_no_longer_signs_in_once_the_second_step_is_on(people: Any) -> None:
    first = Client()
    sign_in(first)
    secret, spare = turn_on(first)
    assert len(spare) == 10
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored
    assert get_adapter().decrypt(stored) == secret
    assert "on</span>" in first.get(reverse("account")).content.decode()

    client = Client()
    assert sign_in(client).url.startswith(reverse("mfa_authenticate"))
    assert not opens(client)
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert wrong.status_code == 200
    assert not opens(client)
    client.post(reverse("mfa_authenticate"), {"code": spare[0]})
    assert opens(client)
    again = Client()
    sign_in(again)
    again.post(reverse("mfa_authenticate"), {"code": spare[0]})
    assert not opens(again), "a spare code holds once"
    again.post(reverse("mfa_authenticate"), {"code": code_of(secret, 1)})
    assert opens(again)


def test_another_secret_key_locks_the_second_step_and_shows_nothing(
    people: Any, settings: Any
) -> None:
    client = Client()
    sign_in(client)
    secret, _ = turn_on(client)
    stored = Authenticator.objects.get(type="totp").data["secret"]
    settings.SECRET_KEY = "another one, as long as the site's own, that cannot read what it wrote"
    assert get_adapter().decrypt(stored) != secret
    other = Client()
    sign_in(other)
    assert other.post(reverse("mfa_authenticate"), {"code": code_of(secret, 1)}).status_code == 200
    assert not opens(other)


def test_a_program_gets_no_token_by_password_alone_either(people: Any) -> None:
    client = Client()
    program = APIClient()
    said = base64.b64encode(b"manager:pass").decode()
    program.credentials(HTTP_AUTHORIZATION=f"Basic {said}")
    assert program.get("/api/v1/tokens/").status_code == 200
    sign_in(client)
    turn_on(client)
    refused = program.post("/api/v1/tokens/", {"name": "script"})
    assert refused.status_code == 401
    assert "account page" in refused.json()["detail"]


def test_turning_it_off_asks_who_it_is_and_takes_the_spare_codes_along(people: Any) -> None:
    client = Client()
    sign_in(client)
    turn_on(client)
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    other = Client()
    assert sign_in(other).url == reverse("annotate:projects")


def test_sessions_are_listed_and_the_others_end(people: Any, monkeypatch: Any) -> None:
    phone = Client(headers={"user-agent": "A phone <b>"})
    desk = Client(headers={"user-agent": "A desk"})
    sign_in(phone)
    sign_in(desk)
    page = desk.get(reverse("usersessions_list")).content.decode()
    assert "A phone &lt;b&gt;" in page
    assert page.count("this one") == 1
    before = UserSession.objects.get(user_agent="A desk").last_seen_at
    opens(desk)
    assert UserSession.objects.get(user_agent="A desk").last_seen_at == before
    monkeypatch.setattr(middleware, "SEEN_SECONDS", 0.0)
    opens(desk)
    assert UserSession.objects.get(user_agent="A desk").last_seen_at > before
    desk.post(reverse("usersessions_list"))
    assert opens(desk)
    assert not opens(phone)
    assert [row.user_agent for row in UserSession.objects.all()] == ["A desk"]


def test_a_changed_password_ends_the_other_sessions(people: Any) -> None:
    phone, desk = Client(), Client()
    sign_in(phone)
    sign_in(desk)
    new = "a-long-and-odd-one"
    sent = {"old_password": "pass", "new_password1": new, "new_password2": new}
    assert desk.post(reverse("account_change_password"), sent).status_code == 302
    assert opens(desk)
    assert not opens(phone)
    assert "this one" in desk.get(reverse("usersessions_list")).content.decode()


def test_after_five_wrong_passwords_the_right_one_has_to_wait(people: Any) -> None:
    for _ in range(5):
        assert sign_in(Client(), password="wrong").status_code == 200
    client = Client()
    assert b"oo many failed" in sign_in(client).content
    assert not opens(client)
    assert sign_in(Client(), "reviewer").status_code == 302, "of that name alone"


def test_one_address_signs_in_sixty_times_a_minute(people: Any, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "3/m/ip"}
    answers = [sign_in(Client()).status_code for _ in range(5)]
    assert answers == [302, 302, 302, 429, 429]


def test_what_next_asks_for_stays_on_the_site(people: Any) -> None:
    assert sign_in(Client(), next="/account/").url == "/account/"
    assert sign_in(Client(), next="https://elsewhere.example/").url == reverse("annotate:projects")


def test_a_closed_account_is_told_so(people: Any) -> None:
    people.manager.is_active = False
    people.manager.save()
    client = Client()
    answer = sign_in(client)
    assert not opens(client)
    assert answer.url == reverse("account_inactive")
    assert b"closed" in client.get(answer.url).content


@pytest.fixture
def outside(settings: Any) -> Any:
    """A provider that knows two people; its address is the operator's setting."""
    people = {
        "amina": {"sub": "1", "preferred_username": "amina", "email": "a@example.org"},
        "thief": {"sub": "2", "preferred_username": "manager", "email": "m@example.org"},
    }
    with oidc_server("vouch", people) as issuer:
        app = {
            "provider_id": "oidc", "name": "The Institute", "client_id": "vouch",
            "secret": "s", "settings": {"server_url": issuer},
        }  # fmt: skip
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
        }
        yield issuer


def come_from_outside(client: Client, issuer: str, code: str, **asked: str) -> Any:
    """Sign in at the provider as the person of a code."""
    gone = client.post(reverse("openid_connect_login", args=["oidc"]), asked)
    assert gone.status_code == 302
    there = urlsplit(gone["Location"])
    assert gone["Location"].startswith(f"{issuer}/authorize")
    sent = parse_qs(there.query)
    assert sent["code_challenge_method"] == ["S256"]
    back = reverse("openid_connect_callback", args=["oidc"])
    return client.get(back, {"code": code, "state": sent["state"][0]})


def test_an_outside_account_signs_in_and_is_nobody_elses(people: Any, outside: str) -> None:
    client = Client()
    assert b"Sign in with The Institute" in client.get(reverse("account_login")).content
    assert come_from_outside(client, outside, "amina").url == reverse("annotate:projects")
    assert opens(client)
    amina = get_user_model().objects.get(username="amina")
    assert not amina.has_usable_password()
    other = Client()
    come_from_outside(other, outside, "thief")
    assert opens(other)
    taken = get_user_model().objects.get(pk=other.session["_auth_user_id"])
    assert taken.pk != people.manager.pk, "a name that is taken leads to a new one"
    again = Client()
    come_from_outside(again, outside, "amina")
    assert int(again.session["_auth_user_id"]) == amina.pk


def test_an_unknown_code_or_a_state_of_another_browser_opens_nothing(outside: str) -> None:
    client = Client()
    assert b"did not sign you in" in come_from_outside(client, outside, "nobody").content
    back = reverse("openid_connect_callback", args=["oidc"])
    answer = client.get(back, {"code": "amina", "state": "made up"})
    assert b"did not sign you in" in answer.content
    assert not opens(client)


def test_new_people_from_outside_may_be_kept_out(outside: str, settings: Any) -> None:
    settings.OIDC_NEW_ACCOUNTS = False
    client = Client()
    answer = come_from_outside(client, outside, "amina")
    assert not opens(client)
    assert b"invite" in answer.content
    assert not get_user_model().objects.filter(username="amina").exists()


def test_one_adds_and_takes_away_an_outside_account(people: Any, outside: str) -> None:
    client = Client()
    sign_in(client)
    page = reverse("socialaccount_connections")
    come_from_outside(client, outside, "amina", process="connect")
    shown = client.get(page).content.decode()
    assert "The Institute" in shown
    other = Client()
    come_from_outside(other, outside, "amina")
    assert int(other.session["_auth_user_id"]) == people.manager.pk
    row = re.search(r'name="account" value="(\d+)"', shown)
    assert row is not None
    client.post(page, {"account": row[1]})
    third = Client()
    come_from_outside(third, outside, "amina")
    assert int(third.session["_auth_user_id"]) != people.manager.pk


def test_the_last_way_in_cannot_be_taken_away(outside: str) -> None:
    client = Client()
    come_from_outside(client, outside, "amina")
    page = reverse("socialaccount_connections")
    row = re.search(r'name="account" value="(\d+)"', client.get(page).content.decode())
    assert row is not None
    client.post(page, {"account": row[1]})
    other = Client()
    come_from_outside(other, outside, "amina")
    assert other.session["_auth_user_id"] == client.session["_auth_user_id"]
    answer = client.get(reverse("account_change_password"))
    assert answer.url == reverse("account")
