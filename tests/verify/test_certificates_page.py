"""Certificates on their pages and by program: planned, shown, printed, withdrawn."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from annotate.models import Project, Run
from pipeline.stages import certifying
from tests import factories as make
from tests.verify import quality_scene as scene
from verify.actions import Accepted, accept
from verify.models import Certificate
from verify.stated import per_cent

PLAN = {"language": "es", "rate": "0.1", "confidence": "0.95", "design": "fixed", "allowed": "0",
        "population": "all", "mode": "blind", "seed": "spring"}  # fmt: skip


@pytest.fixture(autouse=True)
def unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotate.actions.runs.send", lambda run: None)


@pytest.fixture
def manager(project: Project) -> Client:
    made = [make.make_rendition(project) for _ in range(30)]
    accept(project, [Accepted(r.pk, make.make_consensus(r).reading_id) for r in made])
    client = Client()
    client.force_login(make.make_member(project, role="manager", name="chief"))
    return client


def words(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def work(project: Project) -> None:
    certifying.whole(Run(project=project, stage="certify"))


def test_from_plan_to_paper(project: Project, manager: Client) -> None:
    listed = reverse("verify:certificates", args=[project.slug])
    answer = manager.post(listed, PLAN)
    row = Certificate.objects.get()
    address = reverse("verify:certificate", args=[project.slug, row.pk])
    assert answer.headers["Location"] == address
    assert Run.objects.filter(project=project, stage="certify").exists()
    assert "A worker draws the sample" in words(manager, address)
    assert manager.post(listed, PLAN).status_code == 422
    work(project)
    assert "of them wrong" in words(manager, address)
    assert "0 /" in words(manager, listed)
    rater = make.make_rater(project)
    scene.judge_all(project, rater)
    work(project)
    row.refresh_from_db()
    page = words(manager, address)
    assert f"At most {per_cent(row.bound)} of 30 texts are wrong, with 95 % confidence" in page
    assert rater.pseudonym in page
    assert "spring" in page
    assert "they met no planted error" in page
    file = manager.get(reverse("verify:certificate-json", args=[project.slug, row.pk])).json()
    assert (file["state"], file["bound"], file["errors"]) == ("issued", row.bound, 0)
    assert file["seed"] == "spring"
    assert file["judged_blind"] == file["judged"] == row.plan["n"]
    withdraw = reverse("verify:certificate-withdraw", args=[project.slug, row.pk])
    manager.post(withdraw, {"because": ""})
    assert "Say why the certificate is withdrawn" in words(manager, address)
    manager.post(withdraw, {"because": "Labels were renamed"})
    assert "Withdrawn: Labels were renamed" in words(manager, listed)


@pytest.mark.parametrize(
    ("name", "value"), [("rate", "0.5"), ("language", "xx"), ("allowed", "-1"), ("seed", "a b")]
)
def test_a_plan_that_cannot_be_is_refused(
    project: Project, manager: Client, name: str, value: str
) -> None:
    address = reverse("verify:certificates", args=[project.slug])
    assert manager.post(address, PLAN | {name: value}).status_code == 422
    assert not Certificate.objects.exists()


def test_bounds_are_never_printed_smaller_than_they_are() -> None:
    assert [per_cent(share) for share in (0.05, 0.07, 0.04321, 0.0001)] == [
        "5 %", "7 %", "4.33 %", "0.01 %"
    ]  # fmt: skip


def test_by_program(project: Project, manager: Client) -> None:
    client = APIClient()
    client.force_authenticate(make.make_member(project, role="manager"))
    address = f"/api/v1/projects/{project.slug}/certificates/"
    made = client.post(address, {"language": "es", "rate": "0.1"}, format="json")
    assert made.status_code == 201
    assert made.data["state"] == "planned"
    assert client.post(address, {"language": "es"}, format="json").status_code == 409
    assert client.post(address, {"rate": "7"}, format="json").status_code == 400
    one = f"{address}{made.data['id']}/"
    gone = client.delete(one, {"because": "A trial"}, format="json")
    assert gone.data["state"] == "withdrawn"
    assert client.get(one).data["ended_because"] == "A trial"
    assert len(client.get(address).data["certificates"]) == 1
    assert client.get(f"/api/v1/projects/{project.slug}/reports/").data == {"reports": []}
    client.force_authenticate(make.make_member(project))
    assert client.get(address).status_code == 403
    assert client.get(f"{address}999999/").status_code == 403
