"""What the API is asked with: the fields of each request, checked before any deed is done."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError as FormError
from django.core.files.uploadedfile import UploadedFile
from rest_framework import serializers
from rest_framework.fields import empty

from annotate import languages, presets
from annotate.formats.catalog import FORMATS
from annotate.forms.imports import Part, parts_of
from annotate.forms.runs import FIND_OUT
from annotate.models import Project
from annotate.records import IMPORTED
from annotate.spans import UNITS
from annotate.stages import STARTABLE

READABLE = tuple(name for name, known in FORMATS.items() if known.may_read)
WRITABLE = tuple(name for name, known in FORMATS.items() if known.may_write)
LONGEST_WAIT = 25


class Flag(serializers.BooleanField):
    """Yes or no. Left out of an upload's form it keeps its default; a web form would mean no."""

    default_empty_form = empty


class OneOf(serializers.CharField):
    """One of some words; the message lists them."""

    def __init__(self, words: tuple[str, ...], **kwargs: Any) -> None:
        self.words = words
        said = kwargs.get("help_text", "")
        kwargs["help_text"] = f"{said}: " * bool(said) + "one of " + ", ".join(words)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        """The word. Raises ValidationError for any other."""
        word = super().to_internal_value(data)
        if word not in self.words:
            raise serializers.ValidationError(f"{word!r} is none of {', '.join(self.words)}.")
        return word


class LanguageTag(serializers.CharField):
    """A language tag in its standard spelling."""

    def to_internal_value(self, data: Any) -> str:
        """The standard tag. Raises ValidationError for what names no language."""
        try:
            return languages.standard_tag(super().to_internal_value(data))
        except languages.UnknownLanguage as error:
            raise serializers.ValidationError(str(error)) from error


class ProjectLanguageTag(LanguageTag):
    """The tag of a language that the project has."""

    def to_internal_value(self, data: Any) -> str:
        """The standard tag. Raises ValidationError when the project lacks the language."""
        tag = super().to_internal_value(data)
        project: Project = self.context["project"]
        tags = sorted(project.languages.values_list("tag", flat=True))
        if tag not in tags:
            raise serializers.ValidationError(
                f"The project has no language {tag!r}; it has {', '.join(tags)}."
            )
        return tag


