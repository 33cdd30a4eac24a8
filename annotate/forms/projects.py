"""The form of a new project, and the two fields it shares with the settings pages."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from annotate import languages, presets

MOST_LABELS = 200


class LanguageField(forms.CharField):
    """A language by tag or name, stored as its tag in the standard spelling."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 35)
        kwargs.setdefault(
            "widget",
            forms.TextInput(
                attrs={"list": "languages", "autocapitalize": "off", "spellcheck": "false"}
            ),
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """The standard tag. Raises ValidationError for what names no language."""
        return _standard(super().clean(value))


class LanguagesField(forms.CharField):
    """Several languages by tag or name, parted by commas; tags also by spaces."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"autocapitalize": "off", "spellcheck": "false"})
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> list[str]:
        """The standard tags in the order given."""
        tags = [
            tag for part in re.split(r"[,;\n]+", super().clean(value)) for tag in _several(part)
        ]
        twice = sorted({tag for tag in tags if tags.count(tag) > 1})
        if twice:
            raise ValidationError(_now("%s is named twice.") % ", ".join(twice))
        return tags


def _standard(tag: str) -> str:
    try:
        return languages.found_tag(tag)
    except languages.UnknownLanguage as error:
        raise ValidationError(str(error)) from error


def _several(part: str) -> list[str]:
    """The tags of a part between commas: one name of several words, or tags between spaces."""
    words = part.split()
    if len(words) < 2:
        return [_standard(word) for word in words]
    try:
        return [languages.standard_tag(word) for word in words]
    except languages.UnknownLanguage:
        return [_standard(part)]


class LabelsField(forms.CharField):
    """Labels, one a line: the key, then what people call it."""

    widget = forms.Textarea(attrs={"rows": 7, "spellcheck": "false"})

    def clean(self, value: Any) -> list[tuple[str, str]]:
        """(key, name) of each line. Raises ValidationError naming the line at fault."""
        rows: list[tuple[str, str]] = []
        for number, text in enumerate(super().clean(value).splitlines(), 1):
            if not text.strip():
                continue
            key, _space, name = text.strip().partition(" ")
            if len(key) > 80 or len(name) > 200:
                raise ValidationError(_now("Line %d is too long.") % number)
            if key in {known for known, _name in rows}:
                raise ValidationError(
                    _now("Line %(line)d: %(key)s is there already.") % {"line": number, "key": key}
                )
            rows.append((key, name.strip()))
        if len(rows) > MOST_LABELS:
            raise ValidationError(_now("Give at most %d labels.") % MOST_LABELS)
        return rows


def label_lines(rows: list[tuple[str, str]]) -> str:
    """Labels as the field shows them."""
    return "\n".join(f"{key} {name}".strip() for key, name in rows)


@cache
def language_choices() -> list[tuple[str, str]]:
    """(tag, English name) of the languages that are offered while one types; any tag is taken."""
    known = Locale("en").languages.items()
    return sorted(((tag, name) for tag, name in known if len(tag) == 2), key=lambda row: row[1])


def preset_choices() -> list[tuple[str, str]]:
    """(name, title) of the presets, the usual one first."""
    names = sorted(presets.names(), key=lambda name: (name != presets.default(), name))
    return [(name, presets.load(name)["title"]) for name in names]


def preset_labels(name: str) -> str:
    """The span labels of a preset, as the field shows them; those of relations stay as they are."""
    every = presets.load(name).get("labels", [])
    rows = [row for row in every if row.get("kind", "span") == "span"]
    return label_lines([(row["key"], row.get("names", {}).get("en", "")) for row in rows])


class PresetInput(forms.RadioSelect):
    """The presets as a list, each with a line on what it is for."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The option, with the preset's line."""
        option = super().create_option(name, value, *args, **kwargs)
        return {**option, "description": presets.load(str(value))["description"]}


class NewProjectForm(forms.Form):
    """Name, languages, preset and labels of a project to be."""

    preset = forms.ChoiceField(
        label=_("What is to be judged"), choices=preset_choices, widget=PresetInput,
        initial=presets.default,
    )  # fmt: skip
    name = forms.CharField(label=_("Name"), max_length=200)
    description = forms.CharField(
        label=_("What it is for"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    source = LanguageField(
        label=_("Source language"),
        help_text=_("The language your data is in, by name or tag: English or en."),
    )
    targets = LanguagesField(
        label=_("Target languages"),
        help_text=_("By name or tag, between commas: Spanish, sw, pt-BR. More can come later."),
    )
    labels = LabelsField(
        label=_("Labels"),
        required=False,
        help_text=_("One a line: the key that data carry, then the name people see."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["labels"].initial = preset_labels(presets.default())

    def clean(self) -> dict[str, Any]:
        """Refuse a target that is the source."""
        cleaned = super().clean() or {}
        if cleaned.get("source") in cleaned.get("targets", []):
            self.add_error("targets", _now("The source language cannot be a target too."))
        if "targets" in cleaned and not cleaned["targets"]:
            self.add_error("targets", _now("Name at least one target language."))
        if "preset" in cleaned and "labels" not in self.changed_data:
            cleaned["labels"] = self.fields["labels"].clean(preset_labels(cleaned["preset"]))
        return cleaned

    @property
    def language_choices(self) -> list[tuple[str, str]]:
        """What is offered while one types."""
        return language_choices()
