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
        ({"format": "conll-pair"}, "Choose the second file"),
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

    readable = {name for name, found in FORMATS.items() if found.may_read}
    assert {name.removesuffix("-pair") for name, _ in IMPORTS} == readable
    assert FORMATS["conll"].read_pair is not None
    assert {name for name, _ in EXPORTS} == {n for n, f in FORMATS.items() if f.write}
    assert set(UNIT_NAMES) == set(UNITS)


# Looking before


def ask(manager, *files, **fields):
    data = {"format": "auto", "upload": files, "language": "en", "unit": "auto", "preview": "1"}
    return manager.post(PAGE, {**data, **fields})


def test_files_are_previewed_each_in_its_own_format(inside, manager, people):
    answer = ask(manager, upload(), upload("b.conll", b"Ada B-PER\nleft O\n\n"))
    first, second = Run.objects.order_by("pk")
    assert answer.url == f"/p/news/import/preview/?run={first.pk}&run={second.pk}"
    assert [run.scope["format"] for run in (first, second)] == ["native", "conll"]
    assert [run.scope["name"] for run in (first, second)] == ["a.jsonl", "b.conll"]
    assert all(run.is_trial and run.stage == "import" for run in (first, second))
    assert first.scope["unit"] == "auto"
    page = manager.get(answer.url).content.decode()
    assert "A worker reads the first rows" in page
    assert "Import 2 files" not in page


def test_several_files_without_a_preview(inside, manager):
    data = {"format": "auto", "upload": [upload(), upload("b.jsonl")], "language": "en",
            "unit": "auto"}  # fmt: skip
    assert manager.post(PAGE, data).url == "/p/news/runs/"
    assert Run.objects.filter(is_trial=False, stage="import").count() == 2


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([upload("a.bin", b"\x00\x01")], "a.bin is of no format that is known"),
        ([upload(), upload("b.jsonl", b"")], "b.jsonl is empty"),
        ([], "required"),
        ([upload()] * 51, "at most 50 files"),
    ],
)
def test_what_cannot_be_previewed_is_said(inside, manager, files, words):
    answer = ask(manager, *files)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Run.objects.exists()


REPORT = {
    "format": "native", "checked": 2, "is_whole": True, "items": 1, "extended": 0, "unchanged": 0,
    "errors": 1, "notes": {}, "options": {"unit": "utf16"},
    "unit": {"taken": "utf16", "is_told": True, "tried": [
        {"unit": "utf16", "errors": 0, "spans": 1, "on_words": 1}]},
    "sensors": [{"kind": "mail_address", "texts": 1, "examples": [
        {"item": "<b>x</b>", "language": "en", "field": "text", "found": "an…rg"}]}],
    "rows": [{"id": "1", "line": 1, "split": "train", "group": "", "metadata": {"k": "<i>v</i>"},
              "inputs": [], "renditions": [{"language": "ar", "origin": "original", "fields": [
                  {"name": "text", "role": "labelled", "speaker": "", "language": "ar",
                   "direction": "rtl", "text": "<script>آدا", "is_cut": False}],
                  "candidates": [{"annotator": "imported", "more": 0, "relations": [],
                                  "spans": [{"label": "PER", "field": "text", "side": "target",
                                             "start": 8, "end": 11, "surface": "آدا",
                                             "anchor": "text"}],
                                  "answers": [{"question": "q", "target": "rendition",
                                               "value": ["a", "b"]}]}]}]}],
}  # fmt: skip


@pytest.fixture
def previewed(inside, manager):
    ask(manager, upload())
    run = Run.objects.get()
    run.state, run.report = "done", REPORT
    run.failed = 1
    run.save()
    run.errors.create(project=inside, stage="import", row=2, message="unknown label <x>")
    return run


def test_a_preview_shows_what_will_be_stored(previewed, manager):
    page = manager.get(f"{PAGE}preview/?run={previewed.pk}").content.decode()
    assert 'lang="ar" dir="rtl" data-marks="8-11-' in page
    for said in ("1 row has a problem", "unknown label &lt;x&gt;", "UTF-16 units",
                 "found out from the spans", "Mail addresses", "&lt;b&gt;x&lt;/b&gt;",
                 "&lt;script&gt;آدا", "a, b", "Import the file"):  # fmt: skip
        assert said in page, said
    assert "<script>آدا" not in page
    assert "hx-trigger" not in page.partition('id="files"')[2].partition(">")[0]


