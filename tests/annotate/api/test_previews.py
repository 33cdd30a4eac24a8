"""Previews, pausing and undoing by program."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_scopes import scope
from rest_framework.test import APIClient

from annotate.models import Project, Run

pytestmark = pytest.mark.django_db
IMPORT = "/api/v1/projects/news/import/"


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_preview_is_a_trial_in_the_format_that_was_found_out(
    manager: APIClient, project: Project
) -> None:
    upload = SimpleUploadedFile("a.txt", b"Ada B-PER\nleft O\n\n")
    answer = manager.post(IMPORT, {"upload": upload, "preview": "true", "unit": "auto"})
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["is_trial"] is True
    assert body["scope"]["format"] == "conll"
    assert "preview" not in body["scope"]
    with scope(project=project):
        assert Run.objects.get().upload.read() == b"Ada B-PER\nleft O\n\n"


def test_a_file_of_no_known_format_is_refused(manager: APIClient, project: Project) -> None:
    answer = manager.post(IMPORT, {"upload": SimpleUploadedFile("a.bin", b"\x00\x01")})
    assert answer.status_code == 400
    assert "no format known" in str(answer.json())


def test_a_run_is_paused_resumed_and_undone(manager: APIClient, project: Project) -> None:
    with scope(project=project):
        run = Run.objects.create(project=project, stage="import", state="running")
    address = f"/api/v1/projects/news/runs/{run.pk}/"
    assert manager.post(f"{address}resume/").status_code == 409
    assert manager.post(f"{address}pause/").json()["state"] == "paused"
    assert manager.post(f"{address}pause/").status_code == 409
    assert manager.post(f"{address}resume/").json()["state"] == "queued"
    assert manager.post(f"{address}undo/").status_code == 409
    with scope(project=project):
        Run.objects.filter(pk=run.pk).update(
            state="done", brought={"items": [[1, 1]], "renditions": [[1, 1]]}
        )
    answer = manager.post(f"{address}undo/")
    assert answer.status_code == 201
    assert answer.json()["stage"] == "undo"
    assert answer.json()["scope"]["run"] == run.pk
    assert manager.post(f"{address}undo/").status_code == 409
