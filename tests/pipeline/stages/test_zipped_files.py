"""A zip of several data files: each is an import of its own, by page, command and API."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django_scopes import scope, scopes_disabled
from rest_framework.test import APIClient

from annotate.models import Item, Project, Run
from pipeline.inline import work_off
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)

ADA = '{"id": "a", "text": "Ada left.", "spans": [[0, 3, "PER"]]}\n'
BO = "id,text\nb,Bo came.\n"
FILES = {
    "set/train.jsonl": ADA, "set/test.csv": BO, "__MACOSX/set/._train.jsonl": "\0\5",
    "set/.DS_Store": "\0",
}  # fmt: skip


def packed(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.fixture(autouse=True)
def project(settings: Any, tmp_path: Path) -> Project:
    settings.MEDIA_ROOT = tmp_path / "files"
    return make.make_project(slug="news")


@pytest.fixture
def manager(project: Project) -> Any:
    return make.make_member(project, role="manager")


def post(manager: Any, files: dict[str, str] | bytes, name: str = "set.zip", **more: Any) -> Any:
    client = Client()
    client.force_login(manager)
    content = files if isinstance(files, bytes) else packed(files)
    sent = {"format": "auto", "language": "en", "unit": "codepoint", **more}
    return client.post("/p/news/import/", {**sent, "upload": SimpleUploadedFile(name, content)})


def items() -> list[str]:
    return list(Item.objects.order_by("external_id").values_list("external_id", flat=True))


def test_each_file_of_a_zip_is_an_import_of_its_own(project: Project, manager: Any) -> None:
    assert post(manager, FILES).url == "/p/news/runs/"
    with scope(project=project):
        runs = list(Run.objects.order_by("pk"))
        said = [(run.scope["name"], run.scope["format"]) for run in runs]
        assert said == [("set.zip/set/train.jsonl", "native"), ("set.zip/set/test.csv", "csv")]
        assert len({run.upload.name for run in runs}) == 1, "the zip is stored once"
        assert len(default_storage.listdir("uploads")[1]) == 1
        for run in runs:
            assert work_off(run).state == "done", run.message
        assert items() == ["a", "b"]


def test_a_preview_shows_each_file(project: Project, manager: Any) -> None:
    answer = post(manager, FILES, preview="1")
    with scope(project=project):
        for run in Run.objects.filter(is_trial=True):
            assert work_off(run).state == "done", run.message
    client = Client()
    client.force_login(manager)
    page = client.get(answer.url).content.decode()
    assert "set.zip/set/train.jsonl" in page
    assert "set.zip/set/test.csv" in page
    assert "Bo came." in page
    with scope(project=project):
        runs = [run.pk for run in Run.objects.filter(is_trial=True)]
    client.post("/p/news/import/start/", {"run": runs})
    with scope(project=project):
        for run in Run.objects.filter(is_trial=False):
            assert work_off(run).state == "done", run.message
        assert items() == ["a", "b"]


def test_a_fault_names_file_and_row(project: Project, manager: Any) -> None:
    post(manager, {"good.jsonl": ADA, "bad.jsonl": ADA.replace("[0, 3,", "[0, 99,")},
         all_or_nothing="on")  # fmt: skip
    with scope(project=project):
        good, bad = (work_off(run) for run in Run.objects.order_by("pk"))
        assert (good.state, bad.state) == ("done", "failed")
        assert bad.scope["name"] == "set.zip/bad.jsonl"
        error = bad.errors.get()
        assert error.row == 1
        assert "outside the text" in error.message


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a.jsonl": ADA, "notes.pdf": "%PDF-1.7"}, "set.zip/notes.pdf is of no format"),
        ({"../a.jsonl": ADA}, "unsafe path"),
        ({"__MACOSX/a": "x", ".hidden": "y"}, "set.zip holds no file to import"),
        ({f"{n}.jsonl": ADA for n in range(51)}, "at most 50 files"),
        ({"zeros.jsonl": "0" * 20_000_000}, "more than 200 times its size"),
        (b"PK\3\4 and then nothing of the kind", "no zip archive"),
        (packed(FILES)[:-40], "no zip archive"),
    ],
)
def test_a_zip_that_cannot_be_taken_is_named_and_nothing_is_queued(
    manager: Any, files: Any, words: str
) -> None:
    answer = post(manager, files)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    with scopes_disabled():
        assert not Run.objects.exists()


def test_a_member_that_is_damaged_fails_with_the_cause(project: Project, manager: Any) -> None:
    content = bytearray(packed({"a.jsonl": ADA * 50}))
    at = content.index(b"a.jsonl") + len("a.jsonl") + 20
    content[at : at + 4] = b"\xff\xff\xff\xff"
    answer = post(manager, bytes(content))
    assert answer.status_code == 422
    assert b"damaged" in answer.content


def test_by_command(project: Project, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr("annotate.management.commands.import.wait_for", work_off)
    file = tmp_path / "set.zip"
    file.write_bytes(packed(FILES))
    call_command("import", "news", str(file), language="en")
    with scope(project=project):
        assert items() == ["a", "b"]
    file.write_bytes(packed({"a.bin": "\0\1"}))
    with pytest.raises(CommandError, match=r"set.zip/a.bin is of no format"):
        call_command("import", "news", str(file))


def test_by_program_one_file_of_it_at_a_time(project: Project, manager: Any) -> None:
    client = APIClient()
    client.force_authenticate(manager)
    ask = "/api/v1/projects/news/import/"
    sent = {"upload": SimpleUploadedFile("set.zip", packed(FILES))}
    refused = client.post(ask, sent, format="multipart")
    assert refused.status_code == 400
    assert refused.json()["member"] == ["Name one file of the zip: set/train.jsonl, set/test.csv."]
    sent = {"upload": SimpleUploadedFile("set.zip", packed(FILES)), "member": "set/test.csv"}
    made = client.post(ask, sent, format="multipart")
    assert made.status_code == 201, made.content
    with scope(project=project):
        assert work_off(Run.objects.get(pk=made.json()["id"])).state == "done"
        assert items() == ["b"]


def test_brat_stays_one_data_set(project: Project, manager: Any) -> None:
    post(manager, {"a.txt": "Ada left.", "a.ann": "T1\tPER 0 3\tAda\n"}, name="brat.zip")
    with scope(project=project):
        run = Run.objects.get()
        assert run.scope["format"] == "brat"
        assert "member" not in run.scope
        assert work_off(run).state == "done", json.dumps(run.report)
