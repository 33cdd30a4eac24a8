"""Undo an import by command: the same run that the page queues."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scope

from annotate.actions.runs import NothingToUndo, RunIsLive, queue_undo, wait_for
from annotate.models import Project, Run


class Command(BaseCommand):
    """``manage.py undo_import PROJECT RUN``; waits for a worker to finish it."""

    help = "Remove what an import brought, as long as nobody judged any of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("run", type=int, help="the number of the import's run")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        with scope(project=project):
            found = Run.objects.filter(project=project, pk=options["run"]).first()
            if found is None:
                raise CommandError(f"The project has no run {options['run']}.")
            try:
                run = queue_undo(found)
            except (NothingToUndo, RunIsLive) as error:
                raise CommandError(str(error)) from error
            wait_for(run)
            self.stdout.write(f"{run.state}: {run.message or run.report}")
            if run.state != Run.State.DONE:
                raise SystemExit(1)