def test_what_was_previewed_is_imported(previewed, manager, people):
    answer = manager.post(f"{PAGE}start/", {"run": previewed.pk, "keep_good_rows": "1"})
    run = Run.objects.get(is_trial=False)
    assert answer.url == f"/p/news/runs/{run.pk}/"
    assert run.upload.name == previewed.upload.name
    assert (run.scope["unit"], run.scope["all_or_nothing"]) == ("utf16", False)
    assert run.made_by == people.manager


def test_only_a_preview_that_is_there_can_be_imported(previewed, manager):
    previewed.state = "running"
    previewed.save()
    answer = manager.post(f"{PAGE}start/", {"run": previewed.pk}, follow=True)
    assert "Not every preview is there yet" in answer.content.decode()
    assert not Run.objects.filter(is_trial=False).exists()


@pytest.mark.parametrize("asked", ["", "?run=x", "?run=999999", "?run=-1"])
def test_a_preview_that_is_not_there(previewed, manager, asked):
    assert manager.get(f"{PAGE}preview/{asked}").status_code == 404


def test_a_file_can_be_read_otherwise(previewed, manager):
    fields = {"format": "native", "language": "es", "unit": "utf8", "split": "dev"}
    answer = manager.post(f"{PAGE}{previewed.pk}/", {"run": previewed.pk, **fields})
    made = Run.objects.exclude(pk=previewed.pk).get()
    assert answer.url == f"{PAGE}preview/?run={made.pk}"
    assert made.is_trial
    assert made.upload.name == previewed.upload.name
    assert {key: made.scope[key] for key in fields} == fields
    bad = manager.post(f"{PAGE}{previewed.pk}/", {**fields, "unit": "furlong"}, follow=True)
    assert "Select a valid choice" in bad.content.decode()


def test_a_pair_can_be_read_otherwise(inside, manager):
    ask(manager, upload("en.conll", b"Ada B-PER\n"), format="conll-pair", target_language="es",
        upload_pair=upload("es.conll", b"Ada B-PER\n"))  # fmt: skip
    run = Run.objects.get()
    assert (run.scope["format"], run.is_trial) == ("conll", True)
    manager.post(
        f"{PAGE}{run.pk}/",
        {"format": "conll-pair", "language": "en", "unit": "auto", "target_language": "es",
         "target_labels": "ignore"},
    )  # fmt: skip
    made = Run.objects.exclude(pk=run.pk).get()
    assert (made.scope["format"], made.scope["target_labels"]) == ("conll", "ignore")
    assert made.upload_pair.name == run.upload_pair.name


@pytest.mark.parametrize("place", ["preview/?run={pk}", "start/", "{pk}/"])
def test_previews_are_for_managers(previewed, reviewer, stranger, place):
    address = PAGE + place.format(pk=previewed.pk)
    for person, status in ((reviewer, 403), (stranger, 404)):
        found = person.get(address) if "?" in place else person.post(address, {"run": previewed.pk})
        assert found.status_code == status


# Pausing and undoing


def test_a_run_is_paused_and_resumed(inside, manager):
    run = Run.objects.create(project=inside, stage="import", state="running")
    address = f"/p/news/runs/{run.pk}/"
    page = manager.post(f"{address}pause/", follow=True).content.decode()
    assert "Paused." in page
    assert "read from its beginning when you resume" in page
    assert "Resume" in page
    manager.post(f"{address}resume/")
    run.refresh_from_db()
    assert run.state == "queued"
    assert "not paused" in manager.post(f"{address}resume/", follow=True).content.decode()


def test_an_import_offers_its_undoing(inside, manager):
    run = Run.objects.create(project=inside, stage="import", state="done")
    address = f"/p/news/runs/{run.pk}/"
    assert "Undo this import" not in manager.get(address).content.decode()
    assert "brought nothing" in manager.post(f"{address}undo/", follow=True).content.decode()
    run.brought = {"items": [[1, 2]], "renditions": [[1, 2]]}
    run.save()
    assert "Undo this import" in manager.get(address).content.decode()
    answer = manager.post(f"{address}undo/")
    made = Run.objects.get(stage="undo")
    assert answer.url == f"/p/news/runs/{made.pk}/"
    assert made.scope["run"] == run.pk
