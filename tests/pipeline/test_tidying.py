"""Old uploads and exports go, what may still be needed stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django_scopes import scopes_disabled

from annotate.models import Run
from pipeline.tidying import forget_files, tidy_daily
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()


def run(stage: str, field: str, name: str, *, days: float, state: str = "done") -> Run:
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(b"text"))
    ended = timezone.now() - timedelta(days=days) if state == "done" else None
    return Run.objects.create(
        project=make.make_project(), stage=stage, state=state, finished_at=ended, **{field: name}
    )


def test_files_of_runs_that_ended_long_ago_go(settings: Any) -> None:
    settings.UPLOAD_DAYS, settings.EXPORT_DAYS = 30, 7
    old = run("import", "upload", "uploads/old", days=31)
    run("import", "upload", "uploads/new", days=29)
    run("export", "result", "exports/old", days=8)
    run("export", "result", "exports/new", days=6)
    run("import", "upload", "uploads/paused", days=99, state="paused")
    assert forget_files() == 2
    left = {n for f in ("uploads", "exports") for n in default_storage.listdir(f)[1]}
    assert left == {"new", "paused"}
    old.refresh_from_db()
    assert not old.upload
    assert forget_files() == 0


def test_a_file_that_another_run_is_of_stays(settings: Any) -> None:
    run("import", "upload", "uploads/twice", days=40)
    second = run("import", "upload", "uploads/twice", days=1)
    assert forget_files() == 0
    assert default_storage.exists("uploads/twice")
    with scopes_disabled():
        Run.objects.filter(pk=second.pk).update(finished_at=timezone.now() - timedelta(days=50))
    assert forget_files() == 1
    assert not default_storage.exists("uploads/twice")


def test_zero_days_keep_everything(settings: Any) -> None:
    settings.UPLOAD_DAYS = settings.EXPORT_DAYS = 0
    run("import", "upload", "uploads/old", days=3000)
    assert forget_files() == 0


def test_it_is_done_once_a_day_and_ends_sessions_long_over() -> None:
    for name, days in (("over", -1), ("live", 1)):
        until = timezone.now() + timedelta(days=days)
        Session.objects.create(session_key=name, session_data="", expire_date=until)
    assert tidy_daily()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["live"]
    assert not tidy_daily()
