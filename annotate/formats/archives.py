"""The one way to open a zip that somebody sent: bounded in number, size and ratio, names checked."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from typing import BinaryIO, cast

from annotate.formats.contract import Fault
from annotate.spans import shorten

MOST_ENTRIES = 50_000
MOST_UNPACKED = 1_000_000_000
# Text rarely packs better than 20:1; small archives may (a page of blanks), so they are let through.
MOST_RATIO, SMALL = 200, 10_000_000
# The end record and the longest comment that may follow it.
_TAIL = 22 + 65_535
_ZIP64_LOCATOR = b"PK\x06\x07"


class Archive:
    """The files of a zip, in its order. Nothing is ever unpacked to disk."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read and check the list of files. Raises Fault where anything about it is unsafe."""
        _refuse_zip64(stream)
        try:
            self._zip = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError):
            raise Fault("", "the file is no zip archive, or it is damaged; pack it again") from None
        entries = self._zip.infolist()
        _check_size(entries)
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            if entry.is_dir():
                continue
            _check_entry(entry)
            if entry.filename in self._entries:
                name = shorten(entry.filename)
                raise Fault("", f"the archive holds {name!r} twice; pack every file once")
            self._entries[entry.filename] = entry

    @classmethod
    def of_files(cls, stream: BinaryIO, name: str) -> Archive | None:
        """The archive if a file is a zip of files that are read one by one, else None.

        A zip that is one data set by nature is none: a workbook by its name, brat's by its ``.ann``
        files. Raises Fault for a zip that is unsafe or damaged.
        """
        is_zip = stream.read(4) == b"PK\x03\x04"
        stream.seek(0)
        if not is_zip or not name.lower().endswith(".zip"):
            return None
        archive = cls(stream)
        return None if any(name.endswith(".ann") for name in archive.names) else archive

    @property
    def plain_names(self) -> list[str]:
        """The paths without those that a system puts beside files: hidden ones, ``__MACOSX``."""
        return [name for name in self._entries if not _is_hidden(name)]

    @property
    def names(self) -> list[str]:
        """Paths of the files, with forward slashes."""
        return list(self._entries)

    def stream_of(self, name: str) -> BinaryIO:
        """A file's content, to be read piece by piece. Raises Fault where there is no such file."""
        if name not in self._entries:
            raise Fault("", f"the archive holds no file {shorten(name)!r}")
        try:
            return cast(BinaryIO, self._zip.open(self._entries[name]))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
            raise Fault("", "the archive is damaged here; pack it again") from None

    def bytes_of(self, name: str, most: int) -> bytes:
        """A file's content. Raises Fault when it has more than ``most`` bytes or is damaged."""
        try:
            with self._zip.open(self._entries[name]) as member:
                raw = member.read(most + 1)
        except (
            zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError,
        ):  # fmt: skip
            raise Fault("", "the archive is damaged here; pack it again") from None
        if len(raw) > most:
            raise Fault("", f"the file has more than {most:,} bytes; split it or raise the limit")
        return raw


def _is_hidden(name: str) -> bool:
    parts = name.split("/")
    return parts[0] == "__MACOSX" or any(part.startswith(".") for part in parts)


def _refuse_zip64(stream: BinaryIO) -> None:
    """Keep the list of files below 65,536 entries before any of it is read into memory."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _TAIL - 20))
    tail = stream.read(_TAIL + 20)
    stream.seek(0)
    if _ZIP64_LOCATOR in tail:
        raise Fault("", "the archive is of the kind for huge files (zip64); split it")
    end = tail.rfind(b"PK\x05\x06")
    if end >= 0 and int.from_bytes(tail[end + 12 : end + 16], "little") > 200 * MOST_ENTRIES:
        raise Fault("", "the archive's list of files is too long; split it")


def _check_size(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise Fault("", f"the archive holds more than {MOST_ENTRIES:,} files; split it")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if unpacked > MOST_UNPACKED:
        most = MOST_UNPACKED // 1_000_000
        raise Fault("", f"the archive unpacks to more than {most} MB; split it")
    if unpacked > SMALL and unpacked / packed > MOST_RATIO:
        raise Fault("", f"the archive unpacks to more than {MOST_RATIO} times its size")


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = shorten(entry.filename)
    parts = entry.filename.split("/")
    if (
        "\\" in entry.orig_filename or "\0" in entry.orig_filename
        or ":" in parts[0] or not all(parts) or not {".", ".."}.isdisjoint(parts)
    ):  # fmt: skip
        raise Fault("", f"the archive holds a file with an unsafe path ({name!r})")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Fault("", f"the archive holds a link ({name!r}); pack the file itself")
    if entry.flag_bits & 0x1:
        raise Fault("", f"the archive is encrypted ({name!r}); pack it without a password")
