"""Provide the font of a language: cut to its script, fetched only by devices that lack the letters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotate import fonts


class Command(BaseCommand):
    """``manage.py font nqo NotoSansNKo.ttf``, ``manage.py font nqo --remove``, ``manage.py font``."""

    help = "Provide the font of a language for devices that lack its letters."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("language", nargs="?", help="a tag such as nqo; without it, list")
        parser.add_argument("file", nargs="?", help="a TrueType, OpenType or WOFF2 font")
        parser.add_argument("--remove", action="store_true", help="take the language's font away")

    def handle(self, *args: Any, **options: Any) -> None:
        tag, file = options["language"], options["file"]
        try:
            if tag and options["remove"]:
                fonts.remove(tag)
                self.stdout.write(f"{tag}: removed")
            elif tag and file:
                self._line(fonts.add(tag, Path(file)))
            elif tag:
                raise CommandError("Name the font's file, or say --remove.")
            else:
                for font in fonts.fonts():
                    self._line(font)
        except fonts.FontRefused as error:
            raise CommandError(str(error)) from None

    def _line(self, font: fonts.Font) -> None:
        size = (Path(settings.FONTS) / f"{font.tag}{fonts.SUFFIX}").stat().st_size
        self.stdout.write(f"{font.tag}: {font.local}, {size:,} bytes")
