"""A file goes in, a worker reads it, a file comes out: all of it by program."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_scopes import scope
from rest_framework.test import APIClient

from annotate.models import Candidate, Project, Run
from pipeline.inline import work_off

pytestmark = pytest.mark.django_db

GOOD_ROW = {
    "id": "n1",
    "renditions": [{"language": "en", "fields": [{"name": "text", "text": "Nobody came. 🎈"}]}],
}
CONLL = b"Amina B-PER\nlives O\nin O\nDakar B-LOC\n\n"
CONLL_ES = b"Amina B-PER\nvive O\nen O\nDakar B-LOC\n\n"


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def finish(project: Project, pk: int) -> Run:
    """Stand in for the worker."""
    with scope(project=project):
        return work_off(Run.objects.get(pk=pk))


def test_import_wait_export_fetch(manager: APIClient, project: Project) -> None:
    base = "/api/v1/projects/news"
    sent = manager.post(f"{base}/import/", {"upload": upload("a.conll", CONLL), "format": "conll"})
    assert sent.status_code == 201, sent.content
    run = sent.json()
    assert (run["stage"], run["state"], run["is_live"]) == ("import", "queued", True)
    assert run["scope"]["all_or_nothing"] is True
    assert run["scope"]["create_labels"] is False

    waiting = manager.get(f"{base}/runs/{run['id']}/wait/?seconds=0")
    assert waiting.json()["is_live"] is True
    finish(project, run["id"])
    done = manager.get(f"{base}/runs/{run['id']}/wait/?seconds=25").json()
    assert (done["state"], done["report"]["items"], done["report"]["spans"]) == ("done", 1, 2)

    items = manager.get(f"{base}/items/").json()
    assert items["next"] is None
    (item,) = items["results"]
    assert item["renditions"][0]["language"] == "en"
    assert [f["text"] for f in item["renditions"][0]["fields"]] == ["Amina lives in Dakar"]

    asked = manager.post(
        f"{base}/export/", {"format": "conll", "languages": ["en"], "decided_only": False},
        format="json",
    )  # fmt: skip
    assert asked.status_code == 201, asked.content
    assert manager.get(f"{base}/runs/{asked.json()['id']}/result/").status_code == 409
    assert finish(project, asked.json()["id"]).state == "done"
    fetched = manager.get(f"{base}/runs/{asked.json()['id']}/result/")
    assert fetched.status_code == 200
    archive = zipfile.ZipFile(io.BytesIO(b"".join(fetched.streaming_content)))
    text = "".join(archive.read(n).decode() for n in archive.namelist() if "en" in n.lower())
    assert "Amina" in text
    assert "B-PER" in text
    assert "LOSSES.json" in archive.namelist()


def test_a_pair_becomes_items_in_two_languages(manager: APIClient, project: Project) -> None:
    sent = manager.post(
        "/api/v1/projects/news/import/",
        {
            "upload": upload("en.conll", CONLL),
            "upload_pair": upload("es.conll", CONLL_ES),
            "format": "conll",
            "language": "en",
            "target_language": "es",
            "target_labels": "ignore",
            "split": "test",
        },
    )
    assert sent.status_code == 201, sent.content
    assert finish(project, sent.json()["id"]).state == "done"
    (item,) = manager.get("/api/v1/projects/news/items/").json()["results"]
    assert [row["language"] for row in item["renditions"]] == ["en", "es"]
    assert item["split"] == "test"
    with scope(project=project):
        assert not Candidate.objects.filter(rendition__language="es").exists()


def test_bad_rows_are_listed_with_their_lines_and_retried_as_a_new_import(
    manager: APIClient, project: Project
) -> None:
    rows = [json.dumps(GOOD_ROW), "{not json"]
    sent = manager.post(
        "/api/v1/projects/news/import/",
        {"upload": upload("a.jsonl", "\n".join(rows).encode()), "format": "native"},
    )
    run = finish(project, sent.json()["id"])
    assert run.state == "failed"
    base = f"/api/v1/projects/news/runs/{run.pk}"
    errors = manager.get(f"{base}/errors/").json()["results"]
    assert [row["row"] for row in errors] == [2]
    assert errors[0]["message"]
    refused = manager.post(f"{base}/retry/")
    assert refused.status_code == 409
    assert "anew" in refused.json()["detail"]
    assert manager.get(f"{base}/result/").status_code == 404


def test_long_lists_are_walked_by_key(manager: APIClient, project: Project) -> None:
    with scope(project=project):
        made = [Run.objects.create(project=project, stage="import").pk for _ in range(5)]
    seen: list[int] = []
    address: str | None = "/api/v1/projects/news/runs/?size=2"
    pages = 0
    while address:
        answer = manager.get(address).json()
        seen += [row["id"] for row in answer["results"]]
        address, pages = answer["next"], pages + 1
    assert seen == sorted(made, reverse=True)
    assert pages == 3


def test_a_stage_is_queued_once_and_cancelled(manager: APIClient, project: Project) -> None:
    address = "/api/v1/projects/news/stages/"
    made = manager.post(address, {"stage": "aggregate"}, format="json")
    assert made.status_code == 201
    (run,) = made.json()
    again = manager.post(address, {"stage": "aggregate"}, format="json")
    assert again.status_code == 409
    assert "already running" in again.json()["detail"]
    cancel = f"/api/v1/projects/news/runs/{run['id']}/cancel/"
    assert manager.post(cancel).json()["state"] == "cancelled"
    assert manager.post(cancel).status_code == 409


def test_failed_rows_are_tried_again_in_a_new_run(manager: APIClient, project: Project) -> None:
    from annotate.actions.runs import close, record_errors

    with scope(project=project):
        old = Run.objects.create(project=project, stage="aggregate")
        record_errors(old, [(7, "", "it broke", "raw")])
        close(old, "done")
        made = manager.post(f"/api/v1/projects/news/runs/{old.pk}/retry/")
        assert made.status_code == 201
        assert made.json()["stage"] == "aggregate"
        assert made.json()["id"] != old.pk
        assert not old.errors.filter(is_resolved=False).exists()


def test_what_no_annotator_does_is_refused(manager: APIClient) -> None:
    answer = manager.post("/api/v1/projects/news/stages/", {"stage": "label"}, format="json")
    assert answer.status_code == 400
    assert "labeller" in answer.json()["stage"][0]


def test_waiting_places_are_bounded(manager: APIClient, project: Project, monkeypatch: Any) -> None:
    from annotate.api import runs

    with scope(project=project):
        run = Run.objects.create(project=project, stage="import")
    taken = runs.threading.BoundedSemaphore(1)
    taken.acquire()
    monkeypatch.setattr(runs, "WAITERS", taken)
    answer = manager.get(f"/api/v1/projects/news/runs/{run.pk}/wait/?seconds=25")
    assert answer.status_code == 200
    assert answer.headers["Retry-After"] == "1"
    assert answer.json()["is_live"] is True