class NewProject(serializers.Serializer):
    """A project to be made; whoever asks becomes its manager."""

    name = serializers.CharField(max_length=200)
    # Every field object has a ``source`` of its own; the declared ones are collected by name.
    source = LanguageTag(help_text="BCP-47 tag of the language the data are in")  # type: ignore[assignment]
    targets = serializers.ListField(
        child=LanguageTag(), allow_empty=False, help_text="BCP-47 tags of the languages to be made"
    )
    preset = OneOf(tuple(presets.names()), default=presets.default())
    description = serializers.CharField(required=False, allow_blank=True)
    guidelines = serializers.CharField(required=False, allow_blank=True)
    licence = serializers.CharField(required=False, allow_blank=True, max_length=80)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Each language once."""
        tags = [attrs["source"], *attrs["targets"]]
        if len(set(tags)) < len(tags):
            raise serializers.ValidationError(
                {"targets": "Name each target language once, and not the source language."}
            )
        return attrs


def _bounded(upload: UploadedFile | None) -> UploadedFile | None:
    if upload is not None and (upload.size or 0) > settings.UPLOAD_MAX_BYTES:
        raise serializers.ValidationError(
            f"{upload.name} has {upload.size:,} bytes; this site takes at most "
            f"{settings.UPLOAD_MAX_BYTES:,}. Split the file."
        )
    return upload


def _part_of(attrs: dict[str, Any]) -> Part:
    """The data file that is asked for, its format named. Raises ValidationError."""
    try:
        parts = parts_of(attrs["upload"])
    except FormError as error:
        raise serializers.ValidationError({"upload": error.messages}) from error
    wanted = attrs.get("member", "")
    chosen = [part for part in parts if part.member == wanted or (not wanted and len(parts) == 1)]
    if not chosen:
        names = ", ".join(part.member for part in parts if part.member)
        raise serializers.ValidationError({"member": f"Name one file of the zip: {names}."})
    if attrs["format"] == FIND_OUT:
        if chosen[0].format is None:
            raise serializers.ValidationError({"format": "The file is of no format known."})
        attrs["format"] = chosen[0].format
    return chosen[0]


class ImportAsked(serializers.Serializer):
    """A file to be read, how it is written, and what to do with its faults."""

    upload = serializers.FileField(help_text="the file")
    upload_pair = serializers.FileField(
        required=False, help_text="a second file whose row i translates row i of the first"
    )
    member = serializers.CharField(
        required=False,
        max_length=500,
        help_text="of a zip that holds several files, the one to read",
    )
    format = OneOf((*READABLE, FIND_OUT), default=FIND_OUT)
    preview = Flag(
        default=False, help_text="only show in the report what the first rows would become"
    )
    language = ProjectLanguageTag(
        required=False, help_text="of a file that does not say; else the source language"
    )
    target_language = ProjectLanguageTag(required=False, help_text="of the second file")
    target_labels = OneOf(
        ("keep", "ignore"), default="keep", help_text="what becomes of the second file's labels"
    )
    split = serializers.CharField(
        required=False, max_length=40, help_text="of rows that name none, such as train"
    )
    id_prefix = serializers.CharField(
        required=False, max_length=80, help_text="before the ids of a format that has none"
    )
    unit = OneOf(
        (*UNITS, FIND_OUT),
        required=False,
        help_text="what the file's offsets count; else what is usual in the format",
    )
    token_ends = OneOf(
        ("inclusive", "exclusive"),
        default="inclusive",
        help_text="of a format whose spans count tokens",
    )
    columns = serializers.DictField(
        child=serializers.CharField(max_length=200), required=False,
        help_text="what columns of a table hold, such as {\"phrase\": \"text\"}",
    )  # fmt: skip
    annotator = serializers.CharField(
        default=IMPORTED, max_length=80, help_text="whom the labels are credited to"
    )
    create_labels = Flag(default=False, help_text="make labels that the project lacks")
    all_or_nothing = Flag(default=True, help_text="import no row while one has a fault")

    def validate_upload(self, upload: UploadedFile) -> UploadedFile | None:
        """Refuse a file above the site's limit."""
        return _bounded(upload)

    def validate_upload_pair(self, upload: UploadedFile) -> UploadedFile | None:
        """Likewise."""
        return _bounded(upload)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A format that is known; of a pair one read in pairs, and the second file's language."""
        self.part = _part_of(attrs)
        if "upload_pair" not in attrs:
            if FORMATS[attrs["format"]].read is None:
                raise serializers.ValidationError(
                    {"upload_pair": "This format needs a second file, with the texts."}
                )
            return attrs
        if FORMATS[attrs["format"]].read_pair is None:
            raise serializers.ValidationError(
                {"upload_pair": f"The format {attrs['format']} is not read as a pair of files."}
            )
        if FORMATS[attrs["format"]].pairs == "texts":
            return attrs
        if "target_language" not in attrs:
            raise serializers.ValidationError(
                {"target_language": "Say which language the second file is in."}
            )
        if attrs["target_language"] == attrs.get("language"):
            raise serializers.ValidationError(
                {"target_language": "Both files cannot be in one language."}
            )
        return attrs

    def run_fields(self) -> dict[str, Any]:
        """The files and the scope of the run that does the import."""
        files = ("upload", "upload_pair")
        chosen = self.validated_data
        left_out = (*files, "preview", "member")
        scope = {key: value for key, value in chosen.items() if key not in left_out}
        scope["name"] = self.part.name
        if self.part.member:
            scope["member"] = self.part.member
        return {"scope": scope, **{key: chosen[key] for key in files if key in chosen}}


class ExportAsked(serializers.Serializer):
    """Which format, languages and rows an export holds."""

    format = OneOf(WRITABLE)
    languages = serializers.ListField(
        child=ProjectLanguageTag(), default=list, help_text="all, where none is named"
    )
    decided_only = Flag(default=True, help_text="only what is decided")
    judgements = Flag(default=True, help_text="with each judgement, under pseudonyms")
    candidates = Flag(default=False, help_text="with what each machine proposed")


class StageAsked(serializers.Serializer):
    """A stage to be started."""

    stage = OneOf(STARTABLE)


class WaitAsked(serializers.Serializer):
    """How long to wait."""

    seconds = serializers.FloatField(
        min_value=0, max_value=LONGEST_WAIT, default=LONGEST_WAIT,
        help_text="the most seconds to wait for the run to end",
    )  # fmt: skip


class NewToken(serializers.Serializer):
    """A token to be made."""

    days = serializers.IntegerField(
        min_value=1, max_value=3650, default=365, help_text="how long it is good for"
    )
    name = serializers.CharField(
        default="", max_length=80, allow_blank=True, help_text="what you will know it by"
    )
    project = serializers.SlugField(
        required=False, help_text="the one project that it opens; else all of yours"
    )
