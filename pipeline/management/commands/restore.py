"""Fill an empty site from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.backups import BackupError, restore_backup


class Command(BaseCommand):
    """``manage.py restore FILE``; the backup may be of an earlier version."""

    help = "Fill an empty site from a file that `backup` wrote, and bring it to this version."
    # The database may have no tables yet, or those of another version.
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that `manage.py backup` wrote")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = restore_backup(options["file"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored {made.rows:,} rows of {made.tables} tables and {made.files} files."
        )
