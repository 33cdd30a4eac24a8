"""A disk that fills up while an export is written: said plainly, and nothing half written stays."""

from __future__ import annotations

import errno
from typing import Any

from django.core.files.storage import FileSystemStorage, default_storage

from annotate.actions import runs
from pipeline.inline import work_off
from tests import factories as make

SCOPE = {"format": "native", "decided_only": False}


def stored() -> list[str]:
    folders, files = (
        default_storage.listdir("exports") if default_storage.exists("exports") else ([], [])
    )
    assert not folders
    return files


def test_what_is_half_written_goes_and_the_next_export_works(
    project: Any, settings: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    make.make_item(project)
    good = FileSystemStorage._save

    def full(self: Any, name: str, content: Any) -> str:
        good(self, name, content)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(FileSystemStorage, "_save", full)
        run = work_off(runs.queue_run(project, "export", scope=SCOPE))
    assert run.state == "failed"
    assert "No space left on device" in run.message
    assert "export again" in run.message
    assert not run.result
    assert stored() == []
    run = work_off(runs.queue_run(project, "export", scope=SCOPE))
    assert run.state == "done"
    assert [run.result.name] == [f"exports/{name}" for name in stored()]
