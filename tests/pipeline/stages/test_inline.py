"""Working runs off in a command while workers are at it too."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

import pytest
from django.db import connection
from django_scopes import scope, scopes_disabled

from annotate.actions import runs
from annotate.actions.projects import add_annotator
from annotate.models import Project, Run
from pipeline import inline, stages
from pipeline.stages import end_run
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_run_that_a_worker_holds_is_waited_for(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run.objects.create(project=project, stage="release")
    looks = []

    def held(run: Run, stage: Any) -> None:
        """Somebody else has the lock, and is done by the third look."""
        looks.append(run.state)
        if len(looks) == 3:
            runs.close(run, Run.State.FAILED, message="The disk is full.")

    monkeypatch.setattr(inline, "do_whole", held)
    monkeypatch.setattr(inline, "LOOK_EVERY", 0.001)
    assert inline.work_off(run).message == "The disk is full."
    assert len(looks) == 3


def make_due(project: Project) -> None:
    """A text whose labels are to be projected, in a project that goes on by itself."""
    project.policy["advance"] = "auto"
    project.save(update_fields=["policy"])
    factories.make_rendition(project)
    add_annotator(project, name="links", kind="projector", backend="links")


def wait_for_look(seen: list[int]) -> None:
    """Return once the watcher has looked again, twice: the first look may have begun before."""
    before = len(seen)
    while len(seen) < before + 2:
        time.sleep(0.005)


@pytest.mark.django_db(transaction=True)
def test_a_project_is_never_seen_idle_between_two_stages(project: Project) -> None:
    """Another connection looks while a run is being ended: it is live, or the next one is."""
    make_due(project)
    run = Run.objects.create(project=project, stage="prepare", state="running")
    seen, over = [], threading.Event()

    def look() -> None:
        with scopes_disabled():
            while not over.is_set():
                live = Run.objects.filter(project=project, state__in=["queued", "running"])
                seen.append(live.count())
        connection.close()

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        wait_for_look(seen)
        assert end_run(run, Run.State.DONE)
        wait_for_look(seen)
    finally:
        over.set()
        watcher.join()
    run.refresh_from_db()
    following = Run.objects.exclude(pk=run.pk).get()
    assert (run.state, following.state) == ("done", "queued")
    assert set(seen) == {1}


@pytest.mark.django_db(transaction=True)
def test_of_runs_that_end_together_the_last_goes_on(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither goes on before both have looked whether the other is at work, if that can be."""
    make_due(project)
    both = [
        Run.objects.create(project=project, stage=stage, state="running")
        for stage in ("prepare", "aggregate")
    ]
    started, meeting = threading.Barrier(2), threading.Barrier(2)
    is_busy = stages._is_busy

    def look_together(project: Project) -> bool:
        found = is_busy(project)
        with contextlib.suppress(threading.BrokenBarrierError):
            meeting.wait(2)
        return found

    def end(run: Run) -> None:
        connection.ensure_connection()
        started.wait()
        with scope(project=project):
            end_run(run, Run.State.DONE)
        connection.close()

    monkeypatch.setattr(stages, "_is_busy", look_together)
    threads = [threading.Thread(target=end, args=[run]) for run in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Run.objects.filter(state="queued").count() == 1
