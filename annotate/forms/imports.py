"""The forms of an import that is looked at before it is begun: files dropped, and how to read one."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from annotate.formats.archives import Archive
from annotate.formats.catalog import FORMATS, detect
from annotate.formats.contract import Fault
from annotate.models import Project, Question, Run

from .guarded import offer
from .runs import FIND_OUT, IMPORTS, PAIR, ImportForm

MOST_FILES = 50
# Enough for every format to be told by.
HEAD_BYTES = 64_000
COLUMN_NAMES = {
    "text": _("the text"), "id": _("the id"), "language": _("the language of the text"),
    "source": _("the text in the source language"), "target": _("its translation"),
    "split": _("the split"), "group": _("the group, such as a document"),
    "variety": _("the variety of the language"), "spans": _("spans, as JSON"),
    "relations": _("relations, as JSON"), "metadata": _("metadata, kept as it is"),
    "nothing": _("nothing: leave it out"),
}  # fmt: skip


class FilesInput(forms.ClearableFileInput):
    """A file input that takes several; browsers let people drop files on it."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each checked like one."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", FilesInput(attrs={"class": "drop"}))
        # An empty file is refused by name, later.
        kwargs.setdefault("allow_empty_file", True)
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:  # type: ignore[override]
        """The files. Raises ValidationError for none, and for too many."""
        if not isinstance(data, list | tuple):
            return [super().clean(data, initial)]
        if len(data) > MOST_FILES:
            raise ValidationError(_now("Give at most %d files at a time.") % MOST_FILES)
        return [super(FilesField, self).clean(one, initial) for one in data or [None]]


@dataclass(frozen=True, slots=True)
class Part:
    """One data file of what was uploaded: the file itself, or a member of a zip of files."""

    upload: File[bytes]
    name: str
    head: bytes
    member: str = ""

    @property
    def format(self) -> str | None:
        """The format, by name and first bytes; None if it is not known."""
        return detect(self.member or self.name, self.head)


def parts_of(upload: File[bytes]) -> list[Part]:
    """The data files of an upload; hidden files of a zip are left out. Raises ValidationError."""
    name = upload.name or ""
    try:
        archive = Archive.of_files(cast(BinaryIO, upload), name)
        if archive is None:
            head = upload.read(HEAD_BYTES)
            return [Part(upload, name, head)]
        members = archive.plain_names
        if not members:
            raise ValidationError(_now("%s holds no file to import.") % name)
        if len(members) > MOST_FILES:
            raise ValidationError(_now("Give at most %d files at a time.") % MOST_FILES)
        return [
            Part(upload, f"{name}/{member}", archive.stream_of(member).read(HEAD_BYTES), member)
            for member in members
        ]
    except Fault as fault:
        raise ValidationError(
            _now("%(name)s cannot be read: %(cause)s") % {"name": name, "cause": fault}
        ) from fault
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise ValidationError(_now("%s is damaged; pack it again.") % name) from error
    finally:
        upload.seek(0)


