"""Write the whole site to one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.backups import BackupError, write_backup


class Command(BaseCommand):
    """``manage.py backup FILE``; people and workers may go on meanwhile."""

    help = "Write every table and every stored file to one file, as of one moment."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file to be made, such as vouch.tar.gz")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = write_backup(options["file"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{options['file']}: {made.rows:,} rows of {made.tables} tables, {made.files} files, "
            f"{made.bytes:,} bytes before packing."
        )
