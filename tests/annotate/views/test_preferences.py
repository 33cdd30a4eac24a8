"""The interface in a person's own language, before and after signing in, and their own keys."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from annotate.actions.preferences import preference_of
from annotate.actions.projects import invite_token

COOKIE = settings.LANGUAGE_COOKIE_NAME
PASSWORD = "a-long-and-odd-one"


def choose(client, language, goal="/"):
    return client.post(reverse("language"), {"language": language, "next": goal})


@pytest.mark.parametrize(
    ("asked", "shown", "direction"),
    [
        ("es", "Entrar", "ltr"), ("fr", "Se connecter", "ltr"), ("sw", "Ingia", "ltr"),
        ("hi", "साइन इन", "ltr"), ("ar", "دخول", "rtl"), ("xx", "Sign in", "ltr"),
    ],
)  # fmt: skip
def test_before_signing_in_the_browser_is_believed(db, asked, shown, direction):
    page = (
        Client().get(reverse("account_login"), headers={"accept-language": asked}).content.decode()
    )
    assert f"<h1>{shown}</h1>" in page
    assert f'dir="{direction}"' in page.split("<head>")[0]


def test_a_language_chosen_before_signing_in_holds(db):
    client = Client()
    answer = choose(client, "sw", reverse("account_login"))
    assert answer.url == reverse("account_login")
    assert "<h1>Ingia</h1>" in client.get(answer.url).content.decode()


def test_drafts_are_marked_and_say_how_to_help(db):
    page = Client().get(reverse("account_login")).content.decode()
    menu = page.split('<details class="menu tongues">')[1].split("</details>")[0]
    assert menu.count(">draft</small>") == len(settings.LANGUAGES) - 1
    assert "docs/contributing.md" in menu


def test_the_choice_is_kept_on_the_account(people, reviewer):
    choose(reviewer, "hi")
    assert preference_of(people.reviewer).language == "hi"
    elsewhere = Client()
    elsewhere.post(reverse("account_login"), {"login": "reviewer", "password": "pass"})
    assert elsewhere.cookies[COOKIE].value == "hi"
    assert 'lang="hi"' in elsewhere.get(reverse("annotate:projects")).content.decode()


def test_what_was_chosen_at_the_door_comes_to_the_account(people):
    client = Client()
    choose(client, "fr")
    client.post(reverse("account_login"), {"login": "reviewer", "password": "pass"})
    assert preference_of(people.reviewer).language == "fr"


def test_a_new_account_keeps_the_language_it_was_made_in(project):
    from django.contrib.auth import get_user_model

    client = Client()
    choose(client, "ar")
    address = reverse("annotate:join", args=[invite_token(project, role="reviewer", languages=[])])
    assert "مراجع" in client.get(address).content.decode()
    client.post(
        address, {"username": "new", "email": "", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert preference_of(get_user_model().objects.get(username="new")).language == "ar"


@pytest.mark.parametrize("goal", ["https://example.org/", "//example.org/", "", "javascript:1"])
def test_a_choice_never_leads_away_from_the_site(db, goal):
    assert choose(Client(), "es", goal).url == "/"


def test_an_unknown_language_is_refused_with_a_word(db):
    client = Client()
    answer = choose(client, "tlh", reverse("account_login"))
    assert COOKIE not in answer.cookies
    assert "does not speak that language" in client.get(answer.url).content.decode()


def test_names_of_languages_are_in_the_readers_language(project, reviewer):
    choose(reviewer, "es")
    page = reviewer.get(reverse("annotate:project", args=[project.slug])).content.decode()
    assert "español" in page
    assert "Spanish" not in page


def send(client, keys):
    body = keys if isinstance(keys, str) else json.dumps(keys)
    return client.post(reverse("keys"), body, content_type="application/json")


def test_own_keys_are_kept_and_come_with_the_desk(project, people, reviewer):
    assert send(reviewer, {"right": "y", "skip": "F2"}).json() == {
        "keys": {"right": "y", "skip": "F2"}
    }
    assert preference_of(people.reviewer).keys == {"right": "y", "skip": "F2"}
    page = reviewer.get(reverse("verify:desk", args=[project.slug])).content.decode()
    kept = page.split('<script id="own-keys" type="application/json">')[1].split("</script>")[0]
    assert json.loads(kept) == {"right": "y", "skip": "F2"}
    assert send(reviewer, {}).json() == {"keys": {}}
    assert preference_of(people.reviewer).keys == {}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"right": "y", "skip": "y"}, "The key y is given to two commands."),
        ({"right": ""}, '"" is no key for right.'),
        ({"right": 3}, "3 is no key for right."),
        ({"right": "x" * 30}, "is no key for right."),
        ([1], "as a JSON object"),
        ("not json", "JSON"),
    ],
)
def test_unfit_keys_are_refused_with_the_cause(people, reviewer, keys, said):
    answer = send(reviewer, keys)
    assert answer.status_code == 422
    assert said in answer.json()["error"]
    assert preference_of(people.reviewer).keys == {}


def test_keys_need_an_account(db):
    assert send(Client(), {"right": "y"}).status_code == 302
