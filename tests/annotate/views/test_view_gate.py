"""Who may open what: every page for a manager, a reviewer, a stranger and someone not signed in."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from annotate.models import Annotator, Label, Membership, Run

MOST_QUERIES = 15
OPEN_TO_MEMBERS = ("project",)
PAGES = (
    "project", "import", "export", "runs", "run", "item", "annotators", "annotator-new",
    "annotator", "people", "member", "settings", "guidelines", "policy", "labels", "label",
    "languages",
)  # fmt: skip
DEEDS = (
    "run-start", "run-cancel", "run-pause", "run-resume", "run-undo", "run-retry", "annotator-switch", "annotator-trial", "invite",
    "invites-void", "member-remove", "archive", "calls",
)  # fmt: skip


@pytest.fixture
def address(project, items):
    with scope(project=project):
        run = Run.objects.create(project=project, stage="label", state="done")
        keys = {
            "run": run.pk, "item": items[0].pk, "label": Label.objects.first().pk,
            "annotator": Annotator.objects.filter(project=project, kind="labeller").first().pk,
            "member": Membership.objects.get(user__username="reviewer").pk,
        }  # fmt: skip

    def find(name):
        key = keys.get(name.split("-")[0]) if name not in ("run-start", "annotator-new") else None
        return reverse(f"annotate:{name}", args=[project.slug, *([key] if key else [])])

    return find


@pytest.mark.parametrize("name", PAGES)
def test_pages_open_to_those_who_may(
    name, address, manager, reviewer, stranger, django_assert_max_num_queries
):
    with django_assert_max_num_queries(MOST_QUERIES):
        page = manager.get(address(name))
    assert page.status_code == 200
    assert b"style=" not in page.content
    assert reviewer.get(address(name)).status_code == (200 if name in OPEN_TO_MEMBERS else 403)
    assert stranger.get(address(name)).status_code == 404
    away = Client().get(address(name))
    assert away.status_code == 302
    assert away.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", DEEDS)
def test_deeds_are_for_managers_and_by_post(name, address, manager, reviewer, stranger):
    assert reviewer.post(address(name)).status_code == 403
    assert stranger.post(address(name)).status_code == 404
    assert Client().post(address(name)).status_code == 302
    assert manager.get(address(name)).status_code == 405


def test_a_forged_post_is_refused(address, people):
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.manager)
    assert client.post(address("archive"), {"archived": "1"}).status_code == 403


def test_rows_of_another_project_do_not_exist_here(project, items, manager, people):
    from annotate.actions.projects import create_project

    other = create_project(name="Other", source="en", targets=("es",), by=people.manager)
    with scope(project=project):
        run = Run.objects.create(project=project, stage="label")
    annotator = Annotator.objects.filter(project=project).first()
    for name, key in (("run", run.pk), ("item", items[0].pk), ("annotator", annotator.pk)):
        assert manager.get(reverse(f"annotate:{name}", args=[other.slug, key])).status_code == 404


def test_an_instance_admin_manages_every_project(admin, address):
    assert admin.get(address("settings")).status_code == 200
