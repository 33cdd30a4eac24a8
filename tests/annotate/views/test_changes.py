"""The page of changes: who, what, when, from what to what, and nothing that is secret."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from annotate.actions.projects import add_annotator
from annotate.changes import PAGE, changes
from annotate.models import Label, Membership, Project
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make.make_project(slug="news")


@pytest.fixture
def mia(project: Project) -> Any:
    return make.make_member(project, role="manager", languages=(), name="mia")


@pytest.fixture
def client(mia: Any) -> Client:
    client = Client()
    client.force_login(mia)
    return client


def change_name(client: Client, project: Project, **fields: str) -> None:
    page = client.get("/p/news/settings/").context["form"]
    data = {name: page[name].value() or "" for name in page.fields} | fields
    answer = client.post("/p/news/settings/", data)
    assert answer.status_code == 302, answer.content


def test_a_managers_change_is_told_with_name_and_values(client: Client, project: Project) -> None:
    before = project.name
    change_name(client, project, name="Newer <b>news</b>")
    row = changes(project)[0][0]
    assert (row.by, row.deed) == ("mia", "changed")
    assert [(d.field, d.before, d.after) for d in row.differences] == [
        ("name", before, "Newer <b>news</b>")
    ]
    shown = client.get("/p/news/settings/changes/")
    assert "Newer &lt;b&gt;news&lt;/b&gt;" in shown.content.decode()
    assert "mia" in shown.content.decode()


def test_who_left_is_told(client: Client, project: Project) -> None:
    rae = make.make_member(project, name="rae")
    with scope(project=project):
        member = Membership.objects.get(user=rae)
    assert client.post(f"/p/news/people/{member.pk}/remove/").status_code == 302
    row = changes(project, kind="person")[0][0]
    assert (row.name, row.by, row.deed) == ("rae", "mia", "removed")


def test_by_the_api_as_well(client: Client, project: Project, mia: Any) -> None:
    answer = client.patch(
        "/api/v1/projects/news/policy/", {"policy": {"overlap": 2}}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    row = changes(project)[0][0]
    assert row.by == "mia"
    assert [(d.field, d.after) for d in row.differences] == [("policy: overlap", "2")]


def test_secrets_and_links_are_not_shown(project: Project) -> None:
    with scope(project=project):
        annotator = add_annotator(project, name="gpt", kind="labeller", backend="llm")
        annotator.secret_reference = "env:VERY_SECRET"
        annotator.save()
        project.invite_key = "a-sentinel"
        project.save()
    rows = changes(project)[0]
    told = repr(rows)
    assert "secret reference" in told
    assert "invite key" in told
    assert "VERY_SECRET" not in told
    assert "a-sentinel" not in told


def test_pages_hold_each_change_once(project: Project) -> None:
    with scope(project=project):
        Label.objects.bulk_create(
            [Label(project=project, key=f"Z{n}") for n in range(PAGE + 7)]
        )  # one moment for all
        Label.objects.filter(key="Z3").update(definition="x")
    first, older = changes(project)
    second, end = changes(project, before=older)
    assert len(first) == PAGE
    assert end == ""
    labels = [(row.name, row.deed) for row in (*first, *second) if str(row.kind) == "Label"]
    assert len(labels) == len(set(labels)) == PAGE + 8 + labels_of_preset(project)
    assert changes(project, before="no-such-place")[0] == first


def labels_of_preset(project: Project) -> int:
    with scope(project=project):
        return Label.objects.exclude(key__startswith="Z").count()


def test_filters(client: Client, project: Project, mia: Any) -> None:
    other = make.make_member(project, role="manager", languages=(), name="ben")
    change_name(client, project, name="Other")
    assert changes(project, by=other.pk)[0] == []
    assert [row.by for row in changes(project, by=mia.pk)[0]] == ["mia"]
    answer = client.get("/p/news/settings/changes/?kind=label&by=999999")
    assert "Nothing like that was changed." in answer.content.decode()


def test_another_projects_changes_are_not_there(project: Project) -> None:
    other = make.make_project(slug="other")
    with scope(project=other):
        Label.objects.create(project=other, key="SENTINEL")
    assert "SENTINEL" not in repr(changes(project))


def test_it_takes_as_many_queries_for_many(
    project: Project, django_assert_max_num_queries: Any
) -> None:
    with scope(project=project):
        Label.objects.bulk_create([Label(project=project, key=f"Z{n}") for n in range(40)])
        Label.objects.update(definition="x")
    with django_assert_max_num_queries(13):
        changes(project)
