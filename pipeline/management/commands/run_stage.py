"""Run a stage of a project by command: queue it for the workers, or do it here and now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scope

from annotate.actions.runs import RunIsLive, queue_run
from annotate.models import Annotator, Project
from pipeline.inline import drain, work_off
from pipeline.stages import JOURNEY, NAMES, ensure_versions


class Command(BaseCommand):
    """``manage.py run_stage PROJECT STAGE``; ``all`` works the whole journey off."""

    help = "Run a stage of a project, or 'all' of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("stage", choices=[*dict.fromkeys(s.name for s in JOURNEY), "all"])
        parser.add_argument("--annotator", help="only this annotator")
        parser.add_argument("--now", action="store_true", help="do it in this process")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        with scope(project=project):
            ensure_versions(project)
            if options["stage"] == "all":
                for run in drain(project):
                    self.stdout.write(_line(run))
                return
            for annotator in _annotators(project, options["stage"], options["annotator"]):
                try:
                    run = queue_run(project, options["stage"], annotator=annotator)
                except RunIsLive as error:
                    raise CommandError(str(error)) from error
                if options["now"]:
                    work_off(run)
                self.stdout.write(_line(run))


def _annotators(project: Project, name: str, only: str | None) -> list[Annotator | None]:
    if name not in NAMES:
        raise CommandError(f"There is no stage {name!r}; use one of {', '.join(NAMES)}.")
    found = [
        annotator
        for stage in JOURNEY
        if stage.name == name
        for annotator in stage.annotators(project)
        if only is None or (annotator is not None and annotator.name == only)
    ]
    if not found:
        raise CommandError(f"No annotator of this project does the stage {name!r}.")
    return found


def _line(run: Any) -> str:
    who = f" {run.annotator}" if run.annotator else ""
    return f"{run.stage}{who}: {run.state}" + (f" ({run.message})" if run.message else "")