class UploadsForm(ImportForm):
    """Files to be imported, each in a format that is found out unless one is named."""

    upload = FilesField(  # type: ignore[assignment]
        label=_("Files"), help_text=_("Drop files here, or choose one or several.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "format", [(FIND_OUT, _("find out from the file")), *IMPORTS])
        self.initial.update(format=FIND_OUT, unit=FIND_OUT)

    @property
    def rest(self) -> dict[str, Any]:
        """What the page shows only when asked to: every field but the files and their format."""
        fields = [one for one in self.visible_fields() if one.name not in ("upload", "format")]
        return {"visible_fields": fields}

    def clean_upload(self) -> Any:
        """Refuse empty files and those above the limit, each by its name."""
        files: Sequence[UploadedFile] = self.cleaned_data["upload"]
        return [self.checked(file) for file in files]

    def clean(self) -> dict[str, Any]:
        """Every file needs a format that can be read; a pair is one file and its translation."""
        cleaned = super().clean()
        files = cleaned.get("upload") or []
        if str(cleaned.get("format")).endswith(PAIR) and len(files) > 1:
            self.add_error("upload", _now("Give one file here, its translation as second file."))
        self.parts: list[Part] = []
        for file in files:
            try:
                self.parts += parts_of(file)
            except ValidationError as error:
                self.add_error("upload", error)
        if len(self.parts) > MOST_FILES:
            self.add_error("upload", _now("Give at most %d files at a time.") % MOST_FILES)
        if cleaned.get("format") == FIND_OUT:
            self._refuse_unknown()
        return cleaned

    def _refuse_unknown(self) -> None:
        for part in self.parts:
            if part.format is None:
                said = {"name": part.name, "known": readable()}
                self.add_error(
                    "upload",
                    _now(
                        "%(name)s is of no format that is known; choose one. There are: %(known)s."
                    )
                    % said,
                )

    def all_run_fields(self) -> list[dict[str, Any]]:
        """What ``queue_uploads`` needs, data file by data file."""
        made = []
        for part in self.parts:
            fields = self.run_fields()
            scope = {**fields["scope"], "name": part.name}
            if part.member:
                scope["member"] = part.member
            if scope["format"] == FIND_OUT:
                scope["format"] = part.format
            made.append({**fields, "upload": part.upload, "scope": scope})
        return made


class ReadingForm(ImportForm):
    """How a file that is there already is to be read otherwise."""

    upload = None  # type: ignore[assignment]
    upload_pair = None  # type: ignore[assignment]

    def __init__(self, *args: Any, run: Run, project: Project, **kwargs: Any) -> None:
        self.run = run
        super().__init__(*args, project=project, initial=dict(run.scope), **kwargs)
        if run.upload_pair:
            self.initial["format"] = f"{run.scope.get('format')}{PAIR}"
        pairs = bool(run.upload_pair)
        # Whether good rows are kept is asked when the import is begun.
        del self.fields["all_or_nothing"]
        offer(self, "format", [row for row in IMPORTS if row[0].endswith(PAIR) == pairs])
        if not pairs:
            del self.fields["target_labels"]
        self._offer_columns(project)

    def _offer_columns(self, project: Project) -> None:
        """A field for each column of a table, with what it may hold."""
        self.columns = {
            f"column_{n}": row for n, row in enumerate(self.run.report.get("columns", []))
        }
        if not self.columns:
            return
        tags = project.languages.filter(role="target").values_list("tag", flat=True)
        questions = Question.objects.filter(project=project).values_list("key", flat=True)
        known = {
            **COLUMN_NAMES,
            **{f"translation:{tag}": f"{_now('translation')}: {tag}" for tag in tags},
            **{f"answer:{key}": f"{_now('answer')}: {key}" for key in questions},
        }
        for key, row in self.columns.items():
            self.fields[key] = forms.ChoiceField(
                label=format_lazy("{} „{}“", _("Column"), row["name"]), required=False,
                choices=list(({row["meaning"]: row["meaning"]} | known).items()),
                initial=row["meaning"],
            )  # fmt: skip

    def is_pair_complete(self, cleaned: dict[str, Any]) -> bool:
        """The second file is there already."""
        return bool(self.run.upload_pair)

    def scope(self) -> dict[str, Any]:
        """The scope of the run that reads the file like this."""
        said = {key: value for key, value in self.cleaned_data.items() if key not in self.columns}
        chosen = {**self.run.scope, **said}
        chosen["columns"] = {
            row["name"]: self.cleaned_data[key]
            for key, row in self.columns.items()
            if self.cleaned_data[key]
        }
        chosen["format"] = str(chosen["format"]).removesuffix(PAIR)
        return chosen


def readable() -> str:
    """The formats that can be read, for a message."""
    return ", ".join(known.title for known in FORMATS.values() if known.may_read)
