"""Set-up files by command: one written of a project, or a project made of one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotate.actions.setup import create_from_setup, setup_of
from annotate.forms.setup import read_setup
from annotate.models import Project


class Command(BaseCommand):
    """``manage.py setup PROJECT`` prints a set-up; ``--make FILE --by USER`` makes a project of one."""

    help = "Write a project's set-up, without data and people, or make a project of one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", nargs="?", default="", help="the project's slug")
        parser.add_argument("--make", help="the set-up file to make a project of")
        parser.add_argument("--name", default="", help="of the project to make")
        parser.add_argument("--by", default="", help="the user who is to manage it")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["make"]:
            project = Project.objects.filter(slug=options["project"]).first()
            if project is None:
                raise CommandError(f"There is no project {options['project']!r}.")
            self.stdout.write(json.dumps(setup_of(project), ensure_ascii=False, indent=1))
            return
        by = get_user_model().objects.filter(username=options["by"]).first()
        if by is None:
            raise CommandError("Name with --by the user who is to manage the project.")
        try:
            setup = read_setup(Path(options["make"]).read_bytes())
        except OSError as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        made = create_from_setup(setup, by=by, name=options["name"], keep_secrets=True)
        self.stdout.write(made.slug)
