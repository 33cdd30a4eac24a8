"""What the API answers with, as far as the client reads it."""

from __future__ import annotations

from typing import Any, TypedDict


class Run(TypedDict):
    """One execution of a stage; ``report`` says what came of it."""

    id: int
    stage: str
    state: str
    is_live: bool
    message: str
    report: dict[str, Any]
    has_result: bool


class ProjectRow(TypedDict):
    """A project as lists show it."""

    slug: str
    name: str
    source_language: str


class Page(TypedDict):
    """Part of a long list; ``next`` is the address of the rest."""

    results: list[dict[str, Any]]
    next: str | None


class RunFailed(Exception):
    """A run ended otherwise than done; ``run`` tells its state, message and report."""

    def __init__(self, run: Run) -> None:
        self.run = run
        super().__init__(f"Run {run['id']} ({run['stage']}) is {run['state']}: {run['message']}")
