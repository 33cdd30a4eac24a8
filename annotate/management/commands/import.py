"""Import a file into a project by command: the same run that the page queues."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scope

from annotate.actions.runs import queue_run, wait_for
from annotate.models import Project, Run


class Command(BaseCommand):
    """``manage.py import PROJECT FILE``; waits for a worker to finish it unless told not to."""

    help = "Import a file into a project."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("file")
        parser.add_argument(
            "--pair", help="a second file whose row i translates row i of the first"
        )
        parser.add_argument("--format", required=True)
        parser.add_argument("--language", default="")
        parser.add_argument("--target-language", default="")
        parser.add_argument(
            "--target-labels",
            choices=["keep", "ignore"],
            default="keep",
            help="what to do with labels of the second file; ignored, they are carried over instead",
        )
        parser.add_argument("--unit", default="", help="what offsets count; else as is usual")
        parser.add_argument("--token-ends", choices=["inclusive", "exclusive"], default="inclusive")
        parser.add_argument(
            "--column", action="append", default=[], metavar="NAME=MEANING",
            help="what a column of a table holds, such as phrase=text; may be repeated",
        )  # fmt: skip
        parser.add_argument("--annotator", default="", help="whom the labels are credited to")
        parser.add_argument("--create-labels", action="store_true")
        parser.add_argument("--keep-good-rows", action="store_true", help="import despite bad rows")
        parser.add_argument("--no-wait", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        files = {"upload": Path(options["file"])}
        if options["pair"]:
            files["upload_pair"] = Path(options["pair"])
        for path in files.values():
            if not path.is_file():
                raise CommandError(f"There is no file {path}.")
        keys = (
            "format", "language", "target_language", "target_labels", "unit", "annotator",
            "create_labels", "token_ends",
        )  # fmt: skip
        with scope(project=project):
            chosen = {key: options[key] for key in keys}
            chosen["columns"] = dict(_named(pair) for pair in options["column"])
            chosen["all_or_nothing"] = not options["keep_good_rows"]
            uploads: dict[str, Any] = {
                name: File(path.open("rb"), path.name) for name, path in files.items()
            }
            run = queue_run(project, "import", scope=chosen, **uploads)
            self.stdout.write(f"run {run.pk} is queued")
            if not options["no_wait"]:
                wait_for(run)
                self.stdout.write(f"{run.state}: {run.message or run.report}")
                for error in run.errors.order_by("row")[:20]:
                    self.stdout.write(f"  {error.message}")
                if run.state != Run.State.DONE:
                    raise SystemExit(1)


def _named(pair: str) -> tuple[str, str]:
    name, is_given, meaning = pair.partition("=")
    if not is_given:
        raise CommandError(f"{pair!r} is not NAME=MEANING.")
    return name, meaning
