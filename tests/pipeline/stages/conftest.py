"""A project inside its scope, the mail between the tasks in a list, and a labeller that asks."""

from __future__ import annotations

from typing import Any

import pytest
from django_scopes import scope

from annotate.actions.projects import add_annotator
from annotate.actions.versions import make_version
from annotate.models import Question
from pipeline import tasks
from tests import factories


@pytest.fixture
def project(db: None, settings: Any, tmp_path: Any) -> Any:
    settings.MEDIA_ROOT = tmp_path
    made = factories.make_project(policy={"advance": "manual"})
    with scope(project=made):
        Question.objects.create(project=made, key="spans", kind="spans", scope="field")
        yield made


class Mail:
    """The batches that were sent and not yet delivered."""

    def __init__(self) -> None:
        self.waiting: list[list[Any]] = []

    def send(self, *, args: list[Any], queue: str) -> None:
        self.waiting.append(args)

    def deliver(self, *, times: int = 1) -> None:
        """Deliver all batches and those they bring about, each as often as asked."""
        while self.waiting:
            args = self.waiting.pop(0)
            for _ in range(times):
                done = tasks.work.apply(args=args)
                assert done.state in ("SUCCESS", "RETRY"), done.traceback


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Mail:
    own = Mail()
    monkeypatch.setattr(tasks.work, "apply_async", own.send)
    return own


@pytest.fixture
def asking(settings: Any) -> Any:
    """Makes a labeller of the project that asks a model server, with a version."""

    def make(project: Any, server: Any, *, reference: str = "", **chosen: Any) -> Any:
        settings.ENDPOINT_ALLOW = frozenset({server.host})
        annotator = add_annotator(
            project, name="asker", kind="labeller", backend="llm", secret_reference=reference,
            settings={"base_url": server.url, "model": "tiny", "timeout": 3.0, "parallel": 1, **chosen},
            price={"input_per_million": 1_000_000},
        )  # fmt: skip
        make_version(annotator)
        return annotator

    return make
