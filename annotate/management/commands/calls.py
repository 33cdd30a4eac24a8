"""Stop and allow calls to model servers, and show what they cost."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Sum

from annotate.actions.spending import stop_calls
from annotate.models import Project, Spending


class Command(BaseCommand):
    """``manage.py calls stop|allow|show [PROJECT]``; without a project the whole site."""

    help = "Stop all calls to model servers, allow them again, or show what was spent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("deed", choices=["stop", "allow", "show"])
        parser.add_argument("project", nargs="?", help="the project's slug; without one, the site")

    def handle(self, *args: Any, **options: Any) -> None:
        project = None
        if options["project"]:
            project = Project.objects.filter(slug=options["project"]).first()
            if project is None:
                raise CommandError(f"There is no project {options['project']!r}.")
        where = str(project or "the whole site")
        if options["deed"] == "show":
            self._show(project)
            return
        stop_calls(project, stopped=options["deed"] == "stop")
        done = "stopped" if options["deed"] == "stop" else "allowed"
        self.stdout.write(f"Calls to model servers are {done}: {where}.")

    def _show(self, project: Project | None) -> None:
        rows = Spending.objects.filter(project=project) if project else Spending.objects.all()
        found = (
            rows.values("day", "project__slug", "annotator__name")
            .annotate(n=Sum("calls"), total=Sum("cost"))
            .order_by("day", "project__slug", "annotator__name")
        )
        for row in found:
            self.stdout.write(
                f"{row['day']}  {row['project__slug']}  {row['annotator__name']}  "
                f"{row['n']} calls  {row['total']:.4f}"
            )
