"""The policy by program: read, changed key by key, refused where its page would refuse it, tried."""

from __future__ import annotations

from typing import Any

import pytest
from django_scopes import scope
from rest_framework.test import APIClient

from annotate.forms.policy import DEFAULTS
from annotate.models import Project, Run
from pipeline.stages import measuring
from tests import factories as make
from tests.verify import quality_scene as scene

ADDRESS = "/api/v1/projects/news/policy/"


def change(client: APIClient, **policy: Any) -> Any:
    return client.patch(ADDRESS, {"policy": policy}, format="json")


def test_keys_are_set_one_by_one(project: Project, manager: APIClient) -> None:
    assert manager.get(ADDRESS).json()["policy"] == DEFAULTS
    sent = {
        "overlap": 2, "disputed_overlap": None, "accept_unanimous": False, "bands": [2, 1, 0.5],
        "person_labels": ["PER"], "trusted_from": 0.5,
        "by_language": {"es": {"overlap": 3, "person_labels": ["PER", "LOC"]}},
    }  # fmt: skip
    answer = change(manager, **sent)
    assert answer.status_code == 200, answer.json()
    project.refresh_from_db()
    assert project.policy == {"advance": "auto", **sent}
    assert change(manager, accept_unanimous=True).json()["policy"]["overlap"] == 2
    project.refresh_from_db()
    assert project.policy == {"advance": "auto", **sent, "accept_unanimous": True}


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ({"overlap": 0}, "overlap"),
        ({"nothing": 1}, "nothing"),
        ({"by_language": {"es": 3}}, "by_language"),
        ({"by_language": {"es": {"overlap": 0}}}, "by_language"),
        ({"by_language": {"tlh": {"overlap": 2}}}, "by_language"),
        ({"planted_share": 0.9, "gold_share": 0.9}, "planted_share"),
    ],
)
def test_what_cannot_be_is_refused(
    project: Project, manager: APIClient, sent: dict[str, Any], key: str
) -> None:
    answer = change(manager, **sent)
    assert answer.status_code == 400
    assert key in answer.json()
    assert manager.patch(ADDRESS, {"policy": 3}, format="json").status_code == 400
    project.refresh_from_db()
    assert project.policy == {"advance": "auto"}


def test_only_managers(reviewer: APIClient, stranger: APIClient, project: Project) -> None:
    assert (change(reviewer).status_code, change(stranger).status_code) == (403, 404)
    assert reviewer.post(f"{ADDRESS}try/", {}, format="json").status_code == 403


def test_a_policy_is_tried_and_nothing_changes(project: Project, manager: APIClient) -> None:
    assert manager.post(f"{ADDRESS}try/", {}, format="json").status_code == 404
    project.policy = {"audit_share": 0.5, "blind_share": 0.0, "min_families": 1}
    project.save(update_fields=["policy"])
    with scope(project=project):
        scene.route(project, scene.read_by_machines(project, 16))
        scene.judge_all(project, make.make_rater(project))
        measuring.whole(Run(project=project, stage="agree"))

    def seen(**policy: Any) -> float:
        answer = manager.post(f"{ADDRESS}try/", {"policy": policy}, format="json")
        assert answer.status_code == 200, answer.json()
        (row,) = answer.json()["outcomes"]
        assert row["hours"] <= row["hours_all"]
        return float(row["seen"])

    assert seen() > seen(max_entropy=2.0, audit_share=0.0) == 0
    assert seen(person_labels=["LOC"]) == pytest.approx(16)
    assert (
        manager.post(f"{ADDRESS}try/", {"policy": {"overlap": 0}}, format="json").status_code == 400
    )
    project.refresh_from_db()
    assert "max_entropy" not in project.policy
