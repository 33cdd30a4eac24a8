"""The forms of import and export, and what they put into a run's scope."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from annotate import languages
from annotate.models import Project
from annotate.spans import UNITS

from .guarded import offer

IMPORTS = [
    ("native", _("Vouch JSON lines")),
    ("conll", _("CoNLL columns, one file")),
    ("parquet", _("Parquet table")),
    ("conll-pair", _("CoNLL columns, two files: sentence by sentence, a translation")),
]
EXPORTS = [
    ("native", _("Vouch JSON lines: everything")),
    ("conll", _("CoNLL columns: tokens and tags")),
    ("parquet", _("Parquet tables and a data set card")),
]
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
        help_text=_("Only for two files: the translation, line by line."),
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
        label=_("Offsets count"), choices=[(unit, UNIT_NAMES[unit]) for unit in UNITS],
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
        return _checked(self.cleaned_data["upload"])

    def clean_upload_pair(self) -> UploadedFile | None:
        """Likewise."""
        return _checked(self.cleaned_data["upload_pair"])

    def clean(self) -> dict[str, Any]:
        """A pair needs its second file and that file's language."""
        cleaned = super().clean() or {}
        if cleaned.get("format") != "conll-pair":
            return cleaned
        if not cleaned.get("upload_pair") and "upload_pair" not in self.errors:
            self.add_error("upload_pair", _now("Choose the file with the translation."))
        target = cleaned.get("target_language")
        if not target:
            self.add_error("target_language", _now("Say which language the second file is in."))
        elif target == cleaned.get("language"):
            self.add_error("target_language", _now("Both files cannot be in one language."))
        return cleaned

    def run_fields(self) -> dict[str, Any]:
        """The files and the scope of the run that does the import."""
        chosen = self.cleaned_data
        pair = chosen["format"] == "conll-pair"
        return {
            "upload": chosen["upload"],
            "upload_pair": chosen["upload_pair"] if pair else "",
            "scope": {
                "format": "conll" if pair else chosen["format"],
                "language": chosen["language"],
                "target_language": chosen["target_language"],
                "target_labels": chosen["target_labels"] or "keep",
                "unit": chosen["unit"],
                "split": chosen["split"],
                "create_labels": chosen["create_labels"],
                "all_or_nothing": chosen["all_or_nothing"],
                "annotator": "imported",
                "name": chosen["upload"].name,
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
