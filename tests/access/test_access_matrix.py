"""Every address by everyone: who gets in, who is told nothing; a new address needs a line in addresses.txt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client

from annotate.models import Project
from tests import factories as make
from tests.access.access_routes import address, has_slug, routes, rows_of

pytestmark = pytest.mark.django_db
# From the least to the most; an admin of the instance is what a manager is, everywhere.
ACTORS = ("anonymous", "stranger", "reviewer", "adjudicator", "manager", "admin")
AUDIENCES = ("anyone", "signed-in", "member", "adjudicator", "manager", "staff")
MOST_AT_ONCE = 40

LINES = [
    line.split()
    for line in (Path(__file__).parent / "addresses.txt").read_text().splitlines()
    if not line.startswith("#")
]
TABLE = {(route, method): (audience, status) for route, method, audience, status in LINES}
PARTS = [
    dict(list(TABLE.items())[start : start + MOST_AT_ONCE])
    for start in range(0, len(TABLE), MOST_AT_ONCE)
]


class _Back(Exception):
    """What was asked leaves no trace."""


def ask(user: Any, method: str, where: str) -> str:
    """What somebody is answered: a status, or ``sign-in`` where they are sent to sign in."""
    client = Client()
    if user is not None:
        client.force_login(user)
    answer: HttpResponseBase | None = None
    try:
        with transaction.atomic():
            answer = client.generic(method, where)
            raise _Back
    except _Back:
        assert answer is not None
    if answer.status_code == 401 or (answer.status_code == 302 and "next=" in answer["Location"]):
        return "sign-in"
    return str(answer.status_code)


def refusals(audience: str, *, below_project: bool) -> dict[str, str]:
    """What those are told whom an address is not for, by actor."""
    rank = AUDIENCES.index(audience)
    if audience == "staff":
        return {"anonymous": "sign-in", **dict.fromkeys(ACTORS[1:-1], "404")}
    told = {"anonymous": "sign-in", "stranger": "404", "reviewer": "403", "adjudicator": "403"}
    if not below_project:
        return dict(list(told.items())[: min(rank, 1)])
    return dict(list(told.items())[:rank])


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Everyone by what they are to the project ``ours``."""
    monkeypatch.setattr("annotate.actions.runs.send", lambda run: None)
    project = make.make_project(slug="ours")
    users: dict[str, Any] = {role: make.make_member(project, role=role) for role in ACTORS[2:5]}
    strangers = {"stranger": make.make_user(), "admin": make.make_user(is_staff=True)}
    return {"anonymous": None, **users, **strangers}


def test_every_address_has_a_line() -> None:
    assert sorted({route for route, _ in TABLE}) == sorted(set(routes()))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: next(iter(part))[0])
def test_everyone_gets_what_the_table_says(
    people: dict[str, Any], part: dict[tuple[str, str], tuple[str, str]]
) -> None:
    rows = rows_of(Project.objects.get(slug="ours"))
    wrong = []
    for (route, method), (audience, status) in part.items():
        refused = refusals(audience, below_project=has_slug(route))
        expected = {who: refused.get(who, status) for who in ACTORS}
        where = address(route, "ours", rows)
        found = {who: ask(people[who], method, where) for who in ACTORS}
        if status == "-":
            expected |= {who: found[who] for who in ACTORS if found[who] in ("200", "302")}
        if found != expected:
            wrong.append((route, method, expected, found))
    assert wrong == [], "\n".join(map(str, wrong))


def test_below_a_project_nothing_is_for_strangers_but_what_holds_nothing() -> None:
    open_to_all = {
        route for (route, _), (audience, _) in TABLE.items()
        if has_slug(route) and audience in ("anyone", "signed-in")
    }  # fmt: skip
    assert open_to_all <= NOTHING_OF_A_PROJECT


# Parts of the installable desk: the same for every project, existing or not.
NOTHING_OF_A_PROJECT = {"verify:manifest", "verify:parts", "verify:worker"}
# Answered alike for a row of another project, for one that there is not, and for one of somebody else.
BLIND = {"verify:answer-read/pk", "verify:api-answer-read/pk", "verify:around/seat"}


def test_rows_of_another_project_are_not_found(people: dict[str, Any]) -> None:
    theirs = rows_of(make.make_project(slug="theirs"))
    found = {
        (route, method): ask(people["manager"], method, address(route, "ours", theirs))
        for route, method in TABLE
        if has_slug(route) and route.endswith(("/pk", "/seat")) and route not in BLIND
    }
    assert {key: status for key, status in found.items() if status != "404"} == {}
