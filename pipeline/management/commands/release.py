"""Make a release by command, here and now, or check that one can be made again."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scope

from annotate.models import Project
from pipeline.inline import work_off
from pipeline.stages.releasing import checksum, pack, write
from verify.actions.releases import ReleaseRefused, plan_release
from verify.models import Release
from verify.releasing import ReleaseScope


class Command(BaseCommand):
    """``manage.py release PROJECT VERSION --licence cc-by-4.0 --to FILE.zip`` or ``--check``."""

    help = "Release what is decided now, or write an earlier release again and compare checksums."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("version", help="such as 1.0.0")
        parser.add_argument("--licence", help="else that of the source data")
        parser.add_argument("--languages", nargs="*", default=[])
        parser.add_argument("--origins", nargs="*", default=[])
        parser.add_argument(
            "--everywhere", action="store_true", help="decided in all languages only"
        )
        parser.add_argument("--certified", action="store_true", help="certified languages only")
        parser.add_argument("--notes", default="")
        parser.add_argument("--to", help="where the file is copied")
        parser.add_argument("--check", action="store_true", help="write it again and compare")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        with scope(project=project):
            release = (
                self._checked(project, options)
                if options["check"]
                else self._made(project, options)
            )
            if options["to"]:
                with release.file.open("rb") as stored, Path(options["to"]).open("wb") as file:
                    shutil.copyfileobj(stored, file)
        self.stdout.write(f"{release.version}: {release.sha256}")

    def _made(self, project: Project, options: dict[str, Any]) -> Release:
        chosen = ReleaseScope.of(options)
        try:
            release = plan_release(
                project=project, version=options["version"], scope=chosen,
                licence=options["licence"] or project.licence, notes=options["notes"],
            )  # fmt: skip
        except ReleaseRefused as refused:
            raise CommandError("\n".join(refused.reasons)) from refused
        release.refresh_from_db()
        assert release.run is not None
        run = work_off(release.run)
        release.refresh_from_db()
        if release.state != Release.State.READY:
            raise CommandError(run.message)
        return release

    def _checked(self, project: Project, options: dict[str, Any]) -> Release:
        release = Release.objects.filter(
            project=project, version=options["version"], state="ready"
        ).first()
        if release is None:
            raise CommandError(f"There is no release {options['version']}.")
        folder = Path(tempfile.mkdtemp(prefix="release-"))
        try:
            write(project, release, folder, release.body["documentation"])
            with tempfile.TemporaryFile() as packed:
                pack(folder, packed)
                found = checksum(packed)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if found != release.sha256:
            raise CommandError(f"Written again it has the checksum {found}, not {release.sha256}.")
        return release
