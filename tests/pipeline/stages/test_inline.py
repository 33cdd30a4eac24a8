"""Working runs off in a command while workers are at it too."""

from __future__ import annotations

from typing import Any

import pytest

from annotate.actions import runs
from annotate.models import Project, Run
from pipeline import inline

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
