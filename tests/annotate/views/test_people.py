"""People: members, invites made and voided, roles changed, people removed."""

from __future__ import annotations

import re

from django.test import Client

from annotate.models import Membership

PAGE = "/p/news/people/"


def member(name):
    return Membership.objects.get(user__username=name)


def change(client, pk, **values):
    address = f"{PAGE}{pk}/"
    form = client.get(address).context["form"]
    data = {form.add_prefix("seen"): form["seen"].value()}
    data |= {form.add_prefix(name): value for name, value in values.items()}
    return client.post(address, data)


def test_an_invite_from_making_to_joining(inside, manager):
    page = manager.post(f"{PAGE}invite/", {"role": "reviewer", "languages": ["es", "ar"]})
    link = re.search(r'value="(http://testserver/join/[^"]+)"', page.content.decode())[1]
    guest = Client()
    password = "a-long-and-odd-one"
    guest.post(link, {"username": "new", "password1": password, "password2": password})
    assert (member("new").role, sorted(member("new").languages)) == ("reviewer", ["ar", "es"])
    manager.post(f"{PAGE}void/")
    assert Client().get(link).status_code == 410
    assert member("new")


def test_an_invite_needs_a_role_and_known_languages(inside, manager):
    answer = manager.post(f"{PAGE}invite/", {"role": "king", "languages": ["xx"]})
    assert answer.status_code == 422
    assert b"/join/" not in answer.content


def test_changing_role_and_languages(inside, manager):
    pk = member("reviewer").pk
    assert change(manager, pk, role="adjudicator", languages=["ar"]).status_code == 302
    assert (member("reviewer").role, member("reviewer").languages) == ("adjudicator", ["ar"])


def test_the_last_manager_stays(inside, manager):
    pk = member("manager").pk
    answer = change(manager, pk, role="reviewer", languages=["es"])
    assert answer.status_code == 422
    assert b"needs a manager" in answer.content
    page = manager.post(f"{PAGE}{pk}/remove/", follow=True)
    assert b"needs a manager" in page.content
    assert member("manager").role == "manager"


def test_removing_somebody(inside, manager, reviewer):
    manager.post(f"{PAGE}{member('reviewer').pk}/remove/")
    assert not Membership.objects.filter(user__username="reviewer").exists()
    assert reviewer.get("/p/news/").status_code == 404


def test_a_manager_who_leaves_goes_home(inside, manager, people):
    Membership.objects.filter(user=people.reviewer).update(role="manager")
    assert manager.post(f"{PAGE}{member('manager').pk}/remove/").url == "/"


def test_an_outdated_change_is_not_saved(inside, manager):
    found = member("reviewer")
    address = f"{PAGE}{found.pk}/"
    seen = manager.get(address).context["form"]["seen"].value()
    Membership.objects.filter(pk=found.pk).update(languages=["ar"])
    data = {f"m{found.pk}-seen": seen, f"m{found.pk}-role": "manager"}
    answer = manager.post(address, data)
    assert answer.status_code == 409
    assert member("reviewer").role == "reviewer"
