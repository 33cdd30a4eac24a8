"""The forms of import and export, and what they put into a run's scope."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.text import format_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from annotate import languages
from annotate.formats.catalog import FORMATS
from annotate.models import Project
from annotate.spans import UNITS

from .guarded import offer

# What stands for a format or unit that is to be found out from the file.
FIND_OUT = "auto"
PAIR = "-pair"
BESIDE = {"translation": _("two files: a translation, line by line"),
          "texts": _("two files: the second holds the texts")}  # fmt: skip
IMPORTS: list[tuple[str, Any]] = [
    *((name, known.title) for name, known in FORMATS.items() if known.read),
    *(
        (name + PAIR, format_lazy("{}, {}", known.title, BESIDE[known.pairs]))
        for name, known in FORMATS.items()
        if known.read_pair
    ),
]
EXPORTS = [(name, known.title) for name, known in FORMATS.items() if known.may_write]
UNIT_NAMES = {
    "codepoint": _("characters (Unicode code points)"),
    "utf16": _("UTF-16 units (JavaScript, Java)"),
    "utf8": _("bytes of UTF-8"),
    "grapheme": _("grapheme clusters"),
}


def _checked(upload: UploadedFile | None) -> UploadedFile | None:
    """The file, if it is neither empty nor above the site's limit."""
    if upload is None or upload.size is None:
        return upload
    if not upload.size:
        raise ValidationError(_now("%s is empty.") % upload.name)
    if upload.size > settings.UPLOAD_MAX_BYTES:
        raise ValidationError(
            _now("%(name)s has %(size)s; this site takes at most %(most)s. Split the file.")
            % {
                "name": upload.name,
                "size": filesizeformat(upload.size),
                "most": filesizeformat(settings.UPLOAD_MAX_BYTES),
            }
        )
    return upload


class ImportForm(forms.Form):
    """Which file, how it is written, and what to do with its faults."""

    format = forms.ChoiceField(label=_("Format"), choices=IMPORTS)
    upload = forms.FileField(label=_("File"))
    upload_pair = forms.FileField(
        label=_("Second file"),
        required=False,
        help_text=_("Only for formats of two files."),
    )
    language = forms.ChoiceField(
        label=_("Language of the file"),
        help_text=_("For CoNLL; a JSON line names its own languages."),
    )
    target_language = forms.ChoiceField(label=_("Language of the translation"), required=False)
    target_labels = forms.ChoiceField(
        label=_("Labels of the second file"),
        choices=[("keep", _("keep them: they are known to be right")), ("ignore", _("leave out"))],
        required=False,
        help_text=_("Leave them out to have the first file's labels carried over and judged."),
    )
    unit = forms.ChoiceField(
        label=_("Offsets count"),
        choices=[
            *((unit, UNIT_NAMES[unit]) for unit in UNITS), (FIND_OUT, _("find out from the file"))
        ],
        help_text=_("For JSON lines. Each offset is checked against the text that it marks."),
    )  # fmt: skip
    split = forms.CharField(
        label=_("Split"), max_length=40, required=False,
        help_text=_("Such as train or test, for rows that name none."),
    )  # fmt: skip
    create_labels = forms.BooleanField(
        label=_("Make labels that the project does not have yet"), required=False
    )
    all_or_nothing = forms.BooleanField(
        label=_("All or nothing: import no row while one has a fault"), required=False, initial=True
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = project.languages.order_by("role", "-priority", "tag").values_list("tag", "role")
        names = [(tag, f"{languages.name(tag)} ({tag})", role) for tag, role in rows]
        targets = [(tag, name) for tag, name, role in names if role == "target"]
        offer(self, "language", [(tag, name) for tag, name, _role in names])
        offer(self, "target_language", [("", "–"), *targets])
        self.initial.setdefault("language", project.source_language)

    def clean_upload(self) -> UploadedFile | None:
        """Refuse an empty file and one above the limit."""
        return self.checked(self.cleaned_data["upload"])

    def clean_upload_pair(self) -> UploadedFile | None:
        """Likewise."""
        return self.checked(self.cleaned_data["upload_pair"])

    def clean(self) -> dict[str, Any]:
        """A pair needs its second file and that file's language."""
        cleaned = super().clean() or {}
        name = str(cleaned.get("format", ""))
        if not name.endswith(PAIR):
            return cleaned
        if not self.is_pair_complete(cleaned) and "upload_pair" not in self.errors:
            self.add_error("upload_pair", _now("Choose the second file, with the translation."))
        if FORMATS[name.removesuffix(PAIR)].pairs != "translation":
            return cleaned
        target = cleaned.get("target_language")
        if not target:
            self.add_error("target_language", _now("Say which language the second file is in."))
        elif target == cleaned.get("language"):
            self.add_error("target_language", _now("Both files cannot be in one language."))
        return cleaned

    def checked(self, upload: UploadedFile | None) -> UploadedFile | None:
        """The file, if it is neither empty nor above the site's limit."""
        return _checked(upload)

    def is_pair_complete(self, cleaned: dict[str, Any]) -> bool:
        """Whether the second file of a pair is there."""
        return bool(cleaned.get("upload_pair"))

    def run_fields(self) -> dict[str, Any]:
        """The files and the scope of the run that does the import."""
        chosen = self.cleaned_data
        pair = chosen["format"].endswith(PAIR)
        return {
            "upload": chosen["upload"],
            "upload_pair": chosen["upload_pair"] if pair else "",
            "scope": {
                "format": chosen["format"].removesuffix(PAIR),
                "language": chosen["language"],
                "target_language": chosen["target_language"],
                "target_labels": chosen["target_labels"] or "keep",
                "unit": chosen["unit"],
                "split": chosen["split"],
                "create_labels": chosen["create_labels"],
                "all_or_nothing": chosen["all_or_nothing"],
                "annotator": "imported",
                "name": getattr(chosen["upload"], "name", ""),
            },
        }


class ExportForm(forms.Form):
    """Which format, languages and rows an export holds."""

    format = forms.ChoiceField(label=_("Format"), choices=EXPORTS)
    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("All, where none is chosen."),
    )
    decided_only = forms.TypedChoiceField(
        label=_("Rows"),
        choices=[("yes", _("only what is decided")), ("no", _("all, decided or not"))],
        coerce=lambda value: value == "yes",
    )
    judgements = forms.BooleanField(
        label=_("With each judgement, under pseudonyms"), required=False, initial=True
    )
    candidates = forms.BooleanField(label=_("With what each machine proposed"), required=False)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = project.languages.order_by("role", "-priority", "tag")
        tags = rows.values_list("tag", flat=True)
        offer(self, "languages", [(tag, languages.name(tag)) for tag in tags])
