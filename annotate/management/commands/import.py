"""Import a file into a project by command: the same run that the page queues."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scope

from annotate.actions.imports import queue_uploads
from annotate.actions.runs import wait_for
from annotate.forms.imports import parts_of
from annotate.models import Project, Run

KEYS = (
    "language", "target_language", "target_labels", "unit", "annotator", "create_labels",
    "token_ends",
)  # fmt: skip


class Command(BaseCommand):
    """``manage.py import PROJECT FILE``; waits for a worker to finish it unless told not to."""

    help = "Import a file into a project."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("file")
        parser.add_argument(
            "--pair", help="a second file whose row i translates row i of the first"
        )
        parser.add_argument("--format", default="", help="found out from the file unless named")
        parser.add_argument(
            "--preview",
            action="store_true",
            help="store nothing; print the first rows, the unit of offsets, problems and findings",
        )
        parser.add_argument("--language", default="")
        parser.add_argument("--target-language", default="")
        parser.add_argument(
            "--target-labels",
            choices=["keep", "ignore"],
            default="keep",
            help="what to do with labels of the second file; ignored, they are carried over instead",
        )
        parser.add_argument(
            "--unit", default="", help="what offsets count, or auto; else as is usual"
        )
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
        with scope(project=project):
            chosen = {key: options[key] for key in KEYS}
            chosen["columns"] = dict(_named(pair) for pair in options["column"])
            chosen["all_or_nothing"] = not options["keep_good_rows"]
            uploads: dict[str, Any] = {
                name: File(path.open("rb"), path.name) for name, path in files.items()
            }
            wanted = [
                {**uploads, "scope": {**chosen, **said}}
                for said in _parts(uploads["upload"], options["format"])
            ]
            for run in queue_uploads(project, wanted, is_trial=options["preview"]):
                self.stdout.write(f"run {run.pk} is queued")
                if not options["no_wait"]:
                    self._tell(wait_for(run))

    def _tell(self, run: Run) -> None:
        """Say how the run ended. Raises SystemExit when it did not do what it should."""
        said = json.dumps(run.report, ensure_ascii=False, indent=1) if run.is_trial else run.report
        self.stdout.write(f"{run.state}: {run.message or said}")
        for error in run.errors.order_by("row")[:20]:
            self.stdout.write(f"  {error.message}")
        if run.state != Run.State.DONE:
            raise SystemExit(1)


def _parts(upload: File[bytes], format: str) -> list[dict[str, Any]]:
    """How each data file of what was given is to be read: one, or those of a zip."""
    try:
        parts = parts_of(upload)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    for part in parts:
        if not format and part.format is None:
            raise CommandError(
                f"{part.name} is of no format that is known; name one with --format."
            )
    return [
        {"format": format or part.format, "name": part.name,
         **({"member": part.member} if part.member else {})}
        for part in parts
    ]  # fmt: skip


def _named(pair: str) -> tuple[str, str]:
    name, is_given, meaning = pair.partition("=")
    if not is_given:
        raise CommandError(f"{pair!r} is not NAME=MEANING.")
    return name, meaning
