"""Importing by command: looked at before, and taken back."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from annotate.actions import runs
from annotate.management.commands import undo_import as undo_command
from annotate.models import Item, Run
from pipeline.inline import work_off

pytestmark = pytest.mark.django_db(transaction=True)
IMPORT = "annotate.management.commands.import"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """There are no workers: whoever waits for a run does it."""

    def worked_off(run, *, seconds=None):
        ended = work_off(run)
        run.refresh_from_db()
        return ended

    monkeypatch.setattr(f"{IMPORT}.wait_for", worked_off)
    monkeypatch.setattr(undo_command, "wait_for", worked_off)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "letters.jsonl"
    path.write_text('{"id": "a", "text": "😀 Ada", "spans": [[3, 6, "PER"]]}\n')
    return str(path)


def test_a_preview_prints_what_would_come(project, file, capsys):
    call_command("import", project.slug, file, preview=True, unit="auto")
    said = capsys.readouterr().out
    report = json.loads(said[said.index("{") :])
    assert report["unit"]["taken"] == "utf16"
    assert report["rows"][0]["id"] == "a"
    assert not Item.objects.exists()


def test_an_import_finds_its_format_out_and_is_undone(project, file, capsys):
    call_command("import", project.slug, file, unit="auto")
    run = Run.objects.get(stage="import")
    assert run.scope["format"] == "native"
    assert Item.objects.count() == 1
    call_command("undo_import", project.slug, run.pk)
    assert "done" in capsys.readouterr().out
    assert not Item.objects.exists()
    with pytest.raises(CommandError, match="brought nothing"):
        call_command("undo_import", project.slug, run.pk)


def test_what_cannot_be_done_is_said(project, file, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"\0\1")
    with pytest.raises(CommandError, match="no format that is known"):
        call_command("import", project.slug, str(tmp_path / "a.bin"))
    with pytest.raises(CommandError, match="no run 7777"):
        call_command("undo_import", project.slug, 7777)
    with pytest.raises(CommandError, match="no project"):
        call_command("undo_import", "nowhere", 1)
    call_command("import", project.slug, file, unit="auto")
    run = Run.objects.get(stage="import")
    runs.queue_run(project, "prepare")
    with pytest.raises(SystemExit):
        call_command("undo_import", project.slug, run.pk)
    assert Item.objects.count() == 1
