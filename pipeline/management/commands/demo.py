"""Build the demo: people, a project from the shipped sample, and its journey by the real stages."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand, CommandParser
from django_scopes import scope

from annotate.actions.projects import create_project, join
from annotate.actions.runs import queue_run
from annotate.models import Project
from config.services import paths
from pipeline.inline import drain, work_off

SAMPLE = Path(__file__).resolve().parents[2] / "demo" / "sample.jsonl"
SLUG = "demo"
LANGUAGES = ("es", "sw", "hi", "ar")
PEOPLE = (
    ("manager", "manager", ()),
    ("adjudicator", "adjudicator", LANGUAGES),
    ("reviewer-es", "reviewer", ("es",)),
    ("reviewer-sw", "reviewer", ("sw",)),
    ("reviewer-hi", "reviewer", ("hi",)),
    ("reviewer-ar", "reviewer", ("ar",)),
)
GUIDELINES = (
    "Check that each marked name or date stands on the right words of the translation.\n\n"
    "Take the whole name, without articles or titles. If the translation lost the name, say that "
    "there is no equivalent; if the translation is wrong there, say so."
)


class Command(BaseCommand):
    """``manage.py demo``: safe to run again, it builds only what is not there."""

    help = "Build the demo project by running the real stages on the shipped sample."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-stages", action="store_true", help="import only")

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("DEMO_PASSWORD") or secrets.token_urlsafe(9)
        people = _people(password)
        if Project.objects.filter(slug=SLUG).exists():
            self.stdout.write("The demo is there already.")
            return
        project = create_project(
            name="Demo: news in four languages", slug=SLUG, source="en", targets=LANGUAGES,
            by=people["manager"], guidelines=GUIDELINES, licence="CC0-1.0",
            description="102 news-like sentences, written for Vouch, with translations to check.",
        )  # fmt: skip
        for name, role, tags in PEOPLE[1:]:
            join(project, people[name], role=role, languages=tags)
        self._take_in(project, people["manager"])
        if not options["no_stages"]:
            for run in drain(project):
                self.stdout.write(f"  {run.stage} {run.annotator or ''}: {run.state} {run.message}")
        names = ", ".join(name for name, _, _ in PEOPLE)
        line = f"Sign in as one of {names}; the password of each is {password}\n"
        paths().sign_ins.write_text(line, encoding="utf-8")
        paths().sign_ins.chmod(0o600)
        self.stdout.write(line)

    def _take_in(self, project: Project, manager: Any) -> None:
        with scope(project=project):
            run = queue_run(
                project,
                "import",
                scope={"format": "native", "language": "en"},
                made_by=manager,
                upload=ContentFile(SAMPLE.read_bytes(), name="demo.jsonl"),
            )
            work_off(run)
            self.stdout.write(f"  import: {run.state} {json.dumps(run.report)} {run.message}")


def _people(password: str) -> dict[str, Any]:
    """The demo's people, made where lacking; those that are there keep their password."""
    users = get_user_model().objects
    made = {}
    for name, _, _ in PEOPLE:
        user = users.filter(username=name).first()
        made[name] = user or users.create_user(name, password=password, is_staff=name == "manager")
    return made
