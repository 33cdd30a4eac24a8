"""Importing: what is uploaded, checked and put into a run."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotate.models import Run

PAGE = "/p/news/import/"


def upload(name="a.jsonl", content=b'{"id": "1", "text": "Ana"}\n'):
    return SimpleUploadedFile(name, content)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_file_becomes_a_run(inside, manager, people):
    answer = manager.post(
        PAGE,
        {"format": "native", "upload": upload(), "language": "en", "unit": "utf16",
         "create_labels": "on"},
    )  # fmt: skip
    run = Run.objects.get()
    assert answer.url == f"/p/news/runs/{run.pk}/"
    assert (run.stage, run.state, run.made_by) == ("import", "queued", people.manager)
    assert run.upload.read() == b'{"id": "1", "text": "Ana"}\n'
    assert not run.upload_pair
    assert run.scope == {
        "format": "native", "language": "en", "target_language": "", "target_labels": "keep",
        "unit": "utf16", "split": "", "create_labels": True, "all_or_nothing": False,
        "annotator": "imported", "name": "a.jsonl",
    }  # fmt: skip


def test_a_pair_of_files(inside, manager):
    manager.post(
        PAGE,
        {"format": "conll-pair", "upload": upload("en.conll"), "upload_pair": upload("es.conll"),
         "language": "en", "target_language": "es", "unit": "codepoint", "all_or_nothing": "on",
         "target_labels": "ignore"},
    )  # fmt: skip
    run = Run.objects.get()
    assert run.scope["format"] == "conll"
    assert (run.scope["target_language"], run.scope["target_labels"]) == ("es", "ignore")
    assert run.scope["all_or_nothing"] is True
    assert run.upload_pair.read()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"upload": upload(content=b"")}, "is empty"),
        ({"upload": ""}, "required"),
        ({"format": "conll-pair"}, "Choose the file with the translation"),
        ({"format": "conll-pair", "upload_pair": upload()}, "Say which language the second"),
        ({"format": "conll-pair", "upload_pair": upload(), "language": "es",
          "target_language": "es"}, "Both files cannot be in one language"),
        ({"language": "fr"}, "Select a valid choice"),
        ({"format": "exe"}, "Select a valid choice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_queued(inside, manager, change, words):
    good = {"format": "native", "upload": upload(), "language": "en", "unit": "codepoint"}
    answer = manager.post(PAGE, {**good, **change})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Run.objects.exists()


def test_a_file_above_the_limit(inside, manager, settings):
    settings.UPLOAD_MAX_BYTES = 1000
    big = {"format": "native", "upload": upload(content=b"x" * 1001), "language": "en",
           "unit": "codepoint"}  # fmt: skip
    answer = manager.post(PAGE, big)
    assert "this site takes at most 1000" in answer.content.decode().replace("\xa0", " ")
    assert not Run.objects.exists()


def test_formats_offered_are_formats_there_are():
    from annotate.formats.catalog import FORMATS
    from annotate.forms.runs import EXPORTS, IMPORTS, UNIT_NAMES
    from annotate.spans import UNITS

    readable = {name for name, found in FORMATS.items() if found.read is not None}
    assert {name for name, _ in IMPORTS} - {"conll-pair"} == readable
    assert FORMATS["conll"].read_pair is not None
    assert {name for name, _ in EXPORTS} == {n for n, f in FORMATS.items() if f.write}
    assert set(UNIT_NAMES) == set(UNITS)
