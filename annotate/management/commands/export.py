"""Export a project by command: the same run that the page queues, saved to a file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scope

from annotate.actions.runs import queue_run, wait_for
from annotate.models import Project, Run


class Command(BaseCommand):
    """``manage.py export PROJECT --format parquet --to FILE.zip``."""

    help = "Export a project to a zip file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("--format", required=True)
        parser.add_argument("--to", required=True)
        parser.add_argument("--languages", nargs="*", default=[])
        parser.add_argument("--undecided", action="store_true", help="also what is not decided")
        parser.add_argument("--candidates", action="store_true", help="also the machines' readings")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        with scope(project=project):
            run = queue_run(
                project,
                "export",
                scope={
                    "format": options["format"],
                    "languages": options["languages"],
                    "decided_only": not options["undecided"],
                    "candidates": options["candidates"],
                },
            )
            wait_for(run)
            if run.state != Run.State.DONE:
                raise CommandError(run.message)
            with run.result.open("rb") as stored, Path(options["to"]).open("wb") as file:
                shutil.copyfileobj(stored, file)
        self.stdout.write(f"{options['to']}: {run.report}")
