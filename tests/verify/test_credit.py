"""A person is thanked by name only where, and as long as, they wish it; never beside their judgements."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotate.models import Membership, Project
from pipeline.export import ExportScope, records
from pipeline.facts import facts
from tests import factories as make
from verify.actions import erase_person, introduce, rater_for, record_judgement
from verify.models import Rater


@pytest.fixture
def person(project: Project) -> Any:
    user = make.make_member(project)
    make.make_task(project)
    rater = rater_for(project=project, user=user)
    record_judgement(make.claim(project, rater), rater=rater, submission=make.accepted())
    return user


def say(client: Client, project: Project, **fields: str) -> Any:
    address = reverse("verify:mine", args=[project.slug])
    seen = client.get(address).context["form"].token
    return client.post(address, {"seen": seen, **fields}, follow=True)


def test_a_person_is_named_when_they_wish_and_unnamed_again(project: Project, person: Any) -> None:
    client = Client()
    client.force_login(person)
    assert "Thanks" not in facts(project).sections
    page = say(client, project, credit="  Ana \n*Diallo*  ", variety="Dakar")
    assert "Saved." in page.content.decode()
    assert facts(project).sections["Thanks"] == "- Ana \\*Diallo\\*"
    assert Membership.objects.get(user=person).variety == "Dakar"
    say(client, project, credit="", variety="Dakar")
    assert "Thanks" not in facts(project).sections


def test_who_judged_nothing_is_not_thanked(project: Project) -> None:
    introduce(make.make_rater(project), credit="Nobody Yet", variety="")
    assert "Thanks" not in facts(project).sections


def test_the_name_stands_beside_no_judgement(project: Project, person: Any) -> None:
    introduce(rater_for(project=project, user=person), credit="Ana Diallo", variety="")
    scope = ExportScope(decided_only=False, candidates=True)
    assert "Ana Diallo" not in repr(list(records(project, scope)))


def test_a_change_made_elsewhere_meanwhile_is_shown_first(project: Project, person: Any) -> None:
    client = Client()
    client.force_login(person)
    address = reverse("verify:mine", args=[project.slug])
    seen = client.get(address).context["form"].token
    introduce(rater_for(project=project, user=person), credit="From my phone", variety="")
    answer = client.post(address, {"seen": seen, "credit": "From my desk", "variety": ""})
    assert answer.status_code == 409
    assert Rater.objects.get(user=person).credit == "From my phone"


def test_too_long_a_name_is_refused(project: Project, person: Any) -> None:
    client = Client()
    client.force_login(person)
    assert say(client, project, credit="n" * 121, variety="").status_code == 422
    assert Rater.objects.get(user=person).credit == ""


def test_an_erased_person_is_thanked_no_more(project: Project, person: Any) -> None:
    introduce(rater_for(project=project, user=person), credit="Ana Diallo", variety="")
    erase_person(user=person)
    assert "Thanks" not in facts(project).sections


def test_managers_see_the_variety_and_not_the_name(project: Project, person: Any) -> None:
    member = Membership.objects.get(user=person)
    introduce(
        rater_for(project=project, user=person), credit="Ana Diallo", variety="Dakar", member=member
    )
    client = Client()
    client.force_login(make.make_member(project, role="manager"))
    page = client.get(reverse("annotate:people", args=[project.slug])).content.decode()
    assert "Dakar" in page
    assert "Ana Diallo" not in page
